// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/point_head.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/diff.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/relu.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/attention/family.h"
#include "core/attention/offsets.h"
#include "core/device/parallel.h"
#include "core/network/ops.h"
#include "core/network/owners.h"
#include "core/network/point_rows_kernel.h"

namespace treewalk {

PointHead::PointHead(ParameterTable& table, const std::string& name, const PointHeadOptions& options)
    : options_(options) {
  const int hidden = options.hidden, classes = options.classes, features = options.features;
  norm_ = LayerNorm(table, name + ".norm", options.leaf_width);
  cell_ = Linear(table, name + ".cell", options.leaf_width, hidden);
  point_ = Linear(table, name + ".point", 3 + features, hidden, false);
  score_ = Linear(table, name + ".score", hidden, classes);
  if (features > 0) {
    // Starts at zero but for the prior: the last class rises and the others fall with that column.
    direct_ = Linear(table, name + ".direct", features, classes, false, 0);
    for (int c = 0; options.prior >= 0 && c < classes; ++c) {
      const double sign = c == classes - 1 ? 1 : -1;
      table[direct_.weight].preset.emplace_back(c * features + options.prior, sign * options.prior_weight);
    }
  }
  if (options.stage > 0) stage_ = Linear(table, name + ".stage", options.stage, hidden, false);
  if (options.code > 0) code_ = Linear(table, name + ".code", options.code, hidden, false);
  if (!options.attention) return;
  const int width = options.leaf_width, heads = options.heads;
  const auto own = name + ".attention";
  key_norm_ = LayerNorm(table, own + ".norm", width);
  query_ = Linear(table, own + ".query", width + options.stage + options.code, width);
  position_ = Linear(table, own + ".position", width + options.stage + options.code, heads * kEdgeGeometry, false, 0.1);
  key_ = Linear(table, own + ".key", width, width, false);
  value_ = Linear(table, own + ".value", width, width, false);
  slope_ = table.add({own + ".relation_slope", {options.relations, heads * kEdgeGeometry}, Init::zero, 0, false});
  bias_ = table.add({own + ".relation_bias", {options.relations, heads}, Init::zero, 0, false});
  out_ = Linear(table, own + ".out", width + heads * kEdgeGeometry, hidden, false);
}

at::Tensor PointHead::operator()(const Weights& weights, const Scene& scene, const PointQuery& query,
                                 const at::Tensor& x, const at::Tensor& all, const at::Tensor& stage,
                                 const at::Tensor& code, Dropout* dropout) const {
  const auto normed = norm_(weights, x);
  const auto leaf = owners_of_places(scene.octree.level[0].point, query.place);
  auto own = scene.offset.index_select(0, query.place);
  if (options_.features > 0) own = at::cat({own, scene.point.index_select(0, query.place)}, 1);
  auto hidden = spread_rows(cell_(weights, normed), leaf.group, leaf.members) + point_(weights, own);
  std::vector<at::Tensor> asked;  // what the points' attention is asked with
  if (options_.attention) asked.push_back(spread_rows(normed, leaf.group, leaf.members));
  if (options_.stage > 0) {
    const auto chosen = query.place.size(0) == stage.size(0) ? stage : stage.index_select(0, query.place);
    hidden = hidden + stage_(weights, chosen);
    asked.push_back(chosen);
  }
  if (options_.code > 0) {
    const auto cloud = owners_of_places(scene.cloud_point.to(x.device(), at::kInt, /*non_blocking=*/true), query.place);
    hidden = hidden + spread_rows(code_(weights, code), cloud.group, cloud.members);
    if (options_.attention) asked.push_back(spread_rows(code, cloud.group, cloud.members));
  }
  if (options_.attention) {
    const auto question = asked.size() == 1 ? asked[0] : at::cat(asked, 1);
    const auto known = key_norm_(weights, all);
    AttentionInput input;
    input.heads = options_.heads;
    input.query = query_(weights, question);
    input.position_query = position_(weights, question);
    input.key = key_(weights, known);
    input.value = value_(weights, known);
    input.relation_slope = weights[slope_];
    input.relation_bias = weights[bias_];
    input.relation_scale = relation_scales(options_.relations, x.device());
    input.node = query.node;
    const auto attended = attention(input, query.rows);
    hidden = hidden + out_(weights, at::cat({attended.output, attended.offset}, 1));
  }
  hidden = at::relu(hidden);
  if (dropout) hidden = dropout->drop(hidden, dropout->head);
  auto score = score_(weights, hidden);
  if (options_.features > 0) score = score + direct_(weights, own.narrow(1, 3, options_.features));
  return score;
}

at::Tensor PointHead::probabilities(const Weights& weights, const Scene& scene, const at::Tensor& x) const {
  const auto cell = cell_(weights, norm_(weights, x)).contiguous();
  const auto points = scene.size(), cells = cell.size(0), hidden = cell.size(1);
  const int features = options_.features, own = 3 + features, classes = options_.classes;
  auto result = at::empty({points, classes}, at::kFloat);
  // Weights by input, so that the loop over the hidden units is the inner one.
  const auto point_weight = weights[point_.weight].t().contiguous();
  const auto* pp = point_weight.const_data_ptr<float>();
  const auto* ps = weights[score_.weight].const_data_ptr<float>();
  const auto* pb = weights[score_.bias].const_data_ptr<float>();
  const auto* pd = features > 0 ? weights[direct_.weight].const_data_ptr<float>() : nullptr;
  const auto* pc = cell.const_data_ptr<float>();
  const auto* offset = scene.offset.const_data_ptr<float>();
  const auto* feature = features > 0 ? scene.point.const_data_ptr<float>() : nullptr;
  const auto* first = scene.octree.level[0].point.const_data_ptr<int>();
  auto* to = result.mutable_data_ptr<float>();
  parallel_pieces(cells, 256, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    std::vector<float> unit(hidden), input_row(own), score(classes);
    for (std::int64_t c = begin; c < end; ++c) {
      for (std::int64_t p = first[c]; p < first[c + 1]; ++p) {
        for (int i = 0; i < 3; ++i) input_row[i] = offset[p * 3 + i];
        for (int i = 0; i < features; ++i) input_row[3 + i] = feature[p * features + i];
        for (std::int64_t h = 0; h < hidden; ++h) unit[h] = pc[c * hidden + h];
        for (int i = 0; i < own; ++i)
          for (std::int64_t h = 0; h < hidden; ++h) unit[h] += input_row[i] * pp[i * hidden + h];
        for (std::int64_t h = 0; h < hidden; ++h) unit[h] = std::max(unit[h], 0.0f);
        float top = -INFINITY, sum = 0;
        for (int k = 0; k < classes; ++k) {
          float value = pb[k];
          for (std::int64_t h = 0; h < hidden; ++h) value += unit[h] * ps[k * hidden + h];
          for (int i = 0; i < features; ++i) value += input_row[3 + i] * pd[k * features + i];
          score[k] = value;
          top = std::max(top, value);
        }
        for (int k = 0; k < classes; ++k) sum += score[k] = std::exp(score[k] - top);
        for (int k = 0; k < classes; ++k) to[p * classes + k] = score[k] / sum;
      }
    }
  });
  return result;
}

