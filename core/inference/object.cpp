// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/object.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/softmax.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "core/device/parallel.h"
#include "core/features/feature.h"
#include "core/geometry/bounds.h"
#include "core/geometry/knn.h"
#include "core/inference/label_kernel.h"
#include "core/inference/memory.h"
#include "core/inference/memory_limit.h"
#include "core/scene/normalise.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPointsAtOnce = 1 << 16;  // that were not seen and get their labels together
constexpr double kBytesPerPoint = 60;            // of the object: positions, places, results
constexpr int kNearest = 3;                      // from so many of those that were

constexpr const char* kScene = "octree, graph, features";

std::vector<ClassScore> best_first(std::vector<ClassScore> scores) {
  std::stable_sort(scores.begin(), scores.end(), [](const ClassScore& a, const ClassScore& b) {
    return a.probability != b.probability ? a.probability > b.probability : a.id < b.id;
  });
  return scores;
}

NetworkInput input_of(const Model& model, const PointSet& seen) {
  const auto& options = model.recipe.scene;
  Bounds box;
  const auto posed = normalised(seen, options, &box);
  auto scene = compute_features(make_scene(posed, options, default_placement(posed, options), &box), posed, options);
  return model.network.prepare(std::move(scene), false, false);
}

/// Probabilities [n, classes] of points from those that were seen: the mean of the nearest ones'.
at::Tensor of_nearest(const at::Tensor& seen, const at::Tensor& probability, const at::Tensor& position) {
  const auto near = knn(seen, position, kNearest);
  const auto classes = probability.size(1);
  const auto mean = at::empty({position.size(0), classes}, probability.options());
  parallel_for(position.device(), position.size(0),
               MeanOfNearest{probability.const_data_ptr<float>(), near.index.const_data_ptr<std::int32_t>(),
                             near.squared_distance.const_data_ptr<float>(), kNearest, static_cast<int>(classes),
                             mean.mutable_data_ptr<float>()});
  return mean;
}

std::vector<ClassScore> category_logits(const std::vector<std::string>& names, const float* probability, int given) {
  std::vector<ClassScore> scores;
  for (int c = 0; c < static_cast<int>(names.size()); ++c)
    scores.push_back({static_cast<std::uint32_t>(c), names[c], given < 0 ? probability[c] : c == given ? 1.0f : 0.0f});
  return best_first(std::move(scores));
}

}  // namespace

PointSet seen_of(const PointSet& points, const PointSet& on_device, int limit) {
  if (limit <= 0 || points.size() <= limit) return on_device;
  const Bounds box = bounds_of_points(points.position);
  return subset(on_device, thin(on_device.position, limit, &box));
}

void check_memory_of_object(const Run& run, std::int64_t count) {
  if (keeps_clouds_elsewhere(run)) return;
  const auto& recipe = run.model.recipe;
  const auto seen = recipe.scene.points > 0 ? std::min<std::int64_t>(count, recipe.scene.points) : count;
  const auto classes = run.model.network.classes();
  const double bytes = static_cast<double>(count) * (kBytesPerPoint + (run.options.probabilities ? 8 * classes : 0)) +
                       cost_of_object(recipe, seen) +
                       static_cast<double>(std::min(count, kPointsAtOnce)) * (16 * kNearest + 8 * classes);
  if (bytes > static_cast<double>(memory_limit_mb(run) << 20)) refuse_memory(run, count, bytes);
}

PointLabels label_object(Run& run, const PointSet& points, int given, std::vector<ClassScore>& categories) {
  const auto& [recipe, network, info] = std::tie(run.model.recipe, run.model.network, run.model.info);
  const auto count = points.size();
  check_memory_of_object(run, count);
  run.begin(kScene, 0);
  const auto all = to(points, run.device);
  const auto seen = seen_of(points, all, recipe.scene.points);
  const auto input = input_of(run.model, seen);
  run.begin("network", 0.4);
  const auto category = given >= 0 ? at::full({1}, given, at::kInt) : at::Tensor();
  const auto encoding = network.encode(run.weights, input, category);
  run.begin("labels", 0.8);
  PointLabels labels(count, network.classes(), run.options.probabilities, network.categories(), run.device);
  if (network.categories() > 0)
    labels.categories().copy_((encoding.category_logits / info.category_temperature).softmax(1).view(-1));
  const auto probability = network.point_probabilities(run.weights, input, encoding, info.temperature);
  const auto& order = input.scene.octree.order;
  if (seen.size() == count) {
    labels.add(probability, order);
  } else {
    const auto of_seen = in_input_order(probability, order);
    for (std::int64_t first = 0; first < count; first += kPointsAtOnce) {
      const auto some = all.position.narrow(0, first, std::min(kPointsAtOnce, count - first));
      labels.add(of_nearest(seen.position, of_seen, some), {}, first);
    }
  }
  labels.fetch();
  categories = category_logits(recipe.categories, labels.category(), given);
  return labels;
}

std::vector<ClassScore> classify_object(Run& run, const PointSet& points) {
  const auto& [recipe, network, info] = std::tie(run.model.recipe, run.model.network, run.model.info);
  run.begin(kScene, 0);
  const auto input = input_of(run.model, seen_of(points, to(points, run.device), recipe.scene.points));
  run.begin("network", 0.5);
  const auto logits = network.cloud_logits(run.weights, input, network.encode(run.weights, input));
  const auto probability = (logits / info.temperature).softmax(1).cpu();
  const auto* p = probability.const_data_ptr<float>();
  std::vector<ClassScore> scores;
  for (const auto& one : recipe.classes) scores.push_back({one.id, one.name, *p++});
  return best_first(std::move(scores));
}

}  // namespace treewalk
