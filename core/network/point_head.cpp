// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/point_head.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/diff.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "core/attention/family.h"
#include "core/device/elementary.h"
#include "core/device/parallel.h"
#include "core/device/wide.h"
#include "core/geometry/offsets.h"
#include "core/network/ops.h"
#include "core/network/owners.h"
#include "core/network/point_rows_kernel.h"

namespace treewalk {
namespace {

constexpr float kNoPart = -1e4f;  // logit of a class of another category: probability 0

/// A number for each of some points that are worked on together.
template <int points>
struct alignas(4 * points) Together {
  float of[points];
};

/// sum[r] += x[i] * weight[r * stride + i], one i after the other, for some rows of weights, whose sums do not wait for
/// each other.
template <int rows, int points>
void add_rows(const Together<points>* x, const float* weight, std::int64_t stride, std::int64_t count,
              Together<points>* sum) {
  typedef float All __attribute__((vector_size(points * sizeof(float))));  // NOLINT: g++ drops it from a "using"
  static_assert(sizeof(All) == sizeof *x);
  All own[rows];
  for (int r = 0; r < rows; ++r) std::memcpy(&own[r], sum[r].of, sizeof own[r]);
  for (std::int64_t i = 0; i < count; ++i) {
    All input;
    std::memcpy(&input, x[i].of, sizeof input);
    for (int r = 0; r < rows; ++r) own[r] += input * weight[r * stride + i];
  }
  for (int r = 0; r < rows; ++r) std::memcpy(sum[r].of, &own[r], sizeof own[r]);
}

/// The same for all rows of a matrix of weights.
template <int points>
void add_products(const Together<points>* x, const float* weight, std::int64_t stride, std::int64_t count,
                  std::int64_t rows, Together<points>* sum) {
  constexpr int kRows = 4;
  std::int64_t r = 0;
  for (; r + kRows <= rows; r += kRows) add_rows<kRows>(x, weight + r * stride, stride, count, sum + r);
  for (; r < rows; ++r) add_rows<1>(x, weight + r * stride, stride, count, sum + r);
}

/// What the probabilities of points are made of; of leaves on the CPU.
struct Scores {
  std::int64_t hidden;
  int features, classes;
  float sharpness;
  const float *point_weight, *score_weight, *score_bias, *direct_weight;
  const float* cell;  ///< [leaves,hidden]
  const float *offset, *feature;
  const std::int32_t* first;  ///< of each leaf's points
  float* to;                  ///< [N,classes]

  int inputs() const { return 3 + features; }

  /// Of the points of the leaves begin..end, some together, each a column of the arrays, so that no sum waits for the
  /// one before.
  template <int points>
  void write(std::int64_t begin, std::int64_t end, Together<points>* input) const {
    Together<points>*const unit = input + inputs(), *const logit = unit + hidden;
    for (std::int64_t c = begin, p = first[begin]; p < first[end]; p += points) {
      const int count = static_cast<int>(std::min<std::int64_t>(points, first[end] - p));
      std::int64_t leaf[points];
      for (int j = 0; j < count; ++j) {
        while (p + j >= first[c + 1]) ++c;
        leaf[j] = c;
        for (int i = 0; i < 3; ++i) input[i].of[j] = offset[(p + j) * 3 + i];
        for (int i = 0; i < features; ++i) input[3 + i].of[j] = feature[(p + j) * features + i];
      }
      for (int j = 0; j < count; ++j)
        for (std::int64_t h = 0; h < hidden; ++h) unit[h].of[j] = cell[leaf[j] * hidden + h];
      add_products(input, point_weight, inputs(), inputs(), hidden, unit);
      for (std::int64_t h = 0; h < hidden; ++h)
        for (int j = 0; j < points; ++j) unit[h].of[j] = std::max(unit[h].of[j], 0.0f);
      for (int k = 0; k < classes; ++k)
        for (int j = 0; j < points; ++j) logit[k].of[j] = score_bias[k];
      add_products(unit, score_weight, hidden, hidden, classes, logit);
      if (features > 0) add_products(input + 3, direct_weight, features, features, classes, logit);
      normalise(logit);
      for (int j = 0; j < count; ++j)
        for (int k = 0; k < classes; ++k) to[(p + j) * classes + k] = logit[k].of[j];
    }
  }

