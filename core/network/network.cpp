// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/network.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/relu.h>

#include <algorithm>
#include <cmath>

#include "core/device/parallel.h"
#include "core/features/feature.h"
#include "core/network/ops.h"

namespace treewalk {
namespace {

/// Relations of a family with that many ancestors: self, sibling, child and one per ancestor.
int relation_count(const FamilyChoice& family) { return 3 + family.ancestors; }

PlanStep attend(int from, int to, const FamilyChoice& family, int levels) {
  PlanStep step;
  step.kind = PlanStep::attend;
  step.from = from;
  step.to = to;
  step.family = family;
  step.first_source = family.children && from > 0 ? from - 1 : from;
  step.last_source = std::min(to + family.ancestors, levels - 1);
  return step;
}

/// The place of a named column among the point features; -1 for an empty name.
int point_column(const SceneOptions& options, const std::string& name) {
  if (name.empty()) return -1;
  const auto names = point_column_names(options);
  const auto found = std::find(names.begin(), names.end(), name);
  TORCH_CHECK(found != names.end(), "recipe: network: point_prior: the recipe's features have no column \"", name,
              "\" for points", names.empty() ? "" : "; the nearest is \"" + nearest_word(name, names) + "\"");
  return static_cast<int>(found - names.begin());
}

/// members of each leaf among ascending point places, for spread_rows.
struct LeafSpread {
  at::Tensor leaf;
  Csr members;
};
LeafSpread leaves_of(const Octree& octree, const at::Tensor& place) {
  const auto cells = octree.level[0].size(), count = place.size(0);
  LeafSpread result{at::empty({count}, at::kInt), {}};
  result.members.offset = at::empty({cells + 1}, at::kInt);
  result.members.column = at::empty({count}, at::kInt);
  result.members.columns = count;
  const auto *first = octree.level[0].point.const_data_ptr<int>(), *p = place.const_data_ptr<int>();
  auto *leaf = result.leaf.mutable_data_ptr<int>(), *offset = result.members.offset.mutable_data_ptr<int>(),
       *column = result.members.column.mutable_data_ptr<int>();
  std::int64_t i = 0;
  offset[0] = 0;
  for (std::int64_t c = 0; c < cells; ++c) {
    for (; i < count && p[i] < first[c + 1]; ++i) {
      leaf[i] = static_cast<int>(c);
      column[i] = static_cast<int>(i);
    }
    offset[c + 1] = static_cast<int>(i);
  }
  return result;
}

}  // namespace

std::vector<PlanStep> make_plan(const NetworkSpec& spec, int levels) {
  std::vector<PlanStep> plan;
  const auto move = [&](PlanStep::Kind kind, int level) {
    PlanStep step;
    step.kind = kind;
    step.from = step.to = level;
    plan.push_back(step);
  };
  if (spec.order == "together") {
    for (int l = 1; l < levels; ++l) move(PlanStep::pool, l);
    for (int b = 0; b < spec.blocks; ++b) plan.push_back(attend(0, levels - 1, spec.relations, levels));
    return plan;
  }
  auto upwards = spec.relations;
  upwards.ancestors = 0;
  for (int l = 0; l < levels; ++l) {
    if (l > 0) move(PlanStep::pool, l);
    for (int b = 0; b < spec.blocks; ++b) plan.push_back(attend(l, l, upwards, levels));
  }
  for (int l = levels - 2; l >= 0; --l) {
    move(PlanStep::spread, l);
    for (int b = 0; b < spec.blocks; ++b) plan.push_back(attend(l, l, spec.relations, levels));
  }
  return plan;
}

Network::Network(const Recipe& recipe)
    : classes_(static_cast<int>(recipe.classes.size())),
      levels_(recipe.scene.levels),
      point_features_(point_columns(recipe.scene)),
      segmentation_(recipe.task == "segmentation"),
      together_(recipe.network.order == "together"),
      plan_(make_plan(recipe.network, recipe.scene.levels)) {
  const auto& spec = recipe.network;
  const auto& width = spec.widths;
  TORCH_CHECK(static_cast<int>(width.size()) == levels_, "network: ", width.size(), " widths for ", levels_, " levels");
  for (int l = 0; l < levels_; ++l) {
    const auto name = "level" + std::to_string(l);
    stem_in_.emplace_back(table_, name + ".stem_in", cell_columns(recipe.scene, l), width[l]);
    stem_out_.emplace_back(table_, name + ".stem_out", width[l], width[l]);
  }
  for (std::size_t s = 0; s < plan_.size(); ++s) {
    const auto& step = plan_[s];
    const auto name = "step" + std::to_string(s);
    step_linear_.emplace_back();
    if (step.kind == PlanStep::pool) {
      step_linear_[s] = Linear(table_, name + ".pool", 2 * width[step.to - 1], width[step.to]);
    } else if (step.kind == PlanStep::spread) {
      step_linear_[s] = Linear(table_, name + ".spread", width[step.to + 1], width[step.to]);
    } else {
      std::vector<int> source_widths;
      for (int l = step.first_source; l <= step.last_source; ++l) source_widths.push_back(width[l]);
      if (together_) source_widths.resize(1);
      const int heads = std::max(1, width[step.from] / spec.head_width);
      block_.emplace_back(table_, name + ".family", width[step.from], heads, spec.expansion,
                          relation_count(step.family), source_widths);
    }
  }
  if (segmentation_) {
    for (int l = 0; l < levels_; ++l)
      auxiliary_.emplace_back(table_, "level" + std::to_string(l) + ".auxiliary", width[l], classes_);
    head_norm_ = LayerNorm(table_, "head.norm", width[0]);
    head_cell_ = Linear(table_, "head.cell", width[0], spec.point_width);
    head_point_ = Linear(table_, "head.point", 3 + point_features_, spec.point_width, false);
    head_score_ = Linear(table_, "head.score", spec.point_width, classes_);
    if (point_features_ > 0) {
      // Starts at zero but for the prior: the last class rises and the others fall with that column.
      head_direct_ = Linear(table_, "head.direct", point_features_, classes_, false, 0);
      const int prior = point_column(recipe.scene, spec.point_prior);
      for (int c = 0; prior >= 0 && c < classes_; ++c) {
        const double sign = c == classes_ - 1 ? 1 : -1;
        table_[head_direct_.weight].preset.emplace_back(c * point_features_ + prior, sign * spec.point_prior_weight);
      }
    }
  } else {
    const int last = width[levels_ - 1], second = width[std::min(1, levels_ - 1)];
    const int read_out = 2 * width[0] + second + last;
    head_norm_ = LayerNorm(table_, "head.norm", read_out);
    head_cell_ = Linear(table_, "head.hidden", read_out, 4 * last);
    head_score_ = Linear(table_, "head.score", 4 * last, classes_);
  }
}

NetworkInput Network::prepare(Scene scene, bool for_training) const {
  NetworkInput input;
  input.scene = std::move(scene);
  for (const auto& step : plan_) {
    input.rows.emplace_back();
    if (step.kind != PlanStep::attend) continue;
    // Blocks that repeat a family share its rows.
    const auto same = std::find_if(plan_.begin(), plan_.begin() + (input.rows.size() - 1), [&](const PlanStep& other) {
      return other.kind == PlanStep::attend && other.from == step.from && other.to == step.to &&
             other.family.ancestors == step.family.ancestors;
    });
    if (same != plan_.begin() + (input.rows.size() - 1)) {
      input.rows.back() = input.rows[same - plan_.begin()];
      continue;
    }
    auto rows = family_rows(input.scene.hierarchy, step.from, step.to, step.family);
    input.rows.back() = for_training ? with_transpose(std::move(rows)) : std::move(rows);
  }
  return input;
}

std::vector<at::Tensor> Network::encode(const Weights& weights, const NetworkInput& input) const {
  const auto& hierarchy = input.scene.hierarchy;
  std::vector<at::Tensor> x;
  for (int l = 0; l < levels_; ++l)
    x.push_back(stem_out_[l](weights, at::relu(stem_in_[l](weights, input.scene.cell[l]))));
  std::size_t block = 0;
  for (std::size_t s = 0; s < plan_.size(); ++s) {
    const auto& step = plan_[s];
    if (step.kind == PlanStep::pool) {
      x[step.to] = x[step.to] + step_linear_[s](weights, pool_rows(x[step.to - 1], hierarchy.children[step.to]));
    } else if (step.kind == PlanStep::spread) {
      const auto coarse = step_linear_[s](weights, x[step.to + 1]);
      x[step.to] = x[step.to] + spread_rows(coarse, hierarchy.parent[step.to], hierarchy.children[step.to + 1]);
    } else {
      const auto levels = [&](int from, int to) {
        return std::vector<at::Tensor>(x.begin() + from, x.begin() + to + 1);
      };
      auto sources = levels(step.first_source, step.last_source);
      if (together_) sources = {at::cat(sources)};
      const auto query = step.from == step.to ? x[step.from] : at::cat(levels(step.from, step.to));
      const auto y = block_[block++](weights, query, sources, hierarchy.node, input.rows[s]);
      for (int l = step.from; l <= step.to; ++l)
        x[l] = y.narrow(0, hierarchy.first[l] - hierarchy.first[step.from], hierarchy.size(l));
    }
  }
  return x;
}

std::vector<at::Tensor> Network::auxiliary_scores(const Weights& weights, const std::vector<at::Tensor>& x) const {
  std::vector<at::Tensor> scores;
  for (int l = 0; l < levels_; ++l) scores.push_back(auxiliary_[l](weights, x[l]));
  return scores;
}

at::Tensor Network::point_scores(const Weights& weights, const NetworkInput& input, const std::vector<at::Tensor>& x,
                                 const at::Tensor& place) const {
  const auto& scene = input.scene;
  const auto cell = head_cell_(weights, head_norm_(weights, x[0]));
  const auto spread = leaves_of(scene.octree, place);
  auto own = scene.offset.index_select(0, place);
  if (point_features_ > 0) own = at::cat({own, scene.point.index_select(0, place)}, 1);
  const auto hidden = at::relu(spread_rows(cell, spread.leaf, spread.members) + head_point_(weights, own));
  auto score = head_score_(weights, hidden);
  if (point_features_ > 0) score = score + head_direct_(weights, own.narrow(1, 3, point_features_));
  return score;
}

at::Tensor Network::point_probabilities(const Weights& weights, const NetworkInput& input,
                                        const std::vector<at::Tensor>& x) const {
  const auto& scene = input.scene;
  const auto cell = head_cell_(weights, head_norm_(weights, x[0])).contiguous();
  const auto points = scene.size(), cells = cell.size(0), hidden = cell.size(1);
  const int features = point_features_, own = 3 + features, classes = classes_;
  auto result = at::empty({points, classes}, at::kFloat);
  // Weights by input, so that the loop over the hidden units is the inner one.
  const auto point_weight = weights[head_point_.weight].t().contiguous();
  const auto* pp = point_weight.const_data_ptr<float>();
  const auto* ps = weights[head_score_.weight].const_data_ptr<float>();
  const auto* pb = weights[head_score_.bias].const_data_ptr<float>();
  const auto* pd = features > 0 ? weights[head_direct_.weight].const_data_ptr<float>() : nullptr;
  const auto* pc = cell.const_data_ptr<float>();
  const auto* offset = scene.offset.const_data_ptr<float>();
  const auto* feature = features > 0 ? scene.point.const_data_ptr<float>() : nullptr;
  const auto* first = scene.octree.level[0].point.const_data_ptr<int>();
  auto* to = result.mutable_data_ptr<float>();
  parallel_pieces(cells, 256, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    std::vector<float> unit(hidden), input_row(own), score(classes);
    for (std::int64_t c = begin; c < end; ++c) {
      for (std::int64_t p = first[c]; p < first[c + 1]; ++p) {
        for (int i = 0; i < 3; ++i) input_row[i] = offset[p * 3 + i];
        for (int i = 0; i < features; ++i) input_row[3 + i] = feature[p * features + i];
        for (std::int64_t h = 0; h < hidden; ++h) unit[h] = pc[c * hidden + h];
        for (int i = 0; i < own; ++i)
          for (std::int64_t h = 0; h < hidden; ++h) unit[h] += input_row[i] * pp[i * hidden + h];
        for (std::int64_t h = 0; h < hidden; ++h) unit[h] = std::max(unit[h], 0.0f);
        float top = -INFINITY, sum = 0;
        for (int k = 0; k < classes; ++k) {
          float value = pb[k];
          for (std::int64_t h = 0; h < hidden; ++h) value += unit[h] * ps[k * hidden + h];
          for (int i = 0; i < features; ++i) value += input_row[3 + i] * pd[k * features + i];
          score[k] = value;
          top = std::max(top, value);
        }
        for (int k = 0; k < classes; ++k) sum += score[k] = std::exp(score[k] - top);
        for (int k = 0; k < classes; ++k) to[p * classes + k] = score[k] / sum;
      }
    }
  });
  return result;
}

at::Tensor Network::cloud_scores(const Weights& weights, const std::vector<at::Tensor>& x) const {
  const auto whole = [](const at::Tensor& rows) {  // [1, 2c]: max | mean over all rows
    Csr all;
    all.offset = at::empty({2}, at::kInt);
    all.offset.mutable_data_ptr<int>()[0] = 0;
    all.offset.mutable_data_ptr<int>()[1] = static_cast<int>(rows.size(0));
    all.column = at::empty({rows.size(0)}, at::kInt);
    for (std::int64_t i = 0; i < rows.size(0); ++i) all.column.mutable_data_ptr<int>()[i] = static_cast<int>(i);
    all.columns = rows.size(0);
    return pool_rows(rows, all);
  };
  const auto &second = x[std::min(1, levels_ - 1)], &last = x[levels_ - 1];
  const auto read_out = at::cat(
      {whole(x[0]), whole(second).narrow(1, 0, second.size(1)), whole(last).narrow(1, last.size(1), last.size(1))}, 1);
  return head_score_(weights, at::relu(head_cell_(weights, head_norm_(weights, read_out))));
}

}  // namespace treewalk
