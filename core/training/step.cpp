// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/step.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/add.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <regex>

#include "core/device/random.h"
#include "core/features/feature.h"
#include "core/geometry/bounds.h"
#include "core/network/ops.h"
#include "core/scene/pose.h"

namespace treewalk {
namespace {

/// Samples beyond this many points are read again whenever they are needed.
constexpr std::int64_t kCachedPoints = 200'000'000;

/// Streams of random numbers of a step; the augmentation uses its own.
enum Stream : std::uint64_t {
  kOrder = 1,
  kPhase = 2,
  kLossPoints = 3,
  kDropout = 4,
  kChoice = 5,
  kThin = 6,
  kSize = 7
};

std::uint64_t stream(Stream purpose, std::int64_t step, int place_in_batch) {
  return std::uint64_t(purpose) << 56 | std::uint64_t(place_in_batch) << 40 | std::uint64_t(step);
}

/// `count` of 0..all-1, ascending, each set equally likely (Floyd's selection by a running acceptance).
at::Tensor choose_ascending(std::vector<std::int32_t> candidates, std::int64_t count, RandomStream random) {
  const auto all = static_cast<std::int64_t>(candidates.size());
  count = std::min(count, all);
  auto chosen = at::empty({count}, at::kInt);
  auto* to = chosen.mutable_data_ptr<int>();
  std::int64_t left = count;
  for (std::int64_t i = 0; i < all && left > 0; ++i)
    if (random.uniform() * static_cast<double>(all - i) < static_cast<double>(left)) {
      *to++ = candidates[i];
      --left;
    }
  return chosen;
}

/// Zeroes each number with the given probability and scales the others up.
void drop_features(const at::Tensor& features, double probability, RandomStream& random) {
  auto* x = features.mutable_data_ptr<float>();
  const auto scale = static_cast<float>(1 / (1 - probability));
  const auto threshold = static_cast<std::uint32_t>(probability * 0x1p32);
  for (std::int64_t i = 0; i < features.numel(); ++i) x[i] = random.word() < threshold ? 0.0f : x[i] * scale;
}

/// One-hot row, smoothed: 1 - smoothing on the label and the rest shared by all, or by those of its group alone.
void set_target(float* row, int classes, int label, double smoothing, double weight, const std::vector<int>& group) {
  const auto shares = [&](int c) { return group.empty() || group[c] == group[label]; };
  int sharing = 0;
  for (int c = 0; c < classes; ++c) sharing += shares(c);
  for (int c = 0; c < classes; ++c)
    row[c] =
        static_cast<float>(weight * ((shares(c) ? smoothing / sharing : 0.0) + (c == label ? 1 - smoothing : 0.0)));
}

double class_weight(const TrainingSpec& training, int label) {
  return training.class_weights.empty() ? 1 : training.class_weights[label];
}

double longest_side(const at::Tensor& position) {
  return parallel_bounds(position.const_data_ptr<float>(), position.size(0)).longest_side();
}

/// Shares of the labels among the labelled points of each cell; zeros where no point is labelled.
std::vector<at::Tensor> cell_targets(const Octree& octree, const std::vector<std::int8_t>& label, int classes) {
  std::vector<at::Tensor> targets;
  for (const auto& level : octree.level) {
    auto target = at::zeros({level.size(), classes}, at::kFloat);
    auto* t = target.mutable_data_ptr<float>();
    const auto* first = level.point.const_data_ptr<int>();
    for (std::int64_t c = 0; c < level.size(); ++c, t += classes) {
      float sum = 0;
      for (int p = first[c]; p < first[c + 1]; ++p)
        if (label[p] >= 0) t[label[p]] += 1, sum += 1;
      for (int k = 0; k < classes && sum > 0; ++k) t[k] /= sum;
    }
    targets.push_back(target);
  }
  return targets;
}

}  // namespace

StepMaker::StepMaker(const Recipe& recipe, const Network& network, std::vector<DataItem> items,
                     std::shared_ptr<const DataSet> data, std::uint64_t seed, c10::Device device)
    : recipe_(recipe),
      network_(network),
      items_(std::move(items)),
      data_(std::move(data)),
      seed_(seed),
      device_(device),
      augment_before_(recipe.training.augment_before, recipe.class_names(), "augment_before"),
      augment_(recipe.training.augment, recipe.class_names()) {
  const auto& training = recipe.training;
  const auto clouds = static_cast<int>(items_.size());
  steps_per_epoch_ = training.steps_per_epoch > 0 ? training.steps_per_epoch : std::max(1, clouds / training.batch);
  if (training.balance.empty()) return;
  std::map<std::string, std::vector<std::size_t>> by_name;
  const std::regex pattern(training.balance);
  for (std::size_t i = 0; i < items_.size(); ++i) {
    std::smatch match;
    const auto stem = items_[i].stem();
    if (!std::regex_search(stem, match, pattern) || match.size() < 2)
      throw Error("recipe: training: balance: \"" + training.balance + "\" finds no group in \"" + stem + "\"");
    by_name[match[1]].push_back(i);
  }
  for (auto& [name, members] : by_name) strata_.push_back(std::move(members));
}

std::int64_t StepMaker::points() const {
  // A resumed training may not have met every cloud.
  for (const auto& item : items_) {
    std::unique_lock lock(mutex_);
    const bool known = size_.count(item.name) > 0;
    lock.unlock();
    if (!known) sample(item);
  }
  const std::lock_guard lock(mutex_);
  std::int64_t total = 0;
  for (const auto& [name, size] : size_) total += size;
  return total;
}

std::shared_ptr<const Sample> StepMaker::sample(const DataItem& item) const {
  {
    const std::lock_guard lock(mutex_);
    const auto found = cache_.find(item.name);
    if (found != cache_.end()) return found->second;
  }
  auto read = std::make_shared<const Sample>(read_sample(item, recipe_, *data_));
  const std::lock_guard lock(mutex_);
  size_[item.name] = read->points.size();
  if (cached_points_ + read->points.size() <= kCachedPoints && cache_.emplace(item.name, read).second)
    cached_points_ += read->points.size();
  return read;
}

std::size_t StepMaker::choose(std::int64_t step, int place_in_batch) const {
  if (!strata_.empty()) {
    RandomStream random(seed_, stream(kChoice, step, place_in_batch));
    const auto& stratum = strata_[random.below(static_cast<std::uint32_t>(strata_.size()))];
    return stratum[random.below(static_cast<std::uint32_t>(stratum.size()))];
  }
  // A fresh permutation of the clouds for every pass over them.
  const auto draw = step * recipe_.training.batch + place_in_batch;
  const auto clouds = static_cast<std::int64_t>(items_.size());
  std::vector<std::size_t> order(clouds);
  std::iota(order.begin(), order.end(), std::size_t{0});
  RandomStream random(seed_, stream(kOrder, draw / clouds, 0));
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i))]);
  return order[draw % clouds];
}

