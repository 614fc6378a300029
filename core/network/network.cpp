// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/network.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/softmax.h>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "core/device/tape.h"
#include "core/features/feature.h"
#include "core/network/owners.h"
#include "treewalk/detail/words.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPointsAtOnce = 1 << 15;  // that the head works on at inference
constexpr std::int64_t kPointsAtOnceOnDevice = 1 << 18;

/// The place of a named column among the point features; -1 for an empty name.
int point_column(const SceneOptions& options, const std::string& name) {
  if (name.empty()) return -1;
  const auto names = point_column_names(options);
  const auto found = std::find(names.begin(), names.end(), name);
  TORCH_CHECK(found != names.end(), "recipe: network: point_prior: the recipe's features have no column \"", name,
              "\" for points", names.empty() ? "" : "; the nearest is \"" + detail::nearest_word(name, names) + "\"");
  return static_cast<int>(found - names.begin());
}

PointHeadOptions point_head_options(const Recipe& recipe) {
  const auto& spec = recipe.network;
  PointHeadOptions options;
  options.leaf_width = spec.widths.front();
  options.hidden = spec.point_width;
  options.classes = static_cast<int>(recipe.classes.size());
  options.features = point_columns(recipe.scene);
  options.point_embedding = spec.point_stage;
  options.category_of_class = recipe.category_of_class;
  options.categories = static_cast<int>(recipe.categories.size());
  options.attention = spec.point_attention;
  options.heads = std::max(1, spec.widths.front() / spec.head_width);
  options.relations = 3 + recipe.scene.levels - 1;
  options.skip_feature = point_column(recipe.scene, spec.point_prior);
  options.skip_weight = spec.point_prior_weight;
  return options;
}

/// Type and device of lists of places among a scene's points.
at::TensorOptions places_of(const Scene& scene) { return scene.position.options().dtype(at::kInt); }

}  // namespace

Network::Network(const Recipe& recipe)
    : classes_(static_cast<int>(recipe.classes.size())),
      categories_(static_cast<int>(recipe.categories.size())),
      levels_(recipe.scene.levels),
      clusters_(levels_of_clusters(recipe.scene)),
      segmentation_(recipe.task == "segmentation"),
      point_attention_(recipe.network.point_attention),
      learned_(recipe.scene.hierarchy == "learned"),
      stem_(table_, recipe),
      steps_(build_steps(table_, recipe)) {
  const auto& widths = recipe.network.widths;
  if (classes_ == 0) return;  // an encoder alone
  if (!segmentation_) {
    cloud_head_ = CloudHead(table_, "head", widths, 4 * widths.back(), classes_);
    return;
  }
  for (int l = 0; l < levels_; ++l)
    auxiliary_.emplace_back(table_, "level" + std::to_string(l) + ".auxiliary", widths[l], classes_);
  point_head_ = PointHead(table_, "head", point_head_options(recipe));
}

std::vector<Step> Network::needed_steps(bool all_levels) const {
  std::vector<bool> read(levels_, all_levels || !segmentation_ || point_attention_);
  read[0] = true;
  auto steps = pruned(steps_, read);
  steps.erase(std::remove_if(steps.begin(), steps.end(), [](const Step& step) { return levels_of(step).empty(); }),
              steps.end());
  return steps;
}

Sweeps Network::sweeps(int level) const {
  TORCH_CHECK(level >= clusters_, "tiles hold whole cells of level ", level, ", but up to level ", clusters_,
              " there are clusters, which nobody finds in tiles");
  Sweeps sweeps;
  sweeps.up.emplace_back();
  auto* part = &sweeps.up.back().steps;
  for (auto& step : needed_steps(false)) {
    const auto levels = levels_of(step);
    const bool above = levels.from > level, across = part == &sweeps.across, down = part == &sweeps.down;
    TORCH_CHECK(above || levels.to <= level, "a step changes levels ", levels.from, " to ", levels.to,
                " at once, which a cloud in tiles cannot have done");
    TORCH_CHECK(!above || !down, "a step changes level ", levels.from, " after the way down began");
    if (std::holds_alternative<Assign>(step)) {
      sweeps.up.back().choice.push_back(std::move(step));
      sweeps.up.emplace_back();
      part = &sweeps.up.back().steps;
      continue;
    }
    if (above)
      part = &sweeps.across;
    else if (across)
      part = &sweeps.down;
    part->push_back(std::move(step));
  }
  return sweeps;
}

