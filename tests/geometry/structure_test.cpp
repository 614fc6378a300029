// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/structure.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "core/geometry/graph.h"
#include "core/geometry/knn.h"
#include "core/geometry/octree.h"
#include "tests/support/support.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Records "tag" (uint8), z, y, x: neither aligned nor in order.
template <class T>
struct Records {
  std::vector<std::byte> data;
  explicit Records(const std::vector<std::array<double, 3>>& points) : data(points.size() * (1 + 3 * sizeof(T))) {
    for (std::size_t i = 0; i < points.size(); ++i)
      for (int axis = 0; axis < 3; ++axis) {
        const T value = static_cast<T>(points[i][axis]);
        std::memcpy(&data[i * stride() + 1 + (2 - axis) * sizeof(T)], &value, sizeof(T));
      }
  }
  static std::size_t stride() { return 1 + 3 * sizeof(T); }
  CloudView view() const {
    const Scalar type = sizeof(T) == 4 ? Scalar::float32 : Scalar::float64;
    return {data.data(),
            static_cast<std::int64_t>(data.size() / stride()),
            stride(),
            {{"tag", 0, Scalar::uint8, 1},
             {"z", 1, type, 1},
             {"y", 1 + sizeof(T), type, 1},
             {"x", 1 + 2 * sizeof(T), type, 1}},
            {}};
  }
};

std::vector<std::array<double, 3>> list(const at::Tensor& points) {
  std::vector<std::array<double, 3>> result(points.size(0));
  const auto wide = points.to(at::kDouble);
  for (std::size_t i = 0; i < result.size(); ++i)
    std::copy_n(wide.const_data_ptr<double>() + 3 * i, 3, result[i].begin());
  return result;
}

template <class T>
std::vector<T> range(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<T>(), tensor.const_data_ptr<T>() + tensor.numel()};
}

}  // namespace

TEST(KnnGraphArrays, HandMadeExampleLeavesNonFinitePointsOut) {
  const Records<float> cloud({{0, 0, 0}, {1, kNan, 0}, {1, 0, 0}, {3, 0, 0}, {0, 0, HUGE_VAL}});
  const KnnGraphArrays graph = knn_graph(cloud.view(), 1);
  EXPECT_EQ(graph.offset, (std::vector<std::int64_t>{0, 1, 1, 2, 3, 3}));
  EXPECT_EQ(graph.column, (std::vector<std::int32_t>{2, 0, 2}));
  EXPECT_EQ(graph.squared_distance, (std::vector<float>{1, 1, 4}));
  const KnnGraphArrays united = knn_graph(cloud.view(), 1, GraphKind::united);
  EXPECT_EQ(united.offset, (std::vector<std::int64_t>{0, 1, 1, 3, 4, 4}));
  EXPECT_EQ(united.column, (std::vector<std::int32_t>{2, 0, 3, 2}));
  EXPECT_EQ(united.squared_distance, (std::vector<float>{1, 1, 4, 4}));
  const KnnGraphArrays mutual = knn_graph(cloud.view(), 1, GraphKind::mutual);
  EXPECT_EQ(mutual.column, (std::vector<std::int32_t>{2, 0}));
}

TEST(KnnGraphArrays, EqualTheGraphOfTheTensors) {
  const auto points = uniform_points(3000, 1);
  const Records<float> cloud(list(points));
  const Neighbours found = knn(points, 9);
  for (const int threads : {1, 4}) {
    const KnnGraphArrays graph = knn_graph(cloud.view(), 9, GraphKind::directed, threads);
    EXPECT_EQ(graph.column, range<std::int32_t>(found.index));
    EXPECT_EQ(graph.squared_distance, range<float>(found.squared_distance));
    EXPECT_EQ(knn_graph(cloud.view(), 9, GraphKind::united, threads).column,
              range<std::int32_t>(unite(to_csr(found, 3000)).column));
    EXPECT_EQ(knn_graph(cloud.view(), 9, GraphKind::mutual, threads).column,
              range<std::int32_t>(mutual(to_csr(found, 3000)).column));
  }
}

TEST(KnnGraphArrays, GeoreferencedDoublesKeepTheirDistances) {
  const Records<double> cloud({{4.5e6, 5.6e6, 100}, {4.5e6 + 0.001, 5.6e6, 100}, {4.5e6, 5.6e6 + 0.004, 100}});
  const KnnGraphArrays graph = knn_graph(cloud.view(), 2);
  EXPECT_EQ(graph.column, (std::vector<std::int32_t>{1, 2, 0, 2, 0, 1}));
  EXPECT_NEAR(graph.squared_distance[0], 1e-6, 1e-11);
}