  /// Softmax of the logits over the temperature.
  template <int points>
  void normalise(Together<points>* logit) const {
    Together<points> top, sum;
    for (int j = 0; j < points; ++j) top.of[j] = -INFINITY, sum.of[j] = 0;
    for (int k = 0; k < classes; ++k)
      for (int j = 0; j < points; ++j) top.of[j] = std::max(top.of[j], logit[k].of[j]);
    for (int k = 0; k < classes; ++k)
      for (int j = 0; j < points; ++j) sum.of[j] += logit[k].of[j] = fast_exp((logit[k].of[j] - top.of[j]) * sharpness);
    for (int k = 0; k < classes; ++k)
      for (int j = 0; j < points; ++j) logit[k].of[j] /= sum.of[j];
  }
};

template <int points>
void write_scores(const Scores& scores, std::int64_t leaves) {
  parallel_pieces(leaves, 256, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    // All numbers are 0 at first: those of no point are computed with.
    std::vector<Together<points>> room(scores.inputs() + scores.hidden + scores.classes);
    wide([&] { scores.write(begin, end, room.data()); });
  });
}

}  // namespace

PointHead::PointHead(ParameterTable& table, const std::string& name, const PointHeadOptions& options)
    : options_(options) {
  const int hidden = options.hidden, classes = options.classes, features = options.features;
  const int width = options.leaf_width, heads = options.heads;
  norm_ = LayerNorm(table, name + ".norm", width);
  cell_ = Linear(table, name + ".cell", width, hidden);
  point_ = Linear(table, name + ".point", 3 + features, hidden, false);
  logit_ = Linear(table, name + ".score", hidden, classes);
  if (features > 0) {
    // Starts at zero but for the prior: the last class rises and the others fall with that column.
    skip_ = Linear(table, name + ".direct", features, classes, false, 0);
    for (int c = 0; options.skip_feature >= 0 && c < classes; ++c) {
      const double sign = c == classes - 1 ? 1 : -1;
      table[skip_.weight].preset.emplace_back(c * features + options.skip_feature, sign * options.skip_weight);
    }
  }
  int query_width = width;
  if (options.point_embedding > 0) {
    embedding_ = Linear(table, name + ".stage", options.point_embedding, hidden, false);
    query_width += options.point_embedding;
  }
  if (options.categories > 0) {
    category_ = Linear(table, name + ".code", width, hidden, false);
    query_width += width;
  }
  if (!options.attention) return;
  const auto attention = name + ".attention";
  key_norm_ = LayerNorm(table, attention + ".norm", width);
  query_ = Linear(table, attention + ".query", query_width, width);
  position_ = Linear(table, attention + ".position", query_width, heads * kEdgeGeometry, false, 0.1);
  key_ = Linear(table, attention + ".key", width, width, false);
  value_ = Linear(table, attention + ".value", width, width, false);
  slope_ = table.add({attention + ".relation_slope", {options.relations, heads * kEdgeGeometry}, Init::zero, 0, false});
  bias_ = table.add({attention + ".relation_bias", {options.relations, heads}, Init::zero, 0, false});
  out_ = Linear(table, attention + ".out", width + heads * kEdgeGeometry, hidden, false);
}

at::Tensor PointHead::operator()(const Weights& weights, const Scene& scene, const PointQuery& query,
                                 const Encoding& encoding, Dropout* dropout, double temperature) const {
  const auto normed = norm_(weights, encoding.x[0]);
  const auto leaf = owners_of_places(scene.octree.level[0].point, query.place);
  auto input = scene.offset.index_select(0, query.place);
  if (options_.features > 0) input = at::cat({input, scene.point.index_select(0, query.place)}, 1);
  auto hidden = unpool_rows(cell_(weights, normed), leaf.group, leaf.members) + point_(weights, input);
  std::vector<at::Tensor> point;  // what the points' attention is asked with
  if (options_.attention) point.push_back(unpool_rows(normed, leaf.group, leaf.members));
  if (options_.point_embedding > 0) {
    const auto& all = encoding.point_embedding;
    const auto chosen = query.place.size(0) == all.size(0) ? all : all.index_select(0, query.place);
    hidden = residual(hidden, embedding_(weights, chosen));
    point.push_back(chosen);
  }
  Owners cloud;
  if (options_.categories > 0) {
    const auto& category = encoding.category_embedding;
    cloud = owners_of_places(on_device(scene.cloud_point, normed.device()), query.place);
    hidden = residual(hidden, unpool_rows(category_(weights, category), cloud.group, cloud.members));
    if (options_.attention) point.push_back(unpool_rows(category, cloud.group, cloud.members));
  }
  if (options_.attention)
    hidden =
        residual(hidden, attend(weights, query, point.size() == 1 ? point[0] : at::cat(point, 1), at::cat(encoding.x)));
  hidden = rectified(hidden);
  if (dropout) hidden = dropout->drop(hidden, dropout->head);
  auto logits = logit_(weights, hidden);
  if (options_.features > 0) logits = logits + skip_(weights, input.narrow(1, 3, options_.features));
  if (temperature != 1) logits = logits / temperature;
  return options_.categories > 0 ? parts_only(logits, encoding.category.index_select(0, cloud.group)) : logits;
}

