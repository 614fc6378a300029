// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/layers.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/attention/family.h"
#include "core/network/row_pieces.h"
#include "core/scene/scene.h"
#include "tests/support/input_scene.h"
#include "tests/support/placement.h"
#include "tests/support/support.h"

namespace treewalk {
namespace {

constexpr int kWidth = 8, kHeads = 2, kHead = kWidth / kHeads, kRelations = 5;
constexpr int kGroups = FamilyBlock::kRowGroups;

using Vector = std::vector<double>;

/// Leaves, their parents and grandparents of a small surface.
Scene small_scene(int size = 120, double cell_size = 0.12) {
  SceneOptions options;
  options.cell_size = cell_size;
  options.levels = 3;
  options.neighbours = 3;
  options.features = {"offset"};
  PointSet points;
  points.position = test::surface_points(size, 1);
  points.viewpoint = {0, 0, 3};
  return test::input_scene(points, options, test::half_leaf_placement(options));
}

/// Rows of all levels: one set for everybody, or one for each group of relations.
std::vector<AttentionRows> rows_of(const Hierarchy& hierarchy, bool separate) {
  if (!separate) return {with_transpose(family_rows(hierarchy, 0, 2, {true, true, 2, true}))};
  std::vector<AttentionRows> rows;
  for (const FamilyChoice group :
       {FamilyChoice{true, false, 0, true}, FamilyChoice{false, true, 0, false}, FamilyChoice{false, false, 2, false}})
    rows.push_back(with_transpose(family_rows(hierarchy, 0, 2, group)));
  return rows;
}

/// A family block as its documentation says it, one node and one number after the other.
class PlainBlock {
 public:
  PlainBlock(const ParameterTable& table, const Weights& weights, const FamilyBlockOptions& options)
      : table_(table), weights_(weights), options_(options) {}

  std::vector<Vector> operator()(const at::Tensor& x, const Hierarchy& hierarchy,
                                 const std::vector<AttentionRows>& rows) const {
    std::vector<Vector> result;
    for (std::int64_t u = 0; u < x.size(0); ++u) {
      const Vector own = row(x, u), normed = norm("query_norm", own);
      const Vector query = product("query", normed);
      Vector joined;
      double shares[kGroups], all = 0;
      for (int g = 0; g < kGroups; ++g) all += shares[g] = options_.separate ? std::exp(at("mix", g)) : 0;
      for (std::size_t g = 0; g < rows.size(); ++g) {
        const double share = options_.separate ? shares[g] / all : 1;
        Vector value(kWidth, 0), geometry(kHeads * kEdgeGeometry, 0);
        for (int h = 0; h < kHeads; ++h) attend(x, hierarchy, rows[g], u, h, query, normed, value, geometry);
        for (const double v : value) joined.push_back(share * v);
        if (options_.relation_position)
          for (const double v : geometry) joined.push_back(share * v);
      }
      // The output's matrix is shared by the groups.
      const int one = static_cast<int>(joined.size() / rows.size());
      Vector sum(one, 0);
      for (std::size_t j = 0; j < joined.size(); ++j) sum[j % one] += joined[j];
      Vector y = product("out", sum);
      for (int i = 0; i < kWidth; ++i) y[i] += own[i];
      Vector hidden = product("mlp_in", norm("mlp_norm", y));
      for (double& v : hidden) v = std::max(v, 0.0);
      const Vector branch = product("mlp_out", hidden);
      for (int i = 0; i < kWidth; ++i) y[i] += branch[i];
      result.push_back(y);
    }
    return result;
  }

