// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/session.h"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/device/devices.h"
#include "core/device/parallel.h"
#include "core/device/public_errors.h"
#include "core/device/scratch.h"
#include "core/device/threads.h"
#include "core/features/feature.h"
#include "core/geometry/finite_points.h"
#include "core/inference/clusters.h"
#include "core/inference/labels.h"
#include "core/inference/object.h"
#include "core/inference/run.h"
#include "core/inference/run_parts.h"
#include "core/inference/sweeps.h"
#include "core/inference/tiles.h"
#include "core/model/model_file.h"
#include "core/scene/normalise.h"
#include "core/scene/point_set.h"
#include "treewalk/detail/words.h"

namespace treewalk {
namespace {

constexpr const char* kNoNumbers =
    "the network's scores are not numbers: a weight of the model file is damaged, or a field of the cloud holds values "
    "far beyond those that it was trained on";
constexpr const char* kUseTiles = "set a memory limit so that the cloud is taken in tiles";

/// -1: none is named.
int category_named(const std::string& name, const std::vector<std::string>& names) {
  if (name.empty()) return -1;
  if (names.empty()) throw Error("the category \"" + name + "\" was given, but this is no model of parts");
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    throw Error("the model knows no category \"" + name + "\"" + detail::did_you_mean(name, names) + " It knows " +
                detail::quoted_list(names));
  return static_cast<int>(found - names.begin());
}

/// Labels of a scene that is taken whole. octree: its own, where it is known.
PointLabels label_whole(Run& run, const ScenePoints& cloud, const Octree* octree) {
  const auto& network = run.model.network;
  const auto& options = run.model.recipe.scene;
  run.begin("octree, graph, features", 0);
  std::optional<InMemory> fits(std::in_place);
  const auto points = to(cloud.points, run.device);
  auto scene = compute_features(make_scene(points, options, cloud.placement, &cloud.box, octree), points, options);
  if (!(run.size.extent > 0)) run.size = measure(scene.octree, cloud.box);
  run.watch.start("families");
  const auto input = network.prepare(std::move(scene), false, false);
  run.begin("network", 0.4);
  const auto encoding = network.encode(run.weights, input);
  run.begin("labels", 0.9);
  fits.reset();
  PointLabels labels(cloud.points.size(), network.classes(), run.options.probabilities, 0, run.device);
  labels.add(network.point_probabilities(run.weights, input, encoding, run.model.info.temperature),
             input.scene.octree.order);
  return labels;
}

/// A scene, whole or in tiles, whose number is added.
PointLabels label_scene(Run& run, PointSet points, int& tiles) {
  const auto cloud = scene_points(std::move(points), run.model.recipe.scene);
  const auto tiling = tiles_of(run, cloud);
  tiles += std::max(1, static_cast<int>(tiling.tile.size()));
  const auto* octree = run.device.is_cpu() && tiling.octree ? &*tiling.octree : nullptr;
  auto labels = tiling.tile.empty() ? label_whole(run, cloud, octree) : label_in_tiles(run, cloud, tiling);
  labels.fetch();
  return labels;
}

/// Writes the labels of the points that were kept to their places in the cloud, but for those of another part.
void write(const PointLabels& labels, const std::vector<std::int32_t>& kept, const std::vector<std::uint8_t>& own,
           const Run& run, Segmentation& result) {
  const auto& classes = run.model.info.classes;
  const auto columns = static_cast<std::int64_t>(classes.size());
  const auto* const label = labels.label();
  const auto *confidence = labels.confidence(), *probability = labels.probability();
  const float certainty = result.categories.empty() ? 1 : result.categories.front().probability;
  std::atomic<bool> all_numbers{true};
  parallel_pieces(std::int64_t(kept.size()), 1 << 14, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    bool numbers = true;
    for (std::int64_t i = begin; i < end; ++i) {
      if (!own.empty() && !own[i]) continue;
      result.label[kept[i]] = classes[label[i]].id;
      const float sure = result.confidence[kept[i]] = certainty * confidence[i];
      numbers &= sure >= 0;
      if (run.options.probabilities)
        std::copy_n(probability + i * columns, columns, &result.probability[std::int64_t{kept[i]} * columns]);
    }
    if (!numbers) all_numbers = false;
  });
  if (!all_numbers) throw Error(kNoNumbers);
}

Segmentation segment(Run& run, const CloudView& cloud, const std::string& category) {
  const auto& info = run.model.info;
  if (info.task != "segmentation")
    throw Error("the model's task is " + info.task + "; segmenting needs a segmentation model");
  const int given = category_named(category, info.categories);
  Segmentation result;
  result.label.assign(cloud.size, info.unknown_id);
  result.confidence.assign(cloud.size, 0.0f);
  if (run.options.probabilities) result.probability.assign(cloud.size * info.classes.size(), 0.0f);
  const bool scene = run.model.recipe.scene.normalise == "none";
  const auto fate = "they get label " + std::to_string(info.unknown_id) + " and confidence 0";
  const bool any = for_each_part(run, cloud, true, fate, result.warnings, [&](RunPart part) {
    if (!scene) result.tiles = 1;
    const auto labels = scene ? label_scene(run, std::move(part.points), result.tiles)
                              : label_object(run, part.points, given, result.categories);
    write(labels, part.kept, part.own, run, result);
  });
  if (any) add_warnings_of_model(run, result.warnings);
  result.stages = run.watch.times();
  if (any) run.report("done", 1);
  return result;
}

std::vector<ClassScore> classify(Run& run, const CloudView& cloud, RunNotes& notes) {
  const auto& info = run.model.info;
  if (info.task != "classification")
    throw Error("the model's task is " + info.task + "; classifying needs a classification model");
  run.watch.start("points");
  auto finite = finite_points(cloud);
  finite.position = scaled(finite.position, run.options.scale);
  const auto points = read_points(cloud, finite, run, true, notes.warnings);
  if (points.size() == 0) return {};
  auto scores = classify_object(run, points);
  for (const auto& score : scores)
    if (!(score.probability >= 0)) throw Error(kNoNumbers);
  notes.stages = run.watch.times();
  run.report("done", 1);
  return scores;
}

}  // namespace

