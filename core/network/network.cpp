// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/network.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/softmax.h>

#include <algorithm>
#include <cmath>

#include "core/features/feature.h"
#include "core/network/ops.h"
#include "core/network/owners.h"
#include "treewalk/detail/words.h"

namespace treewalk {
namespace {

constexpr float kNoPart = -1e4f;                 // score of a class of another category: probability 0
constexpr std::int64_t kPointsAtOnce = 1 << 15;  // scored together at inference
constexpr std::int64_t kPointsAtOnceOnDevice = 1 << 18;

/// Relations of a family with that many ancestors: self, sibling, child and one per ancestor.
int relation_count(const FamilyChoice& family) { return 3 + family.ancestors; }

/// The place of a named column among the point features; -1 for an empty name.
int point_column(const SceneOptions& options, const std::string& name) {
  if (name.empty()) return -1;
  const auto names = point_column_names(options);
  const auto found = std::find(names.begin(), names.end(), name);
  TORCH_CHECK(found != names.end(), "recipe: network: point_prior: the recipe's features have no column \"", name,
              "\" for points", names.empty() ? "" : "; the nearest is \"" + detail::nearest_word(name, names) + "\"");
  return static_cast<int>(found - names.begin());
}

/// Small tables of the CPU where a device's operators read them; the host does not wait.
at::Tensor on_device(const at::Tensor& table, c10::Device device) {
  return table.to(device, table.scalar_type(), true);
}

/// Type and device of lists of places among a scene's points.
at::TensorOptions places_of(const Scene& scene) { return scene.position.options().dtype(at::kInt); }

/// Rows [clouds, c] handed to each cloud's cells of a level.
at::Tensor spread_over_cells(const at::Tensor& rows, const at::Tensor& first) {
  const auto cells = first.const_data_ptr<int>()[first.size(0) - 1];
  const auto owners = owners_of_rows(on_device(first, rows.device()), cells);
  return spread_rows(rows, owners.group, owners.members);
}

}  // namespace

Network::Network(const Recipe& recipe)
    : classes_(static_cast<int>(recipe.classes.size())),
      categories_(static_cast<int>(recipe.categories.size())),
      levels_(recipe.scene.levels),
      point_features_(point_columns(recipe.scene)),
      segmentation_(recipe.task == "segmentation"),
      together_(recipe.network.order == "together"),
      separate_(recipe.network.softmax == "separate"),
      point_attention_(recipe.network.point_attention),
      category_of_class_(recipe.category_of_class),
      plan_(make_plan(recipe.network, recipe.scene.levels, !recipe.categories.empty())),
      walks_(recipe.network.walks) {
  const auto& spec = recipe.network;
  const auto& width = spec.widths;
  TORCH_CHECK(static_cast<int>(width.size()) == levels_, "network: ", width.size(), " widths for ", levels_, " levels");
  for (int l = 0; l < levels_; ++l) {
    const auto name = "level" + std::to_string(l);
    stem_in_.emplace_back(table_, name + ".stem_in", cell_columns(recipe.scene, l), width[l]);
    stem_out_.emplace_back(table_, name + ".stem_out", width[l], width[l]);
  }
  if (spec.standardise) {
    const auto add = [&](const std::string& name, std::int64_t columns) {
      standard_.push_back({table_.add({name + ".input_centre", {columns}, Init::zero, 0, false}),
                           table_.add({name + ".input_factor", {columns}, Init::one, 0, false})});
    };
    for (int l = 0; l < levels_; ++l) add("level" + std::to_string(l), cell_columns(recipe.scene, l));
    if (point_features_ > 0) add("points", point_features_);
  }
  if (spec.point_stage > 0) {
    stage_in_ = Linear(table_, "points.stage_in", 3 + point_features_, spec.point_stage);
    stage_norm_ = LayerNorm(table_, "points.norm", spec.point_stage);
    stage_out_ = Linear(table_, "points.stage_out", spec.point_stage, spec.point_stage);
    stage_pool_ = Linear(table_, "points.pool", 2 * spec.point_stage, width[0]);
  }
  FamilyBlockOptions options;
  options.expansion = spec.expansion;
  options.separate = separate_;
  options.relation_position = spec.position != "none";
  options.query_position = spec.position == "query";
  const auto block = [&](const std::string& name, const PlanStep& step) {
    options.heads = std::max(1, width[step.from] / spec.head_width);
    options.relations = relation_count(step.family);
    options.source_widths.clear();
    for (int l = step.first_source; l <= step.last_source; ++l) options.source_widths.push_back(width[l]);
    if (together_) options.source_widths.resize(1);
    return FamilyBlock(table_, name, width[step.from], options);
  };
  int named = 0;  // steps with weights of their own
  for (std::size_t s = 0; s < plan_.size(); ++s) {
    const auto& step = plan_[s];
    step_linear_.emplace_back();
    block_.emplace_back();
    mask_block_.emplace_back();
    if (step.kind == PlanStep::categorise) continue;
    const auto name = "step" + std::to_string(named++);
    if (step.kind == PlanStep::pool) {
      step_linear_[s] = Linear(table_, name + ".pool", 2 * width[step.to - 1], width[step.to]);
    } else if (step.kind == PlanStep::spread) {
      step_linear_[s] = Linear(table_, name + ".spread", width[step.to + 1], width[step.to]);
    } else if (step.attention == PlanStep::family_attention) {
      block_[s] = block(name + ".family", step);
    } else {
      const bool masked = step.attention == PlanStep::masked_attention;
      mask_block_[s] = MaskBlock(table_, name + (masked ? ".grf" : ".global"), width[step.from],
                                 std::max(1, width[step.from] / spec.head_width), spec.expansion,
                                 masked ? MaskBlock::masked : MaskBlock::global, walks_);
    }
  }
  if (!segmentation_) {
    cloud_head_ = CloudHead(table_, "head", width, 4 * width[levels_ - 1], classes_);
    return;
  }
  if (categories_ > 0) {
    const auto categorise = std::find_if(plan_.begin(), plan_.end(),
                                         [](const PlanStep& step) { return step.kind == PlanStep::categorise; });
    for (int b = 0; b < spec.tower_blocks; ++b)
      tower_.push_back(block("tower" + std::to_string(b) + ".family", *categorise));
    tower_head_ = CloudHead(table_, "tower.head", width, 2 * width[levels_ - 1], categories_);
    code_ = table_.add({"category.code", {categories_, width[0]}, Init::normal, 0.1, true});
    code_node_ = Linear(table_, "category.node", width[0], width[0]);
  }
  for (int l = 0; l < levels_; ++l)
    auxiliary_.emplace_back(table_, "level" + std::to_string(l) + ".auxiliary", width[l], classes_);
  PointHeadOptions head;
  head.leaf_width = width[0];
  head.hidden = spec.point_width;
  head.classes = classes_;
  head.features = point_features_;
  head.stage = spec.point_stage;
  head.code = categories_ > 0 ? width[0] : 0;
  head.attention = spec.point_attention;
  head.heads = std::max(1, width[0] / spec.head_width);
  head.relations = 3 + levels_ - 1;
  head.prior = point_column(recipe.scene, spec.point_prior);
  head.prior_weight = spec.point_prior_weight;
  point_head_ = PointHead(table_, "head", head);
}

std::vector<AttentionRows> Network::rows_of(const Hierarchy& hierarchy, const PlanStep& step, bool for_training) const {
  std::vector<FamilyChoice> groups{step.family};
  if (separate_) {
    groups.assign(FamilyBlock::kRowGroups, step.family);
    groups[0].children = groups[1].siblings = groups[2].siblings = groups[2].children = false;
    groups[0].ancestors = groups[1].ancestors = 0;
    groups[1].self = groups[2].self = false;
  }
  std::vector<AttentionRows> rows;
  for (const auto& group : groups) {
    auto own = family_rows(hierarchy, step.from, step.to, group);
    // All groups count their keys from the first level that any of them names.
    const auto first_key = hierarchy.first[step.first_source];
    const auto keys = hierarchy.first[step.last_source + 1] - first_key;
    if (own.first_key != first_key) own.rows.column.add_(own.first_key - first_key);
    own.first_key = first_key;
    own.rows.columns = keys;
    rows.push_back(for_training ? with_transpose(std::move(own)) : std::move(own));
  }
  return rows;
}

std::shared_ptr<const std::vector<BlockMask>> Network::masks_of(const NetworkInput& input, std::size_t step,
                                                                bool for_training) const {
  const auto& plan = input.plan;
  const bool once = walks_.drawn == MaskSpec::once || walks_.walks.exact();
  for (std::size_t before = 0; once && before < step; ++before)
    if (input.mask[before] && plan[before].from == plan[step].from && plan[before].to == plan[step].to)
      return input.mask[before];
  const int sets = walks_.drawn == MaskSpec::per_head && !once ? mask_block_[step].heads() : 1;
  std::vector<BlockMask> masks;
  for (int set = 0; set < sets; ++set)
    masks.push_back(block_mask(input.scene.hierarchy, input.scene.cloud_cell, plan[step].from, plan[step].to, walks_,
                               walks_.walks.seed + (once ? 0 : step + (std::uint64_t(set) << 32)), for_training));
  return std::make_shared<const std::vector<BlockMask>>(std::move(masks));
}

NetworkInput Network::prepare(Scene scene, bool for_training, bool all_levels, at::Tensor place) const {
  NetworkInput input;
  input.scene = std::move(scene);
  std::vector<bool> read(levels_, all_levels || !segmentation_ || point_attention_);
  read[0] = true;
  input.plan = pruned(plan_, read);
  const auto& hierarchy = input.scene.hierarchy;
  for (std::size_t s = 0; s < input.plan.size(); ++s) {
    const auto& step = input.plan[s];
    input.rows.emplace_back();
    input.mask.emplace_back();
    if (step.has_mask()) input.mask[s] = masks_of(input, s, for_training);
    if (!step.has_rows()) continue;
    // Steps that repeat a family share its rows.
    std::size_t same = 0;
    while (same < s && !(input.plan[same].has_rows() && input.plan[same].from == step.from &&
                         input.plan[same].to == step.to && input.plan[same].family.ancestors == step.family.ancestors))
      ++same;
    input.rows[s] = same < s ? input.rows[same] : rows_of(hierarchy, step, for_training);
  }
  if (segmentation_) {
    input.points.place = place.defined() ? on_device(place, input.scene.position.device())
                                         : at::arange(input.scene.size(), places_of(input.scene));
    if (point_attention_) attend_to_leaves(input.scene, for_training, input.points);
  }
  return input;
}

at::Tensor Network::attend(const Weights& weights, const FamilyBlock& block, const PlanStep& step,
                           const std::vector<AttentionRows>& rows, const Hierarchy& hierarchy,
                           const std::vector<at::Tensor>& x, Dropout* dropout) const {
  const auto levels = [&](int from, int to) { return std::vector<at::Tensor>(x.begin() + from, x.begin() + to + 1); };
  auto sources = levels(step.first_source, step.last_source);
  const bool same = step.first_source == step.from && step.last_source == step.to;
  if (together_) sources = {sources.size() == 1 ? sources[0] : at::cat(sources)};
  const auto query = step.from == step.to ? x[step.from]
                     : together_ && same  ? sources[0]
                                          : at::cat(levels(step.from, step.to));
  return block(weights, query, sources, hierarchy.node, rows, dropout);
}

at::Tensor Network::run_mask_block(const Weights& weights, const NetworkInput& input, std::size_t step,
                                   const std::vector<at::Tensor>& x, Dropout* dropout) const {
  const auto& scene = input.scene;
  const int from = input.plan[step].from, to = input.plan[step].to;
  const auto first = scene.hierarchy.first[from];
  const auto query = from == to ? x[from] : at::cat(std::vector<at::Tensor>(x.begin() + from, x.begin() + to + 1));
  std::vector<at::Tensor> groups;  // the cells of each cloud, level by level
  for (int l = from; l <= to; ++l)
    groups.push_back((scene.cloud_cell[l] + (scene.hierarchy.first[l] - first)).narrow(0, 0, scene.clouds()));
  groups.push_back(at::full({1}, query.size(0), at::kInt));
  return mask_block_[step](weights, query, scene.hierarchy.node.narrow(0, first, query.size(0)), input.mask[step].get(),
                           at::cat(groups).to(at::kInt), dropout);
}

namespace {

/// The rows of levels from..to, one after the other, back to their levels.
void put_levels(const at::Tensor& y, int from, int to, const Hierarchy& hierarchy, std::vector<at::Tensor>& x) {
  for (int l = from; l <= to; ++l) x[l] = y.narrow(0, hierarchy.first[l] - hierarchy.first[from], hierarchy.size(l));
}

}  // namespace

void Network::find_category(const Weights& weights, const NetworkInput& input, std::size_t step,
                            const at::Tensor& category, Dropout* dropout, Encoding& encoding) const {
  const auto& scene = input.scene;
  const auto& whole = input.plan[step];
  auto x = encoding.x;
  for (const auto& block : tower_)
    put_levels(attend(weights, block, whole, input.rows[step], scene.hierarchy, x, dropout), whole.from, whole.to,
               scene.hierarchy, x);
  encoding.category_scores = tower_head_(weights, scene, x, dropout);
  encoding.category = category.defined() ? on_device(category, encoding.category_scores.device())
                                         : encoding.category_scores.argmax(1).to(at::kInt);
  TORCH_CHECK(encoding.category.size(0) == scene.clouds(), "network: ", encoding.category.size(0), " categories for ",
              scene.clouds(), " clouds");
  // One row of the code table per cloud; the rows of a category are added up in the order of the clouds.
  const auto& of = encoding.category;
  const auto members = transpose({at::arange(scene.clouds() + 1, of.options()), of, categories_}).graph;
  encoding.code = spread_rows(weights[code_], encoding.category, members);
  const auto row = code_node_(weights, encoding.code);
  for (int l = 0; l < levels_; ++l) encoding.x[l] = encoding.x[l] + spread_over_cells(row, scene.cloud_cell[l]);
}

at::Tensor Network::standardised(const Weights& weights, std::size_t which, const at::Tensor& input) const {
  if (standard_.empty()) return input;
  return (input - weights[standard_[which].centre].detach()) * weights[standard_[which].factor].detach();
}

void Network::standardise(const std::vector<Scene>& scenes, const Weights& weights) const {
  for (std::size_t which = 0; which < standard_.size(); ++which) {
    const auto &centre = weights[standard_[which].centre], &factor = weights[standard_[which].factor];
    const auto columns = centre.size(0);
    std::vector<double> sum(columns, 0), square(columns, 0);
    double rows = 0;
    for (const auto& scene : scenes) {
      const auto input = (static_cast<int>(which) < levels_ ? scene.cell[which] : scene.point).cpu();
      const auto* x = input.const_data_ptr<float>();
      for (std::int64_t r = 0; r < input.size(0); ++r)
        for (std::int64_t c = 0; c < columns; ++c, ++x) sum[c] += *x, square[c] += static_cast<double>(*x) * *x;
      rows += static_cast<double>(input.size(0));
    }
    if (rows == 0) continue;
    auto mean = at::empty({columns}, at::kFloat), inverse = at::empty({columns}, at::kFloat);
    for (std::int64_t c = 0; c < columns; ++c) {
      const double average = sum[c] / rows, variance = square[c] / rows - average * average;
      mean.mutable_data_ptr<float>()[c] = static_cast<float>(average);
      inverse.mutable_data_ptr<float>()[c] = variance > 1e-10 ? static_cast<float>(1 / std::sqrt(variance)) : 1.0f;
    }
    centre.copy_(mean);
    factor.copy_(inverse);
  }
}

Encoding Network::encode(const Weights& weights, const NetworkInput& input, const at::Tensor& category,
                         Dropout* dropout) const {
  const auto& scene = input.scene;
  const auto& hierarchy = scene.hierarchy;
  Encoding encoding;
  auto& x = encoding.x;
  for (int l = 0; l < levels_; ++l)
    x.push_back(stem_out_[l](weights, at::relu(stem_in_[l](weights, standardised(weights, l, scene.cell[l])))));
  if (stage_in_.weight >= 0) {
    const auto own =
        point_features_ > 0 ? at::cat({scene.offset, standardised(weights, levels_, scene.point)}, 1) : scene.offset;
    encoding.stage = at::relu(stage_out_(weights, at::relu(stage_norm_(weights, stage_in_(weights, own)))));
    const auto& first = scene.octree.level[0].point;
    const Csr leaves{first, at::arange(scene.size(), first.options()), scene.size()};
    x[0] = x[0] + stage_pool_(weights, pool_rows(encoding.stage, leaves));
  }
  for (std::size_t s = 0; s < input.plan.size(); ++s) {
    const auto& step = input.plan[s];
    if (step.skipped()) continue;
    if (step.kind == PlanStep::categorise) {
      find_category(weights, input, s, category, dropout, encoding);
    } else if (step.kind == PlanStep::pool) {
      x[step.to] = x[step.to] + step_linear_[s](weights, pool_rows(x[step.to - 1], hierarchy.children[step.to]));
    } else if (step.kind == PlanStep::spread) {
      const auto coarse = step_linear_[s](weights, x[step.to + 1]);
      x[step.to] = x[step.to] + spread_rows(coarse, hierarchy.parent[step.to], hierarchy.children[step.to + 1]);
    } else if (step.attention != PlanStep::family_attention) {
      put_levels(run_mask_block(weights, input, s, x, dropout), step.from, step.to, hierarchy, x);
    } else {
      put_levels(attend(weights, block_[s], step, input.rows[s], hierarchy, x, dropout), step.from, step.to, hierarchy,
                 x);
    }
  }
  return encoding;
}

std::vector<at::Tensor> Network::auxiliary_scores(const Weights& weights, const Encoding& encoding) const {
  std::vector<at::Tensor> scores;
  for (int l = 0; l < levels_; ++l) scores.push_back(auxiliary_[l](weights, encoding.x[l]));
  return scores;
}

at::Tensor Network::point_scores(const Weights& weights, const NetworkInput& input, const Encoding& encoding,
                                 Dropout* dropout) const {
  const auto all = point_attention_ ? at::cat(encoding.x) : at::Tensor();
  auto score =
      point_head_(weights, input.scene, input.points, encoding.x[0], all, encoding.stage, encoding.code, dropout);
  if (categories_ == 0) return score;
  // Only parts of the cloud's category can be meant.
  auto allowed = at::empty({categories_, classes_}, at::kFloat);
  for (int k = 0; k < categories_; ++k)
    for (int c = 0; c < classes_; ++c)
      allowed.mutable_data_ptr<float>()[k * classes_ + c] = category_of_class_[c] == k ? 0 : kNoPart;
  const auto device = score.device();
  const auto cloud = owners_of_places(on_device(input.scene.cloud_point, device), input.points.place).group;
  return score + on_device(allowed, device).index_select(0, encoding.category.index_select(0, cloud));
}

at::Tensor Network::point_probabilities(const Weights& weights, const NetworkInput& input,
                                        const Encoding& encoding) const {
  const auto points = input.scene.size();
  const bool on_cpu = input.scene.position.is_cpu();
  if (on_cpu && point_head_.simple()) return point_head_.probabilities(weights, input.scene, encoding.x[0]);
  const auto at_once = on_cpu ? kPointsAtOnce : kPointsAtOnceOnDevice;
  if (points <= at_once && input.points.place.size(0) == points)
    return point_scores(weights, input, encoding).softmax(1);
  std::vector<at::Tensor> parts;
  NetworkInput some;
  some.scene = input.scene;
  for (std::int64_t first = 0; first < points; first += at_once) {
    some.points = {};
    some.points.place = at::arange(first, std::min(points, first + at_once), places_of(input.scene));
    if (point_attention_) attend_to_leaves(some.scene, false, some.points);
    parts.push_back(point_scores(weights, some, encoding).softmax(1));
  }
  return parts.empty() ? at::empty({0, classes_}, encoding.x[0].options()) : at::cat(parts);
}

at::Tensor Network::cloud_scores(const Weights& weights, const NetworkInput& input, const Encoding& encoding,
                                 Dropout* dropout) const {
  return cloud_head_(weights, input.scene, encoding.x, dropout);
}

}  // namespace treewalk
