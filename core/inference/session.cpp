// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/session.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/Version.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>
#include <ATen/ops/softmax.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>

#include "core/device/cpu.h"
#include "core/device/devices.h"
#include "core/device/parallel.h"
#include "core/device/public_errors.h"
#include "core/device/stopwatch.h"
#include "core/device/threads.h"
#include "core/features/feature.h"
#include "core/geometry/bounds.h"
#include "core/geometry/knn.h"
#include "core/inference/label_kernel.h"
#include "core/inference/labels.h"
#include "core/inference/memory.h"
#include "core/inference/tiles.h"
#include "core/model/model_file.h"
#include "core/scene/normalise.h"
#include "core/scene/point_set.h"
#include "treewalk/detail/words.h"

namespace treewalk {
namespace {

/// Objects that were thinned: points that get their labels together, and from how many of those that were seen.
constexpr std::int64_t kPointsAtOnce = 1 << 20;
constexpr int kNearest = 3;

constexpr const char* kUseTiles = "set a memory limit so that the cloud is taken in tiles";

std::vector<ClassScore> best_first(std::vector<ClassScore> scores) {
  std::stable_sort(scores.begin(), scores.end(), [](const ClassScore& a, const ClassScore& b) {
    return a.probability != b.probability ? a.probability > b.probability : a.id < b.id;
  });
  return scores;
}

}  // namespace

struct Session::Impl {
  std::shared_ptr<const Model> model;
  RunOptions options;
  c10::Device device;
  Weights weights;  ///< the model's, on the device

  Impl(std::shared_ptr<const Model> model_read, RunOptions options_read)
      : model(std::move(model_read)), options(std::move(options_read)), device(device_named(options.device)) {
    weights = device.is_cpu() ? model->weights : weight_views(model->network.parameters(), model->flat.to(device));
  }

  void report(double done, const std::string& stage) const {
    if (options.progress && !options.progress(done, stage)) throw Cancelled();
  }

  PointSet points_of(const CloudView& cloud, std::vector<std::int64_t>* kept,
                     std::vector<std::string>* warnings) const {
    const auto& info = model->info;
    std::vector<std::string> missing;
    auto points = make_point_set(cloud, info.required_fields, info.optional_fields, kept, &missing);
    if (warnings)
      for (const auto& name : missing)
        warnings->push_back("the cloud has no field \"" + name + "\"; the model's default stands in for it");
    return points;
  }

  /// Points on the CPU with their box, so that the host need not ask a device for it.
  struct BoxedPoints {
    PointSet points;
    Bounds box;
    explicit BoxedPoints(PointSet of) : points(std::move(of)), box(bounds_of_points(points.position)) {}
  };

  /// Probabilities [n, classes] of one tile's points in Morton order, on the device, and [n] int32 which points these
  /// are.
  struct Sorted {
    at::Tensor probability, order;
  };
  Sorted probabilities(const BoxedPoints& part, const Placement& placement, Stopwatch* watch, double from,
                       double until) const {
    const auto& network = model->network;
    const auto at_share = [&](double share) { return from + share * (until - from); };
    watch->start("octree, graph, features");
    report(at_share(0), "octree, graph, features");
    const auto& options = model->recipe.scene;
    const auto points = to(part.points, device);
    auto scene = compute_features(make_scene(points, options, placement, &part.box), points, options);
    watch->start("families");
    const auto input = network.prepare(std::move(scene), false, false);
    report(at_share(0.4), "network");
    watch->start("network");
    const auto encoding = network.encode(weights, input);
    watch->start("labels");
    report(at_share(0.9), "labels");
    return {network.point_probabilities(weights, input, encoding), input.scene.octree.order};
  }

  /// Rows of points in Morton order back in the order of the input.
  static at::Tensor in_input_order(const Sorted& sorted) {
    return at::empty_like(sorted.probability).index_copy_(0, sorted.order.to(at::kLong), sorted.probability);
  }