struct StepMaker::Example {
  Scene scene;
  at::Tensor place;  ///< segmentation: [S] int32, ascending places in Morton order
  at::Tensor target;
  std::vector<at::Tensor> cell_target;
};

/// The points as the network is to see them: changed, thinned, posed, changed again. `sample` gets their labels.
PointSet StepMaker::posed(const Sample& raw, Sample& sample, std::int64_t step, int place_in_batch) const {
  const auto& options = recipe_.scene;
  // Every cloud of a batch is changed differently.
  const auto draw = static_cast<std::uint64_t>(step * recipe_.training.batch + place_in_batch);
  if (options.normalise == "none") {
    sample = augment_(raw, seed_, draw);
    return sample.points;
  }
  sample = augment_before_(raw, seed_, draw);
  if (options.points > 0 && sample.points.size() > options.points) {
    std::vector<std::int32_t> all(sample.points.size());
    std::iota(all.begin(), all.end(), 0);
    const auto chosen =
        choose_ascending(std::move(all), options.points, RandomStream(seed_, stream(kThin, step, place_in_batch)));
    std::vector<std::int8_t> label;
    for (std::int64_t i = 0; i < chosen.size(0); ++i) label.push_back(sample.label[chosen.const_data_ptr<int>()[i]]);
    sample.label = std::move(label);
    sample.points = subset(sample.points, chosen);
  }
  sample.points = in_pose(sample.points, options);
  sample = augment_(sample, seed_, draw);
  // A stretched cloud is told the size that it had.
  const double side = longest_side(sample.points.position);
  const double jitter =
      recipe_.training.size_jitter * RandomStream(seed_, stream(kSize, step, place_in_batch)).normal();
  if (side > 0) sample.points.scale = longest_side(raw.points.position) * raw.points.scale * std::exp(jitter) / side;
  return sample.points;
}