/// What points [S, query width] find among all nodes [M, leaf width], for the hidden layer.
at::Tensor PointHead::attend(const Weights& weights, const PointQuery& query, const at::Tensor& point,
                             const at::Tensor& nodes) const {
  const auto normed = key_norm_(weights, nodes);
  AttentionInput input;
  input.heads = options_.heads;
  input.query = query_(weights, point);
  input.position_query = position_(weights, point);
  input.key = key_(weights, normed);
  input.value = value_(weights, normed);
  input.relation_slope = weights[slope_];
  input.relation_bias = weights[bias_];
  input.relation_scale = relation_scales(options_.relations, point.device());
  input.node = query.node;
  const auto attended = attention(input, query.rows);
  return out_(weights, at::cat({attended.output, attended.offset}, 1));
}

/// Only parts of a cloud's category can be meant. category [S]: of each row's cloud.
at::Tensor PointHead::parts_only(const at::Tensor& logits, const at::Tensor& category) const {
  const int classes = options_.classes;
  auto allowed = at::empty({options_.categories, classes}, at::kFloat);
  for (int k = 0; k < options_.categories; ++k)
    for (int c = 0; c < classes; ++c)
      allowed.mutable_data_ptr<float>()[k * classes + c] = options_.category_of_class[c] == k ? 0 : kNoPart;
  return logits + on_device(allowed, logits.device()).index_select(0, category);
}

at::Tensor PointHead::probabilities(const Weights& weights, const Scene& scene, const at::Tensor& leaf_features,
                                    double temperature) const {
  const auto cell = cell_(weights, norm_(weights, leaf_features)).contiguous();
  auto result = at::empty({scene.size(), options_.classes}, at::kFloat);
  const int features = options_.features;
  Scores scores{};
  scores.hidden = cell.size(1);
  scores.features = features;
  scores.classes = options_.classes;
  scores.sharpness = static_cast<float>(1 / temperature);
  scores.point_weight = weights[point_.weight].const_data_ptr<float>();
  scores.score_weight = weights[logit_.weight].const_data_ptr<float>();
  scores.score_bias = weights[logit_.bias].const_data_ptr<float>();
  scores.direct_weight = features > 0 ? weights[skip_.weight].const_data_ptr<float>() : nullptr;
  scores.cell = cell.const_data_ptr<float>();
  scores.offset = scene.offset.const_data_ptr<float>();
  scores.feature = features > 0 ? scene.point.const_data_ptr<float>() : nullptr;
  scores.first = scene.octree.level[0].point.const_data_ptr<std::int32_t>();
  scores.to = result.mutable_data_ptr<float>();
  constexpr int kPoints = 8, kPointsOfWideRegisters = 16;
  if (cpu() == Cpu::kAvx512) {
    write_scores<kPointsOfWideRegisters>(scores, cell.size(0));
  } else {
    write_scores<kPoints>(scores, cell.size(0));
  }
  return result;
}

void attend_to_leaves(const Scene& scene, const Hierarchy& hierarchy, bool with_transposes, PointQuery& query) {
  FamilyChoice around;
  around.children = false;
  around.ancestors = hierarchy.levels() - 1;
  const auto leaf_rows = family_rows(hierarchy, 0, 0, around);
  const auto leaf = owners_of_places(scene.octree.level[0].point, query.place).group;
  const auto count = query.place.size(0), nodes = hierarchy.first.back();
  auto& rows = query.rows;
  rows.first_query = nodes;
  rows.first_key = 0;
  rows.rows.columns = nodes;
  const auto &first = leaf_rows.rows.offset, lengths = first.diff();
  rows.rows.offset = offsets_of(lengths.index_select(0, leaf));
  const auto entries = count > 0 ? rows.rows.offset[count].item<int>() : 0;
  rows.rows.column = at::empty({entries}, leaf.options());
  rows.relation = at::empty({entries}, leaf_rows.relation.options());
  const auto record = at::empty({count, kNodeRecord}, hierarchy.node.options());
  const auto numbers = [](const at::Tensor& tensor) { return tensor.const_data_ptr<std::int32_t>(); };
  parallel_for_lanes(leaf.device(), count,
                     PointRows{numbers(leaf), numbers(query.place), numbers(first), numbers(leaf_rows.rows.column),
                               leaf_rows.relation.const_data_ptr<std::uint8_t>(), numbers(rows.rows.offset),
                               hierarchy.node.const_data_ptr<float>(), scene.position.const_data_ptr<float>(),
                               rows.rows.column.mutable_data_ptr<std::int32_t>(),
                               rows.relation.mutable_data_ptr<std::uint8_t>(), record.mutable_data_ptr<float>()});
  query.node = at::cat({hierarchy.node, record});
  if (with_transposes) rows = with_transpose(std::move(rows));
}

}  // namespace treewalk