  int category_of(const std::string& name) const {
    const auto& names = model->recipe.categories;
    if (name.empty()) return -1;
    if (names.empty()) throw Error("the category \"" + name + "\" was given, but this is no model of parts");
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
      throw Error("the model knows no category \"" + name + "\"" + detail::did_you_mean(name, names) + " It knows " +
                  detail::quoted_list(names));
    return static_cast<int>(found - names.begin());
  }

  Segmentation segment(const CloudView& cloud, const std::string& category) const {
    const auto& info = model->info;
    if (info.task != "segmentation")
      throw Error("the model's task is " + info.task + "; segmenting needs a segmentation model");
    const int given = category_of(category);
    const ThreadCount threads(options.threads);
    const c10::InferenceMode inference;
    Segmentation result;
    result.label.assign(cloud.size, info.unknown_id);
    result.confidence.assign(cloud.size, 0.0f);
    if (options.probabilities) result.probability.assign(cloud.size * model->network.classes(), 0.0f);
    Stopwatch watch;
    watch.start("points");
    std::vector<std::int64_t> kept;
    const auto points = points_of(cloud, &kept, &result.warnings);
    if (!kept.empty()) {
      if (model->recipe.scene.normalise == "none") {
        segment_scene(BoxedPoints(points), kept, result, watch);
      } else {
        segment_object(points, kept, given, result, watch);
      }
    }
    result.stages = watch.times();
    if (!kept.empty()) report(1, "done");
    return result;
  }

  PointLabels no_labels(std::int64_t points, c10::Device where, std::int64_t more = 0) const {
    return PointLabels(points, model->network.classes(), options.probabilities, more, where);
  }