struct Session::Impl {
  std::shared_ptr<const Model> model;
  RunOptions options;
  c10::Device device;
  Weights weights;  ///< the model's, on the device

  /// work(run), within its threads; nothing is differentiated.
  template <class Work>
  auto run(const Work& work) const {
    return with_public_errors(
        [&] {
          const ThreadCount threads(options.threads);
          const c10::InferenceMode inference;
          Run run{*model, weights, options, device};
          return work(run);
        },
        kUseTiles);
  }
};

Session::Session(std::shared_ptr<const Model> model, RunOptions options) {
  if (!model) throw Error("a session needs a model");
  for (const double factor : options.scale)
    if (!(factor > 0) || !std::isfinite(factor))
      throw Error("a scale must be a number above 0, but is " + std::to_string(factor));
  impl_ = with_public_errors(
      [&] {
        const auto device = device_named(options.device);
        auto weights =
            device.is_cpu() ? model->weights : weight_views(model->network.parameters(), model->flat.to(device));
        return std::unique_ptr<Impl>(new Impl{std::move(model), std::move(options), device, std::move(weights)});
      },
      kUseTiles);
}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

const Model& Session::model() const { return *impl_->model; }

Segmentation Session::segment(const CloudView& cloud, const std::string& category) const {
  return impl_->run([&](Run& run) { return treewalk::segment(run, cloud, category); });
}

std::vector<ClassScore> Session::classify(const CloudView& cloud, RunNotes* notes) const {
  RunNotes own;
  return impl_->run([&](Run& run) { return treewalk::classify(run, cloud, notes ? *notes = RunNotes() : own); });
}

Clustering Session::clusters(const CloudView& cloud, int level) const {
  return impl_->run([&](Run& run) { return clusters_of(run, cloud, level); });
}

}  // namespace treewalk