NetworkInput Network::prepare(Scene scene, bool for_training, bool all_levels, at::Tensor place) const {
  return prepare(std::move(scene), needed_steps(all_levels), for_training, std::move(place));
}

NetworkInput Network::prepare(Scene scene, std::vector<Step> steps) const {
  return prepare(std::move(scene), std::move(steps), false, {});
}

NetworkInput Network::prepare(Scene scene, std::vector<Step> steps, bool for_training, at::Tensor place) const {
  NetworkInput input;
  input.scene = std::move(scene);
  input.steps = std::move(steps);
  Preparation preparation{input.scene, for_training, learned_};
  for (auto& step : input.steps) std::visit([&](auto& own) { own.prepare(preparation); }, step);
  if (!segmentation_) return input;
  input.points.place = place.defined() ? on_device(place, input.scene.position.device())
                                       : at::arange(input.scene.size(), places_of(input.scene));
  if (point_attention_ && !learned_) attend_to_leaves(input.scene, input.scene.hierarchy, for_training, input.points);
  return input;
}

Encoding Network::encode(const Weights& weights, const NetworkInput& input, const at::Tensor& category,
                         Dropout* dropout) const {
  auto encoding = stem_(weights, input.scene);
  encoding.category = category;
  advance(weights, input, 0, input.steps.size(), encoding, dropout);
  return encoding;
}

void Network::advance(const Weights& weights, const NetworkInput& input, std::size_t first, std::size_t last,
                      Encoding& encoding, Dropout* dropout) const {
  for (std::size_t s = first; s < last; ++s)
    std::visit([&](const auto& own) { own(weights, input.scene, encoding, dropout); }, input.steps[s]);
}

std::vector<at::Tensor> Network::auxiliary_logits(const Weights& weights, const Encoding& encoding) const {
  std::vector<at::Tensor> logits;
  for (int l = 0; l < levels_; ++l) logits.push_back(auxiliary_[l](weights, encoding.x[l]));
  return logits;
}

at::Tensor Network::point_logits(const Weights& weights, const NetworkInput& input, const Encoding& encoding,
                                 Dropout* dropout) const {
  if (!point_attention_ || !learned_) return point_head_(weights, input.scene, input.points, encoding, dropout);
  auto query = input.points;
  attend_to_leaves(input.scene, encoding.hierarchy_over(input.scene.hierarchy), is_recorded(weights), query);
  return point_head_(weights, input.scene, query, encoding, dropout);
}

at::Tensor Network::point_probabilities(const Weights& weights, const NetworkInput& input, const Encoding& encoding,
                                        double temperature) const {
  const auto& scene = input.scene;
  const auto points = scene.size();
  const bool on_cpu = scene.position.is_cpu();
  if (on_cpu && point_head_.simple()) return point_head_.probabilities(weights, scene, encoding.x[0], temperature);
  const auto probabilities_of = [&](const PointQuery& query) {
    return point_head_(weights, scene, query, encoding, nullptr, temperature).softmax(1);
  };
  const auto at_once = on_cpu ? kPointsAtOnce : kPointsAtOnceOnDevice;
  const bool prepared = !point_attention_ || !learned_;
  if (points <= at_once && prepared && input.points.place.size(0) == points) return probabilities_of(input.points);
  std::vector<at::Tensor> parts;
  for (std::int64_t first = 0; first < points; first += at_once) {
    PointQuery some;
    some.place = at::arange(first, std::min(points, first + at_once), places_of(scene));
    if (point_attention_) attend_to_leaves(scene, encoding.hierarchy_over(scene.hierarchy), false, some);
    parts.push_back(probabilities_of(some));
  }
  return parts.empty() ? at::empty({0, classes_}, encoding.x[0].options()) : at::cat(parts);
}

at::Tensor Network::cloud_logits(const Weights& weights, const NetworkInput& input, const Encoding& encoding,
                                 Dropout* dropout) const {
  return cloud_head_(weights, input.scene, encoding.x, dropout);
}

}  // namespace treewalk
