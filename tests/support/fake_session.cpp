// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/support/fake_session.h"

#include <cmath>
#include <limits>

namespace treewalk {

int fake_runs = 0;
RunOptions fake_options;
std::string fake_category;

class Model {
 public:
  ModelInfo info;
};

struct Session::Impl {
  std::shared_ptr<const Model> model;
  RunOptions options;
};

std::shared_ptr<const Model> FakeModel::make(const std::string& required_field, const std::string& optional_field) {
  const auto model = std::make_shared<Model>();
  model->info.task = "segmentation";
  model->info.classes = {
      {1, "table", "#000000", {}, {}}, {2, "object", "#000000", {}, {}}, {9, "wall", "#000000", {}, {}}};
  if (!required_field.empty()) model->info.required_fields = {required_field};
  if (!optional_field.empty()) model->info.optional_fields = {optional_field};
  return model;
}

std::shared_ptr<const Model> load_model(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) throw Error(file.string() + ": there is no such file");
  return FakeModel::make();
}

const ModelInfo& model_info(const Model& model) { return model.info; }

Session::Session(std::shared_ptr<const Model> model, RunOptions options)
    : impl_(new Impl{std::move(model), std::move(options)}) {
  if (impl_->options.device != "auto" && impl_->options.device != "cpu")
    throw Error("there is no device '" + impl_->options.device + "'; this machine has cpu");
  fake_options = impl_->options;
}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
const Model& Session::model() const { return *impl_->model; }

Segmentation Session::segment(const CloudView& cloud, const std::string& category) const {
  ++fake_runs;
  fake_category = category;
  for (const std::string& field : impl_->model->info.required_fields)
    if (cloud.find(field) == nullptr) throw Error("the model requires the field '" + field + "'");
  if (impl_->options.progress && !impl_->options.progress(0.5, "fake")) throw Cancelled();
  const Field *x = cloud.find("x"), *y = cloud.find("y"), *z = cloud.find("z");
  const auto finite = [&](std::int64_t i) {
    return std::isfinite(cloud.value(i, *x)) && std::isfinite(cloud.value(i, *y)) && std::isfinite(cloud.value(i, *z));
  };
  double least = std::numeric_limits<double>::infinity();
  for (std::int64_t i = 0; i < cloud.size; ++i)
    if (finite(i)) least = std::min(least, cloud.value(i, *z));
  Segmentation result;
  result.stages = {{"fake", 0.5}};
  for (const std::string& field : impl_->model->info.optional_fields)
    if (cloud.find(field) == nullptr) result.warnings.push_back("the cloud has no field '" + field + "'");
  for (std::int64_t i = 0; i < cloud.size; ++i) {
    const double h = finite(i) ? cloud.value(i, *z) - least : 0;
    result.label.push_back(!finite(i) ? 255 : h < 1 ? 1 : h < 2 ? 2 : 9);
    result.confidence.push_back(finite(i) ? static_cast<float>(0.5 + (h - std::floor(h)) / 2) : 0.0f);
  }
  return result;
}

std::vector<ClassScore> Session::classify(const CloudView& cloud, RunNotes* notes) const {
  if (notes) notes->stages = {{"fake", 0.25}};
  const Segmentation parts = segment(cloud);
  float low = 0, high = 0;
  for (const std::uint32_t label : parts.label) {
    low += label == 1;
    high += label == 2 || label == 9;
  }
  if (low + high == 0) return {};
  std::vector<ClassScore> scores{{1, "table", low / (low + high)}, {2, "object", high / (low + high)}};
  if (high > low) std::swap(scores[0], scores[1]);
  return scores;
}

Clustering Session::clusters(const CloudView& cloud, int level) const {
  if (level < 0 || level > 1) throw Error("there is no level " + std::to_string(level));
  const Segmentation parts = segment(cloud);
  Clustering result;
  result.stages = {{"fake", 0.125}};
  result.warnings = parts.warnings;
  result.count = 2;
  for (const std::uint32_t label : parts.label)
    result.cluster.push_back(label == 255 ? Clustering::none : label == 1 ? 1 : 0);
  return result;
}

}  // namespace treewalk
