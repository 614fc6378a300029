// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/nn/hierarchy_network.h"

#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include <utility>

#include "core/device/public_errors.h"
#include "core/geometry/own_tree.h"
#include "core/network/network.h"
#include "core/recipe/node_recipe.h"
#include "core/scene/node_scene.h"

namespace treewalk::nn {
namespace {

Recipe recipe_of(const std::string& network, const std::vector<int>& columns) {
  auto recipe = parse_node_network(network);
  if (columns.size() > static_cast<std::size_t>(recipe.scene.levels))
    throw Error("network: columns of " + std::to_string(columns.size()) + " levels, but \"widths\" has " +
                std::to_string(recipe.scene.levels));
  for (std::size_t l = 0; l < columns.size(); ++l)
    if (columns[l] < 0 || columns[l] > (1 << 20))
      throw Error("network: level " + std::to_string(l) + " must have 0 to 2^20 columns, but has " +
                  std::to_string(columns[l]));
  recipe.scene.columns = columns;
  recipe.scene.columns.resize(recipe.scene.levels, 0);
  return recipe;
}

}  // namespace

struct HierarchyNetwork::Impl {
  Recipe recipe;
  Network network;
  Weights weights;

  Impl(const std::string& text, const std::vector<int>& columns, std::uint64_t seed)
      : recipe(recipe_of(text, columns)), network(recipe) {
    at::Tensor flat;
    for (const auto& view : initial_weights(network.parameters(), seed, &flat))
      weights.push_back(view.clone().requires_grad_(true));
  }

  /// The features of all levels, checked.
  std::vector<at::Tensor> cells(const std::vector<at::Tensor>& features, const Hierarchy& hierarchy) const {
    const auto& columns = recipe.scene.columns;
    TORCH_CHECK(features.size() <= columns.size(), "network: features of ", features.size(), " levels, but there are ",
                columns.size());
    c10::Device device(c10::DeviceType::CPU);
    for (const auto& given : features)
      if (given.defined()) device = given.device();
    std::vector<at::Tensor> cell;
    for (std::size_t l = 0; l < columns.size(); ++l) {
      const auto rows = hierarchy.size(static_cast<int>(l));
      const bool given = l < features.size() && features[l].defined();
      TORCH_CHECK(given || columns[l] == 0, "network: level ", l, " needs features [", rows, ", ", columns[l],
                  "], but has none");
      if (given)
        TORCH_CHECK(features[l].dim() == 2 && features[l].size(0) == rows && features[l].size(1) == columns[l] &&
                        features[l].scalar_type() == at::kFloat && features[l].device() == device,
                    "network: level ", l, " needs float32 features [", rows, ", ", columns[l], "] on ", device,
                    ", found ", features[l].scalar_type(), " ", features[l].sizes(), " on ", features[l].device());
      cell.push_back(given ? features[l].contiguous()
                           : at::zeros({rows, 0}, at::TensorOptions(at::kFloat).device(device)));
    }
    return cell;
  }
};

struct HierarchyNetwork::Prepared::Impl {
  const void* network;  ///< whose steps they are
  NetworkInput input;
};

HierarchyNetwork::HierarchyNetwork(const std::string& network, const std::vector<int>& columns, std::uint64_t seed)
    : impl_(with_public_errors([&] { return std::make_unique<Impl>(network, columns, seed); })) {}
HierarchyNetwork::~HierarchyNetwork() = default;
HierarchyNetwork::HierarchyNetwork(HierarchyNetwork&&) noexcept = default;
HierarchyNetwork& HierarchyNetwork::operator=(HierarchyNetwork&&) noexcept = default;

std::vector<at::Tensor> HierarchyNetwork::parameters() const { return impl_->weights; }

std::vector<std::string> HierarchyNetwork::names() const {
  std::vector<std::string> names;
  for (const auto& spec : impl_->network.parameters().all()) names.push_back(spec.name);
  return names;
}

HierarchyNetwork::Prepared HierarchyNetwork::prepare(const Tree& tree) const {
  return with_public_errors([&] {
    auto hierarchy = hierarchy_of(tree, impl_->recipe.scene.neighbours);
    if (hierarchy.levels() != impl_->recipe.scene.levels)
      throw Error("network: the tree has " + std::to_string(hierarchy.levels()) + " levels, but the network has " +
                  std::to_string(impl_->recipe.scene.levels) + " widths");
    std::vector<at::Tensor> none;
    for (int l = 0; l < hierarchy.levels(); ++l) none.push_back(at::zeros({hierarchy.size(l), 0}, at::kFloat));
    auto own = std::make_shared<Prepared::Impl>();
    own->network = impl_.get();
    own->input = impl_->network.prepare(node_scene(std::move(hierarchy), std::move(none)), true, true);
    Prepared prepared;
    prepared.impl_ = std::move(own);
    return prepared;
  });
}

HierarchyNetwork::Rows HierarchyNetwork::operator()(const std::vector<at::Tensor>& features,
                                                    const Prepared& tree) const {
  return with_public_errors([&] {
    TORCH_CHECK(tree.impl_ && tree.impl_->network == impl_.get(),
                "network: the tree was prepared by another network, or not at all");
    auto input = tree.impl_->input;
    input.scene.cell = impl_->cells(features, input.scene.hierarchy);
    const auto device = input.scene.cell[0].device();
    auto weights = impl_->weights;
    if (!device.is_cpu()) {
      // Rows are made again where the features are.
      input = impl_->network.prepare(to(std::move(input.scene), device), true, true);
      for (auto& w : weights) w = w.to(device);
    }
    const auto encoding = impl_->network.encode(weights, input);
    const auto& hierarchy = encoding.hierarchy_over(input.scene.hierarchy);
    Rows rows;
    rows.level = encoding.x;
    rows.parent.assign(hierarchy.parent.begin(), hierarchy.parent.end() - 1);
    return rows;
  });
}

HierarchyNetwork::Rows HierarchyNetwork::operator()(const std::vector<at::Tensor>& features, const Tree& tree) const {
  return (*this)(features, prepare(tree));
}

}  // namespace treewalk::nn