 private:
  void attend(const at::Tensor& x, const Hierarchy& hierarchy, const AttentionRows& rows, std::int64_t u, int h,
              const Vector& query, const Vector& normed, Vector& value, Vector& geometry) const {
    const auto* first = rows.rows.offset.const_data_ptr<int>();
    const auto* column = rows.rows.column.const_data_ptr<int>();
    const auto* relation = rows.relation.const_data_ptr<std::uint8_t>();
    Vector weight;
    std::vector<Vector> values, edges;
    double total = 0;
    for (int e = first[u]; e < first[u + 1]; ++e) {
      const std::int64_t v = column[e] + rows.first_key;
      const int r = relation[e];
      const Vector source = norm("source0.norm", row(x, v));
      const Vector key = product("source0.key", source), g = edge(hierarchy, u, v, r);
      double logit = at("relation_bias", r * kHeads + h);
      for (int i = 0; i < kHead; ++i) logit += query[h * kHead + i] * key[h * kHead + i] / std::sqrt(double(kHead));
      Vector slope(kEdgeGeometry, 0);
      if (options_.query_position) {
        const Vector all = product("position", normed);
        for (int p = 0; p < kEdgeGeometry; ++p) slope[p] += all[h * kEdgeGeometry + p];
      }
      if (options_.relation_position)
        for (int p = 0; p < kEdgeGeometry; ++p) slope[p] += at("relation_slope", (r * kHeads + h) * kEdgeGeometry + p);
      for (int p = 0; p < kEdgeGeometry; ++p) logit += slope[p] * g[p];
      weight.push_back(std::exp(logit));
      total += weight.back();
      values.push_back(product("source0.value", source));
      edges.push_back(g);
    }
    for (std::size_t e = 0; e < weight.size(); ++e) {
      for (int i = 0; i < kHead; ++i) value[h * kHead + i] += weight[e] / total * values[e][h * kHead + i];
      for (int p = 0; p < kEdgeGeometry; ++p) geometry[h * kEdgeGeometry + p] += weight[e] / total * edges[e][p];
    }
  }

  static Vector edge(const Hierarchy& hierarchy, std::int64_t u, std::int64_t v, int relation) {
    if (u == v) return Vector(kEdgeGeometry, 0);
    const float *a = hierarchy.node.const_data_ptr<float>() + u * kNodeRecord,
                *b = hierarchy.node.const_data_ptr<float>() + v * kNodeRecord;
    const double unit[] = {1, 2, 0.5, 1, 2}, scale = a[3] * unit[relation];
    double length = 0, along = 0, bend = -1;
    Vector g;
    for (int i = 0; i < 3; ++i) {
      const double d = double(b[i]) - a[i];
      g.push_back(d / scale);
      length += d * d;
      along += b[4 + i] * d / a[3];
      bend += double(a[4 + i]) * b[4 + i];
    }
    g.push_back(std::sqrt(length) / scale);
    g.push_back(std::clamp(along, -4.0, 4.0));
    g.push_back(bend);
    return g;
  }

  const at::Tensor& tensor(const std::string& name) const {
    for (std::size_t i = 0; i < weights_.size(); ++i)
      if (table_.all()[i].name == "b." + name) return weights_[i];
    throw std::runtime_error("no tensor " + name);
  }
  bool has(const std::string& name) const {
    for (const auto& spec : table_.all())
      if (spec.name == "b." + name) return true;
    return false;
  }
  double at(const std::string& name, std::int64_t i) const { return tensor(name).const_data_ptr<double>()[i]; }
  static Vector row(const at::Tensor& x, std::int64_t r) {
    const auto* p = x.const_data_ptr<double>() + r * x.size(1);
    return {p, p + x.size(1)};
  }
  Vector product(const std::string& name, const Vector& x) const {
    const auto& w = tensor(name + ".weight");
    Vector y(w.size(0), 0);
    for (std::int64_t o = 0; o < w.size(0); ++o) {
      if (has(name + ".bias")) y[o] = at(name + ".bias", o);
      for (std::int64_t i = 0; i < w.size(1); ++i) y[o] += at(name + ".weight", o * w.size(1) + i) * x[i];
    }
    return y;
  }
  Vector norm(const std::string& name, Vector x) const {
    double mean = 0, square = 0;
    for (const double v : x) mean += v / static_cast<double>(x.size());
    for (const double v : x) square += (v - mean) * (v - mean) / static_cast<double>(x.size());
    for (std::size_t i = 0; i < x.size(); ++i)
      x[i] = (x[i] - mean) / std::sqrt(square + 1e-5) * at(name + ".gain", i) + at(name + ".shift", i);
    return x;
  }