void attend_to_leaves(const Scene& scene, bool with_transposes, PointQuery& query) {
  FamilyChoice around;
  around.children = false;
  around.ancestors = scene.hierarchy.levels() - 1;
  const auto leaf_rows = family_rows(scene.hierarchy, 0, 0, around);
  const auto leaf = owners_of_places(scene.octree.level[0].point, query.place).group;
  const auto count = query.place.size(0), nodes = scene.hierarchy.first.back();
  auto& rows = query.rows;
  rows.first_query = nodes;
  rows.first_key = 0;
  rows.rows.columns = nodes;
  const auto &first = leaf_rows.rows.offset, lengths = first.diff();
  rows.rows.offset = offsets_of(lengths.index_select(0, leaf));
  const auto entries = count > 0 ? rows.rows.offset[count].item<int>() : 0;
  rows.rows.column = at::empty({entries}, leaf.options());
  rows.relation = at::empty({entries}, leaf_rows.relation.options());
  const auto record = at::empty({count, kNodeRecord}, scene.hierarchy.node.options());
  const auto numbers = [](const at::Tensor& tensor) { return tensor.const_data_ptr<std::int32_t>(); };
  parallel_for_lanes(leaf.device(), count,
                     PointRows{numbers(leaf), numbers(query.place), numbers(first), numbers(leaf_rows.rows.column),
                               leaf_rows.relation.const_data_ptr<std::uint8_t>(), numbers(rows.rows.offset),
                               scene.hierarchy.node.const_data_ptr<float>(), scene.position.const_data_ptr<float>(),
                               rows.rows.column.mutable_data_ptr<std::int32_t>(),
                               rows.relation.mutable_data_ptr<std::uint8_t>(), record.mutable_data_ptr<float>()});
  query.node = at::cat({scene.hierarchy.node, record});
  if (with_transposes) rows = with_transpose(std::move(rows));
}

}  // namespace treewalk