TEST(KnnGraphArrays, FewPointsAndBadArguments) {
  const auto sizes = [](const std::vector<std::array<double, 3>>& points) {
    const KnnGraphArrays graph = knn_graph(Records<float>(points).view(), 4);
    return std::make_pair(graph.offset.size(), graph.column.size());
  };
  EXPECT_EQ(sizes({}), std::make_pair(std::size_t{1}, std::size_t{0}));
  EXPECT_EQ(sizes({{1, 2, 3}}), std::make_pair(std::size_t{2}, std::size_t{0}));
  EXPECT_EQ(sizes({{kNan, 2, 3}}), std::make_pair(std::size_t{2}, std::size_t{0}));
  EXPECT_EQ(sizes({{1, 2, 3}, {1, 2, 3}}), std::make_pair(std::size_t{3}, std::size_t{2}));
  const Records<float> one({{1, 2, 3}});
  EXPECT_THROW(knn_graph(one.view(), 0), Error);
  CloudView view = one.view();
  view.fields.pop_back();
  EXPECT_THROW(knn_graph(view, 1), Error);
  view = one.view();
  view.fields[1].offset = 10;
  EXPECT_THROW(knn_graph(view, 1), Error);
}

TEST(OctreeArrays, EqualTheOctreeOfTheTensorsAndHoldMeans) {
  for (const double offset : {0.0, 4.5e6}) {
    const auto points = surface_points(20000, 2, at::kDouble).mul(100).add(offset);
    auto listed = list(points);
    listed.insert(listed.begin() + 5, {0, kNan, 0});
    const Records<double> cloud(listed);
    const Octree tree = build_octree(points, fit_grid(points, 6), 7);
    for (const int threads : {1, 4}) {
      const OctreeArrays arrays = octree(cloud.view(), 6, threads);
      ASSERT_EQ(arrays.level.size(), 7u);
      EXPECT_EQ(arrays.leaf[5], -1);
      EXPECT_EQ(arrays.leaf[6], tree.leaf[5].item<int>());
      for (std::size_t i = 0; i < arrays.order.size(); ++i) {
        const int expected = tree.order.const_data_ptr<std::int32_t>()[i];
        EXPECT_EQ(arrays.order[i], expected < 5 ? expected : expected + 1);
      }
      for (int l = 0; l < 7; ++l) {
        const OctreeLevelArrays& level = arrays.level[l];
        EXPECT_EQ(level.cell_size, tree.grid.cell * (1 << l));
        EXPECT_EQ(level.key.size(), static_cast<std::size_t>(tree.level[l].size()));
        EXPECT_EQ(level.point_offset, range<std::int32_t>(tree.level[l].point));
        if (l > 0) {
          EXPECT_EQ(level.child_offset, range<std::int32_t>(tree.level[l].child));
        }
        if (l < 6) {
          EXPECT_EQ(level.parent, range<std::int32_t>(tree.level[l].parent));
        }
        for (std::size_t c = 0; c < level.key.size(); ++c)
          for (int axis = 0; axis < 3; ++axis) {
            double sum = 0;
            for (int i = level.point_offset[c]; i < level.point_offset[c + 1]; ++i)
              sum += listed[arrays.order[i]][axis] - arrays.origin[axis];
            EXPECT_NEAR(level.mean[3 * c + axis], sum / (level.point_offset[c + 1] - level.point_offset[c]), 1e-4);
          }
      }
    }
  }
}

TEST(OctreeArrays, EmptyCloudsGiveEmptyLevels) {
  for (const auto& points : std::vector<std::vector<std::array<double, 3>>>{{}, {{kNan, 0, 0}}}) {
    const OctreeArrays arrays = octree(Records<float>(points).view(), 3);
    EXPECT_EQ(arrays.level.size(), 4u);
    EXPECT_TRUE(arrays.order.empty());
    EXPECT_EQ(arrays.leaf, std::vector<std::int32_t>(points.size(), -1));
    for (const auto& level : arrays.level) EXPECT_TRUE(level.key.empty());
  }
  EXPECT_THROW(octree(Records<float>({{1, 2, 3}}).view(), 21), Error);
  EXPECT_THROW(octree(Records<float>({{1, 2, 3}}).view(), -1), Error);
}