StepMaker::Example StepMaker::make(const DataItem& item, std::int64_t step, int place_in_batch) const {
  const auto& training = recipe_.training;
  const int classes = network_.classes();
  Sample sample;
  const auto raw = this->sample(item);
  const auto points = posed(*raw, sample, step, place_in_batch);
  Example example;
  RandomStream phase(seed_, stream(kPhase, step, place_in_batch));
  Placement placement;
  for (double& x : placement.phase) x = phase.uniform();
  if (recipe_.scene.normalise != "none") placement.slack *= phase.uniform(1, 1.15);
  example.scene = compute_features(make_scene(points, recipe_.scene, placement), points, recipe_.scene);
  const auto& scene = example.scene;
  if (training.feature_dropout > 0) {
    RandomStream drop(seed_, stream(kDropout, step, place_in_batch));
    for (const auto& features : scene.cell) drop_features(features, training.feature_dropout, drop);
    drop_features(scene.point, training.feature_dropout, drop);
  }
  if (recipe_.task == "classification") {
    example.target = at::empty({1, classes}, at::kFloat);
    set_target(example.target.mutable_data_ptr<float>(), classes, item.cloud_label, training.label_smoothing,
               class_weight(training, item.cloud_label), {});
    return example;
  }
  const auto* order = scene.octree.order.const_data_ptr<int>();
  std::vector<std::int8_t> label(points.size());
  std::vector<std::int32_t> labelled;
  for (std::int64_t p = 0; p < points.size(); ++p) {
    label[p] = sample.label[order[p]];
    if (label[p] >= 0) labelled.push_back(static_cast<std::int32_t>(p));
  }
  example.place = choose_ascending(std::move(labelled), std::max(1, training.loss_points / training.batch),
                                   RandomStream(seed_, stream(kLossPoints, step, place_in_batch)));
  example.target = at::empty({example.place.size(0), classes}, at::kFloat);
  auto* target = example.target.mutable_data_ptr<float>();
  const auto* place = example.place.const_data_ptr<int>();
  for (std::int64_t i = 0; i < example.place.size(0); ++i)
    set_target(target + i * classes, classes, label[place[i]], training.label_smoothing,
               class_weight(training, label[place[i]]), recipe_.category_of_class);
  if (training.auxiliary > 0) example.cell_target = cell_targets(scene.octree, label, classes);
  return example;
}

TrainingStep StepMaker::operator()(std::int64_t step) const {
  const auto& training = recipe_.training;
  const int levels = recipe_.scene.levels, categories = network_.categories();
  TrainingStep result;
  std::vector<Scene> scenes;
  std::vector<at::Tensor> place, target;
  std::vector<std::vector<at::Tensor>> cell_target(levels);
  if (categories > 0) {
    result.category = at::empty({training.batch}, at::kInt);
    result.category_target = at::empty({training.batch, categories}, at::kFloat);
  }
  for (int b = 0; b < training.batch; ++b) {
    const auto& item = items_[choose(step, b)];
    auto example = make(item, step, b);
    if (example.place.defined()) place.push_back(example.place.add(result.points));
    target.push_back(example.target);
    for (std::size_t l = 0; l < example.cell_target.size(); ++l) cell_target[l].push_back(example.cell_target[l]);
    result.points += example.scene.size();
    scenes.push_back(std::move(example.scene));
    if (categories == 0) continue;
    result.category.mutable_data_ptr<int>()[b] = item.cloud_label;
    set_target(result.category_target.mutable_data_ptr<float>() + std::int64_t(b) * categories, categories,
               item.cloud_label, training.category_smoothing, 1, {});
  }
  result.target = at::cat(target).to(device_);
  for (const auto& level : cell_target)
    if (!level.empty()) result.cell_target.push_back(at::cat(level).to(device_));
  if (categories > 0) result.category_target = result.category_target.to(device_);
  result.input = network_.prepare(to(merge_scenes(scenes), device_), true, !result.cell_target.empty(),
                                  place.empty() ? at::Tensor() : at::cat(place));
  return result;
}

at::Tensor step_loss(const Network& network, const Weights& weights, const TrainingStep& step,
                     const TrainingSpec& training, Dropout* dropout) {
  const auto encoding = network.encode(weights, step.input, step.category, dropout);
  if (!step.input.points.place.defined())
    return cross_entropy(network.cloud_logits(weights, step.input, encoding, dropout), step.target);
  auto loss = cross_entropy(network.point_logits(weights, step.input, encoding, dropout), step.target);
  if (!step.cell_target.empty()) {
    const auto logits = network.auxiliary_logits(weights, encoding);
    for (std::size_t l = 0; l < logits.size(); ++l)
      loss = loss +
             cross_entropy(logits[l], step.cell_target[l]) * (training.auxiliary / static_cast<double>(logits.size()));
  }
  if (step.category.defined())
    loss = loss + cross_entropy(encoding.category_logits, step.category_target) * training.category_weight;
  return loss;
}

}  // namespace treewalk
