// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/stem.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <string>
#include <utility>

#include "core/features/feature.h"
#include "core/network/ops.h"
#include "core/network/row_pieces.h"

namespace treewalk {

Stem::Stem(ParameterTable& table, const Recipe& recipe) {
  const auto& spec = recipe.network;
  const int levels = recipe.scene.levels, of_points = point_columns(recipe.scene), width = spec.point_stage;
  TORCH_CHECK(static_cast<int>(spec.widths.size()) == levels, "network: ", spec.widths.size(), " widths for ", levels,
              " levels");
  const auto level_name = [](int l) { return "level" + std::to_string(l); };
  for (int l = 0; l < levels; ++l) {
    const int columns = cell_columns(recipe.scene, l);
    cells_.push_back({spec.widths[l], columns > 0, {}, {}});
    if (columns == 0) continue;
    cells_.back().in = Linear(table, level_name(l) + ".stem_in", columns, spec.widths[l]);
    cells_.back().out = Linear(table, level_name(l) + ".stem_out", spec.widths[l], spec.widths[l]);
  }
  if (spec.standardise) {
    const auto add = [&](const std::string& name, std::int64_t columns) {
      standard_.push_back({table.add({name + ".input_centre", {columns}, Init::zero, 0, false}),
                           table.add({name + ".input_factor", {columns}, Init::one, 0, false})});
    };
    for (int l = 0; l < levels; ++l) add(level_name(l), cell_columns(recipe.scene, l));
    if (of_points > 0) add("points", of_points);
  }
  if (width > 0)
    points_ = Points{Linear(table, "points.stage_in", 3 + of_points, width), LayerNorm(table, "points.norm", width),
                     Linear(table, "points.stage_out", width, width),
                     Linear(table, "points.pool", 2 * width, spec.widths.front())};
}

at::Tensor Stem::standardised(const Weights& weights, std::size_t which, const at::Tensor& input) const {
  if (standard_.empty()) return input;
  return (input - weights[standard_[which].centre].detach()) * weights[standard_[which].factor].detach();
}

Encoding Stem::operator()(const Weights& weights, const Scene& scene, const at::Tensor& of_points) const {
  Encoding encoding;
  for (std::size_t l = 0; l < cells_.size(); ++l) {
    const auto& [width, sees, in, out] = cells_[l];
    const auto& input = scene.cell[l];
    const auto rows_of_cells = [&, in = in, out = out](std::int64_t begin, std::int64_t end) {
      const auto own = standardised(weights, l, input.narrow(0, begin, end - begin));
      return out(weights, rectified(in(weights, own)));
    };
    encoding.x.push_back(sees ? rows_of_work(input.size(0), width, input, all_at_once(input, weights), rows_of_cells)
                              : at::zeros({input.size(0), width}, input.options()));
  }
  if (!points_) return encoding;
  auto points = of_points.defined() ? PointStage{{}, of_points} : points_of(weights, scene);
  encoding.point_embedding = std::move(points.embedding);
  encoding.x[0] = encoding.x[0] + points.of_leaves;
  return encoding;
}

PointStage Stem::points_of(const Weights& weights, const Scene& scene) const {
  PointStage points;
  if (!points_) return points;
  const auto& [in, norm, out, pool] = *points_;
  const auto input = scene.point.size(1) > 0
                         ? at::cat({scene.offset, standardised(weights, cells_.size(), scene.point)}, 1)
                         : scene.offset;
  points.embedding = rectified(out(weights, rectified(norm(weights, in(weights, input)))));
  const auto& first = scene.octree.level[0].point;
  const Csr leaves{first, at::arange(scene.size(), first.options()), scene.size()};
  points.of_leaves = pool(weights, pool_rows(points.embedding, leaves));
  return points;
}

void Stem::standardise(const std::vector<Scene>& scenes, const Weights& weights) const {
  for (std::size_t which = 0; which < standard_.size(); ++which) {
    const auto &centre = weights[standard_[which].centre], &factor = weights[standard_[which].factor];
    const auto columns = centre.size(0);
    std::vector<double> sum(columns, 0), square(columns, 0);
    double rows = 0;
    for (const auto& scene : scenes) {
      const auto input = (which < cells_.size() ? scene.cell[which] : scene.point).cpu();
      const auto* x = input.const_data_ptr<float>();
      for (std::int64_t r = 0; r < input.size(0); ++r)
        for (std::int64_t c = 0; c < columns; ++c, ++x) sum[c] += *x, square[c] += static_cast<double>(*x) * *x;
      rows += static_cast<double>(input.size(0));
    }
    if (rows == 0) continue;
    auto mean = at::empty({columns}, at::kFloat), inverse = at::empty({columns}, at::kFloat);
    for (std::int64_t c = 0; c < columns; ++c) {
      const double average = sum[c] / rows, variance = square[c] / rows - average * average;
      mean.mutable_data_ptr<float>()[c] = static_cast<float>(average);
      inverse.mutable_data_ptr<float>()[c] = variance > 1e-10 ? static_cast<float>(1 / std::sqrt(variance)) : 1.0f;
    }
    centre.copy_(mean);
    factor.copy_(inverse);
  }
}

}  // namespace treewalk