  /// Writes the points' labels, whose confidences are multiplied by `certainty`, to their places in the cloud.
  void write(const PointLabels& labels, const std::vector<std::int64_t>& kept, float certainty,
             Segmentation& result) const {
    const auto& info = model->info;
    const auto count = static_cast<std::int64_t>(kept.size());
    const int classes = model->network.classes();
    const auto *label = labels.label(), *confidence = labels.confidence(), *probability = labels.probability();
    parallel_pieces(count, 1 << 14, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        result.label[kept[i]] = info.classes[static_cast<std::size_t>(label[i])].id;
        result.confidence[kept[i]] = certainty * confidence[i];
        if (options.probabilities)
          std::copy_n(probability + i * classes, classes, &result.probability[kept[i] * classes]);
      }
    });
  }

  /// A scene of any extent, whole or in tiles.
  void segment_scene(const BoxedPoints& whole, const std::vector<std::int64_t>& kept, Segmentation& result,
                     Stopwatch& watch) const {
    const PointSet& points = whole.points;
    const auto count = points.size();
    const int classes = model->network.classes();
    const double temperature = model->info.temperature;
    const auto& scene = model->recipe.scene;
    const double coarsest = scene.cell_size * std::pow(scene.branching, scene.levels - 1);
    const float halo = static_cast<float>(coarsest);
    const auto budget = (options.memory_mb > 0 ? options.memory_mb : free_memory_mb(device) * 3 / 4) << 20;
    const auto base = count * base_bytes_per_point(classes);
    const double most = static_cast<double>(budget - base);
    if (most < 1000 * highest_cost(model->recipe))
      throw Error("a memory limit of " + std::to_string(budget >> 20) + " MB is too small for " +
                  std::to_string(count) + " points; at least " +
                  std::to_string(((base + std::int64_t(1000 * highest_cost(model->recipe))) >> 20) + 1) +
                  " MB are needed, and ten times that is reasonable");
    const auto placement = default_placement(scene);
    std::vector<Tile> tiles(1);
    if (static_cast<double>(count) * highest_cost(model->recipe) > most) {
      watch.start("tiles");
      Grid grid;
      grid.cell = scene.cell_size;
      grid.branching = scene.branching;
      for (int a = 0; a < 3; ++a) grid.origin[a] = whole.box.lower[a] - placement.phase[a] * coarsest;
      tiles = make_tiles(points.position, point_costs(points, model->recipe, grid), most, halo);
    }
    result.tiles = static_cast<int>(tiles.size());
    if (tiles.size() == 1) {
      const auto sorted = probabilities(whole, placement, &watch, 0, 1);
      auto labels = no_labels(count, device);
      labels.add(sorted.probability, temperature, sorted.order);
      labels.fetch();
      write(labels, kept, 1, result);
      return;
    }
    // All tiles share the cells of one grid, so a point lies in the same cells in each.
    std::vector<float> blend(std::size_t(count) * classes, 0.0f), weight(count, 0.0f);
    std::int64_t done = 0, all = 0;
    for (const auto& tile : tiles) all += static_cast<std::int64_t>(tile.point.size());
    for (const auto& tile : tiles) {
      const auto index =
          at::from_blob(const_cast<std::int32_t*>(tile.point.data()), {std::int64_t(tile.point.size())}, at::kInt);
      const BoxedPoints boxed(subset(points, index));
      const PointSet& part = boxed.points;
      Placement part_placement;
      for (int a = 0; a < 3; ++a) {
        const double cells = placement.phase[a] + (boxed.box.lower[a] - whole.box.lower[a]) / coarsest;
        part_placement.phase[a] = cells - std::floor(cells);
      }
      const double from = double(done) / all;
      done += part.size();
      const auto probability =
          in_input_order(probabilities(boxed, part_placement, &watch, from, double(done) / all)).cpu();
      const auto *p = probability.const_data_ptr<float>(), *position = part.position.const_data_ptr<float>();
      parallel_pieces(part.size(), 1 << 14, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          const float w = tile_weight(tile, halo, position + 3 * i);
          const auto to = tile.point[i];
          weight[to] += w;
          for (int c = 0; c < classes; ++c) blend[std::size_t(to) * classes + c] += w * p[i * classes + c];
        }
      });
    }
    for (std::int64_t i = 0; i < count; ++i)
      for (int c = 0; c < classes; ++c) blend[std::size_t(i) * classes + c] /= weight[i];
    auto labels = no_labels(count, c10::kCPU);
    labels.add(at::from_blob(blend.data(), {count, classes}, at::kFloat), temperature);
    write(labels, kept, 1, result);
  }

  /// The points through which the model sees a whole cloud: all of them, or as many as the recipe says. `there` are the
  /// same points on the device, as the result is.
  PointSet seen_of(const PointSet& points, const PointSet& there) const {
    const int most = model->recipe.scene.points;
    if (most <= 0 || points.size() <= most) return there;
    const Bounds box = bounds_of_points(points.position);
    return subset(there, thin(there.position, most, &box));
  }

  NetworkInput input_of(const PointSet& seen) const {
    const auto& options = model->recipe.scene;
    Bounds box;
    const auto points = normalised(seen, options, &box);
    auto scene = compute_features(make_scene(points, options, default_placement(options), &box), points, options);
    return model->network.prepare(std::move(scene), false, false);
  }

  /// One object, seen whole through up to as many points as the recipe says.
  void segment_object(const PointSet& own, const std::vector<std::int64_t>& kept, int given, Segmentation& result,
                      Stopwatch& watch) const {
    const auto& network = model->network;
    const double temperature = model->info.temperature;
    result.tiles = 1;
    watch.start("octree, graph, features");
    report(0, "octree, graph, features");
    const auto points = to(own, device);
    const auto count = points.size();
    const auto seen = seen_of(own, points);
    const auto input = input_of(seen);
    report(0.4, "network");
    watch.start("network");
    at::Tensor category;
    if (given >= 0) category = at::full({1}, given, at::kInt);
    const auto encoding = network.encode(weights, input, category);
    auto labels = no_labels(count, device, network.categories());
    if (network.categories() > 0)
      labels.more().copy_((encoding.category_scores / model->info.category_temperature).softmax(1).view(-1));
    watch.start("labels");
    report(0.8, "labels");
    const Sorted sorted{network.point_probabilities(weights, input, encoding), input.scene.octree.order};
    if (seen.size() == count) {
      labels.add(sorted.probability, temperature, sorted.order);
    } else {
      const auto probability = in_input_order(sorted);
      for (std::int64_t first = 0; first < count; first += kPointsAtOnce) {
        const auto some = points.position.narrow(0, first, std::min(kPointsAtOnce, count - first));
        labels.add(of_nearest(seen.position, probability, some), temperature, {}, first);
      }
    }
    labels.fetch();
    const float certainty = network.categories() > 0 ? name_categories(labels.more(), given, result) : 1;
    write(labels, kept, certainty, result);
  }

  /// Probabilities of points from those that were seen: the mean of the nearest ones'.
  at::Tensor of_nearest(const at::Tensor& seen, const at::Tensor& probability, const at::Tensor& position) const {
    const auto near = knn(seen, position, kNearest);
    const auto mean = at::empty({position.size(0), probability.size(1)}, probability.options());
    parallel_for(device, position.size(0),
                 MeanOfNearest{probability.const_data_ptr<float>(), near.index.const_data_ptr<std::int32_t>(),
                               near.squared_distance.const_data_ptr<float>(), kNearest, model->network.classes(),
                               mean.mutable_data_ptr<float>()});
    return mean;
  }

  /// Writes the categories, best first, and returns how sure the best one is.
  float name_categories(const at::Tensor& probability, int given, Segmentation& result) const {
    const auto* p = probability.const_data_ptr<float>();
    for (int c = 0; c < model->network.categories(); ++c) {
      const float told = c == given ? 1.0f : 0.0f;
      result.categories.push_back(
          {static_cast<std::uint32_t>(c), model->recipe.categories[c], given >= 0 ? told : p[c]});
    }
    result.categories = best_first(std::move(result.categories));
    return result.categories.front().probability;
  }

  std::vector<ClassScore> classify(const CloudView& cloud, RunNotes* notes) const {
    const auto& info = model->info;
    if (info.task != "classification")
      throw Error("the model's task is " + info.task + "; classifying needs a classification model");
    const ThreadCount threads(options.threads);
    const c10::InferenceMode inference;
    Stopwatch watch;
    watch.start("points");
    const auto points = points_of(cloud, nullptr, notes ? &notes->warnings : nullptr);
    std::vector<ClassScore> scores;
    if (points.size() == 0) return scores;
    watch.start("octree, graph, features");
    report(0, "octree, graph, features");
    const auto& network = model->network;
    const auto input = input_of(seen_of(points, to(points, device)));
    watch.start("network");
    report(0.5, "network");
    const auto score = network.cloud_scores(weights, input, network.encode(weights, input));
    const auto probability = (score / info.temperature).softmax(1).cpu();
    const auto* p = probability.const_data_ptr<float>();
    for (int c = 0; c < network.classes(); ++c) scores.push_back({info.classes[c].id, info.classes[c].name, p[c]});
    if (notes) notes->stages = watch.times();
    report(1, "done");
    return best_first(std::move(scores));
  }
};

