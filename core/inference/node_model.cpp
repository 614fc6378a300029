// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/node_model.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/softmax.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "core/device/public_errors.h"
#include "core/device/threads.h"
#include "core/geometry/hierarchy.h"
#include "core/model/model_file.h"

namespace treewalk::nn {
namespace {

constexpr const char* kFormat = "treewalk nodes 1";

int whole_number(const std::string& text) {
  int value = 0;
  const auto end = text.data() + text.size();
  if (const auto [stop, fault] = std::from_chars(text.data(), end, value); fault != std::errc() || stop != end)
    throw Error("the number of columns is \"" + text.substr(0, 40) + "\"");
  return value;
}

/// [N or 1, classes] of a model's classes.
at::Tensor probabilities_of(const Network& network, const Weights& weights, bool of_nodes, Scene scene) {
  const auto input = network.prepare(std::move(scene), false, false);
  const auto encoding = network.encode(weights, input);
  if (of_nodes) return network.point_probabilities(weights, input, encoding);
  return network.cloud_logits(weights, input, encoding).softmax(1);
}

}  // namespace

NodeModel::NodeModel(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NodeModel::~NodeModel() = default;
NodeModel::NodeModel(NodeModel&&) noexcept = default;
NodeModel& NodeModel::operator=(NodeModel&&) noexcept = default;

NodeModel NodeModel::load(const std::filesystem::path& path) {
  return with_name(path.string(), [&] {
    SafetensorsFile file(path);
    const auto& metadata = file.metadata();
    for (const char* key : {"format", "recipe", "columns"})
      if (metadata.count(key) == 0) throw Error(std::string("no model of nodes: it has no \"") + key + "\"");
    if (metadata.at("format") != kFormat)
      throw Error("the format is \"" + metadata.at("format").substr(0, 40) + "\", nodes are read as \"" + kFormat +
                  "\"");
    auto impl = std::make_unique<Impl>(parse_node_recipe(metadata.at("recipe")), whole_number(metadata.at("columns")));
    impl->flat = file.read(tensor_entries(impl->network.parameters()));
    impl->weights = weight_views(impl->network.parameters(), impl->flat);
    return NodeModel(std::move(impl));
  });
}

void NodeModel::save(const std::filesystem::path& file) const {
  with_public_errors([&] {
    write_safetensors(
        file, {{"format", kFormat}, {"recipe", impl_->recipe.text}, {"columns", std::to_string(impl_->columns)}},
        tensor_entries(impl_->network.parameters()), impl_->flat);
  });
}

std::vector<ClassInfo> NodeModel::classes() const { return impl_->recipe.recipe.classes; }

std::vector<float> NodeModel::probabilities(const Nodes& nodes, int threads) const {
  const ThreadCount count(threads);
  return with_public_errors([&] {
    auto scene = scene_of_nodes(nodes, impl_->recipe, impl_->columns, "nodes");
    const bool of_nodes = impl_->recipe.recipe.task == "segmentation";
    const auto found = probabilities_of(impl_->network, impl_->weights, of_nodes, std::move(scene)).contiguous();
    const auto* p = found.const_data_ptr<float>();
    return std::vector<float>(p, p + found.numel());
  });
}

std::vector<std::int32_t> NodeModel::labels(const Nodes& nodes, int threads) const {
  const auto probability = probabilities(nodes, threads);
  const auto& classes = impl_->recipe.recipe.classes;
  std::vector<std::int32_t> label;
  for (auto row = probability.begin(); row != probability.end(); row += static_cast<std::ptrdiff_t>(classes.size())) {
    const auto best = std::max_element(row, row + static_cast<std::ptrdiff_t>(classes.size())) - row;
    label.push_back(static_cast<std::int32_t>(classes[best].id));
  }
  return label;
}

std::vector<std::int32_t> NodeModel::clusters(const Nodes& nodes, int level, int threads) const {
  const ThreadCount count(threads);
  return with_public_errors([&] {
    const int levels = impl_->recipe.recipe.scene.levels;
    if (level < 0 || level >= levels)
      throw Error("clusters: the level must be 0 to " + std::to_string(levels - 1) + ", but is " +
                  std::to_string(level));
    const auto input =
        impl_->network.prepare(scene_of_nodes(nodes, impl_->recipe, impl_->columns, "nodes"), false, true);
    const auto encoding = impl_->network.encode(impl_->weights, input);
    const auto& hierarchy = encoding.hierarchy_over(input.scene.hierarchy);
    const auto cluster = nodes_above(at::arange(hierarchy.size(0), at::kInt), hierarchy.parent, level);
    const auto* c = cluster.const_data_ptr<std::int32_t>();
    return std::vector<std::int32_t>(c, c + cluster.numel());
  });
}

}  // namespace treewalk::nn