  const ParameterTable& table_;
  const Weights& weights_;
  FamilyBlockOptions options_;
};

TEST(FamilyBlock, EqualsAPlainLoopForEveryChoiceOfSoftmaxAndPosition) {
  const Scene scene = small_scene();
  const auto& hierarchy = scene.hierarchy;
  for (const bool separate : {false, true})
    for (const char* position : {"query", "relation", "none"}) {
      SCOPED_TRACE(std::string(separate ? "separate, " : "joint, ") + position);
      FamilyBlockOptions options;
      options.heads = kHeads;
      options.relations = kRelations;
      options.source_widths = {kWidth};
      options.separate = separate;
      options.relation_position = std::string(position) != "none";
      options.query_position = std::string(position) == "query";
      ParameterTable table;
      const FamilyBlock block(table, "b", kWidth, options);
      at::Tensor flat;
      auto weights = initial_weights(table, 1, &flat);
      at::manual_seed(1);
      for (auto& w : weights) w = (w + 0.3 * at::randn_like(w)).to(at::kDouble);
      const auto x = at::randn({hierarchy.first.back(), kWidth}, at::kDouble);
      const auto rows = rows_of(hierarchy, separate);
      const auto y = block(weights, x, {x}, hierarchy.node, rows);
      const auto expected = PlainBlock(table, weights, options)(x, hierarchy, rows);
      ASSERT_EQ(y.size(0), static_cast<std::int64_t>(expected.size()));
      for (std::int64_t u = 0; u < y.size(0); ++u)
        for (int i = 0; i < kWidth; ++i) EXPECT_NEAR(y[u][i].item<double>(), expected[u][i], 1e-6) << u;
      EXPECT_EQ(options.relation_position, [&] {
        for (const auto& spec : table.all())
          if (spec.name == "b.relation_slope") return true;
        return false;
      }());
    }
}

/// Without gradients some rows go through all of it together.
TEST(FamilyBlock, WithoutGradientsTheBitsAreThoseWithThem) {
  const Scene scene = small_scene(3000, 0.01);
  const auto& hierarchy = scene.hierarchy;
  const auto nodes = hierarchy.first.back(), leaves = hierarchy.size(0);
  ASSERT_GT(leaves, 2 * kRowsTogether);
  for (const bool separate : {false, true})
    for (const int width : {8, 32}) {
      SCOPED_TRACE(std::to_string(separate) + " " + std::to_string(width));
      FamilyBlockOptions options;
      options.heads = kHeads;
      options.relations = kRelations;
      options.source_widths = {width, 8};
      options.separate = separate;
      ParameterTable table;
      const FamilyBlock block(table, "b", width, options);
      at::Tensor flat;
      auto weights = initial_weights(table, 1, &flat);
      at::manual_seed(1);
      for (auto& w : weights) w = (w + 0.3 * at::randn_like(w));
      const auto x = at::randn({nodes, width}), above = at::randn({nodes - leaves, 8});
      const auto rows = rows_of(hierarchy, separate);
      const std::vector<at::Tensor> sources{x.narrow(0, 0, leaves), above};
      const auto without = block(weights, x, sources, hierarchy.node, rows);
      for (auto& w : weights) w.set_requires_grad(true);
      const auto with = block(weights, x, sources, hierarchy.node, rows);
      ASSERT_TRUE(with.requires_grad());
      EXPECT_FALSE(without.requires_grad());
      EXPECT_TRUE(at::equal(without, with.detach()));
      const at::NoGradGuard no_gradients;  // the weights of a training that is evaluated
      const auto evaluated = block(weights, x, sources, hierarchy.node, rows);
      EXPECT_FALSE(evaluated.requires_grad());
      EXPECT_TRUE(at::equal(evaluated, without));
    }
}

TEST(FamilyBlock, SharesOfTheGroupsStartEqual) {
  ParameterTable table;
  FamilyBlockOptions options;
  options.separate = true;
  options.source_widths = {kWidth};
  const FamilyBlock block(table, "b", kWidth, options);
  at::Tensor flat;
  const auto weights = initial_weights(table, 1, &flat);
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (table.all()[i].name == "b.mix") {
      EXPECT_EQ(weights[i].numel(), kGroups);
      EXPECT_EQ(weights[i].abs().max().item<float>(), 0);
    }
}

TEST(FamilyRows, OfAnAbsentGroupAreEmptyAndAttendToNothing) {
  const Scene scene = small_scene();
  const auto& hierarchy = scene.hierarchy;
  const auto rows = rows_of(hierarchy, true);
  AttentionInput input;
  input.heads = kHeads;
  at::manual_seed(1);
  const auto n = hierarchy.first.back();
  input.query = at::randn({n, kWidth});
  input.key = at::randn({n, kWidth});
  input.value = at::randn({n, kWidth});
  input.position_query = at::randn({n, kHeads * kEdgeGeometry});
  input.relation_slope = at::randn({kRelations, kHeads * kEdgeGeometry});
  input.relation_bias = at::randn({kRelations, kHeads});
  input.node = hierarchy.node;
  input.relation_scale = relation_scales(kRelations, at::kCPU);
  const auto leaves = hierarchy.size(0), root = hierarchy.first[2];
  // Leaves have no children and the last level has no ancestors.
  const auto children = attention(input, rows[1]), ancestors = attention(input, rows[2]);
  EXPECT_EQ(children.output.narrow(0, 0, leaves).abs().max().item<float>(), 0);
  EXPECT_EQ(children.offset.narrow(0, 0, leaves).abs().max().item<float>(), 0);
  EXPECT_GT(children.output.narrow(0, leaves, n - leaves).abs().sum(1).min().item<float>(), 0);
  EXPECT_EQ(ancestors.output.narrow(0, root, n - root).abs().max().item<float>(), 0);
  EXPECT_GT(ancestors.output.narrow(0, 0, root).abs().sum(1).min().item<float>(), 0);
}

TEST(FamilyRows, WithoutSelfAreTheOthersOfThoseWithIt) {
  const Scene scene = small_scene();
  const auto with = family_rows(scene.hierarchy, 0, 2, {true, true, 2, true});
  const auto without = family_rows(scene.hierarchy, 0, 2, {true, true, 2, false});
  ASSERT_EQ(with.rows.rows(), without.rows.rows());
  EXPECT_EQ(with.first_key, without.first_key);
  EXPECT_EQ(with.rows.columns, without.rows.columns);
  const auto *a = with.rows.offset.const_data_ptr<int>(), *b = without.rows.offset.const_data_ptr<int>();
  for (std::int64_t r = 0; r < with.rows.rows(); ++r) {
    const auto entries = b[r + 1] - b[r];
    ASSERT_EQ(a[r + 1] - a[r], entries + 1);
    EXPECT_EQ(with.relation[a[r]].item<int>(), kSelf);
    EXPECT_TRUE(at::equal(with.rows.column.narrow(0, a[r] + 1, entries), without.rows.column.narrow(0, b[r], entries)));
    EXPECT_TRUE(at::equal(with.relation.narrow(0, a[r] + 1, entries), without.relation.narrow(0, b[r], entries)));
  }
}

TEST(Dropout, FollowsSeedStepAndOrderOfTheCalls) {
  const auto x = at::ones({1000});
  Dropout a(1, 2, 0.5, 0.25), again(1, 2, 0.5, 0.25), later(1, 3, 0.5, 0.25);
  const auto first = a.drop(x, a.residual), second = a.drop(x, a.residual);
  EXPECT_TRUE(at::equal(first, again.drop(x, again.residual)));
  EXPECT_TRUE(at::equal(second, again.drop(x, again.residual)));
  EXPECT_FALSE(at::equal(first, second));
  EXPECT_FALSE(at::equal(first, later.drop(x, later.residual)));
  EXPECT_TRUE(at::equal(a.drop(x, 0), x));
}

}  // namespace
}  // namespace treewalk