Session::Session(std::shared_ptr<const Model> model, RunOptions options) {
  if (!model) throw Error("a session needs a model");
  impl_ = with_public_errors([&] { return std::make_unique<Impl>(std::move(model), std::move(options)); }, kUseTiles);
}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

const Model& Session::model() const { return *impl_->model; }

Segmentation Session::segment(const CloudView& cloud, const std::string& category) const {
  return with_public_errors([&] { return impl_->segment(cloud, category); }, kUseTiles);
}

std::vector<ClassScore> Session::classify(const CloudView& cloud, RunNotes* notes) const {
  if (notes) *notes = RunNotes();
  return with_public_errors([&] { return impl_->classify(cloud, notes); }, kUseTiles);
}

std::string build_information() {
  std::string text = "treewalk " TREEWALK_VERSION "\n";
  text += "cpu capability: LibTorch " + at::get_cpu_capability() + ", treewalk " + cpu_capability() + "\n";
  text += "threads: " + std::to_string(ThreadCount::resolve(0)) + "\n";
#ifdef TREEWALK_WITH_CUDA
  text += "CUDA kernels: built in; devices: " +
          std::to_string(at::globalContext().hasCUDA() ? at::detail::getCUDAHooks().deviceCount() : 0) + "\n";
#else
  text += "CUDA kernels: not in this build\n";
#endif
  return text + at::show_config();
}

}  // namespace treewalk
