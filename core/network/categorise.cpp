// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/categorise.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <c10/util/Exception.h>

#include <string>

#include "core/network/ops.h"
#include "core/network/owners.h"

namespace treewalk {

Categorise::Categorise(ParameterTable& table, const Recipe& recipe)
    : levels{0, recipe.scene.levels - 1}, categories_(static_cast<int>(recipe.categories.size())) {
  const auto& spec = recipe.network;
  const int width = spec.widths.front();
  for (int b = 0; b < spec.tower_blocks; ++b)
    branch_.emplace_back(table, "tower" + std::to_string(b), levels, spec.relations, spec);
  head_ = CloudHead(table, "tower.head", spec.widths, 2 * spec.widths.back(), categories_);
  embedding_ = table.add({"category.code", {categories_, width}, Init::normal, 0.1, true});
  to_nodes_ = Linear(table, "category.node", width, width);
}

void Categorise::prepare(Preparation& preparation) {
  for (auto& step : branch_) step.prepare(preparation);
}

void Categorise::operator()(const Weights& weights, const Scene& scene, Encoding& encoding, Dropout* dropout) const {
  auto x = encoding.x;
  for (const auto& step : branch_) step.attend(weights, scene.hierarchy, encoding, x, dropout);
  encoding.category_logits = head_(weights, scene, x, dropout);
  auto& category = encoding.category;
  category = category.defined() ? on_device(category, encoding.category_logits.device())
                                : encoding.category_logits.argmax(1).to(at::kInt);
  TORCH_CHECK(category.size(0) == scene.clouds(), "network: ", category.size(0), " categories for ", scene.clouds(),
              " clouds");
  // One row of the table per cloud; the gradients of a category are added up in the order of the clouds.
  const auto members = transpose({at::arange(scene.clouds() + 1, category.options()), category, categories_}).graph;
  encoding.category_embedding = unpool_rows(weights[embedding_], category, members);
  const auto rows = to_nodes_(weights, encoding.category_embedding);
  for (int l = levels.from; l <= levels.to; ++l) {
    const auto& first = scene.cloud_cell[l];
    const auto cells = first.const_data_ptr<int>()[scene.clouds()];
    const auto cloud = owners_of_rows(on_device(first, rows.device()), cells);
    encoding.x[l] = encoding.x[l] + unpool_rows(rows, cloud.group, cloud.members);
  }
}

}  // namespace treewalk
