// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// VectorSearch, and PointSearch among doubles, against plain loops.
#include "treewalk/vector_search.h"

#include <gtest/gtest.h>

#include <cstring>
#include <nanoflann.hpp>

#include "tests/support/row_oracle.h"
#include "treewalk/structure.h"

namespace treewalk {
namespace {

using test::Distances;
using test::Rows;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// One neighbour list, by point.
template <class Search, class T>
Distances<float> nearest(const Search& search, const T* query, int k) {
  std::vector<std::int32_t> index(static_cast<std::size_t>(std::max(k, 1)));
  std::vector<float> distance(index.size());
  const int found = search.nearest(query, k, index.data(), distance.data());
  Distances<float> result;
  for (std::size_t j = 0; j < static_cast<std::size_t>(found); ++j) result.emplace_back(distance[j], index[j]);
  return result;
}
template <class Search, class T>
Distances<float> within(const Search& search, const T* query, double radius, bool sorted = true,
                        std::int64_t most = 0) {
  std::vector<std::int32_t> index{7};
  std::vector<float> distance{7};
  search.within(query, radius, index, distance, sorted, most);
  Distances<float> result;
  for (std::size_t j = 0; j < index.size(); ++j) result.emplace_back(distance[j], index[j]);
  return result;
}

template <class T>
void compare(const std::string& kind, std::int64_t size, std::int64_t columns) {
  const Rows<T> rows = test::make_rows<T>(kind, size, columns, static_cast<unsigned>(columns));
  const Rows<T> queries = test::make_queries(rows, 8, 3);
  const VectorSearch search(rows.value.data(), size, static_cast<int>(columns));
  EXPECT_EQ(search.columns(), columns);
  for (const int threads : {1, 2, 8}) {
    std::vector<Distances<float>> many(8), ball(8);
    const auto into = [](std::vector<Distances<float>>& to) {
      return [&to](std::int64_t i, const std::int32_t* index, const float* distance, std::int64_t count) {
        for (std::int64_t j = 0; j < count; ++j) to[static_cast<std::size_t>(i)].emplace_back(distance[j], index[j]);
      };
    };
    search.nearest(queries.value.data(), 8, 9, into(many), threads);
    search.within(queries.value.data(), 8, 0.5, into(ball), true, 0, threads);
    for (std::size_t i = 0; i < 8; ++i) {
      const T* query = queries.row(static_cast<std::int64_t>(i));
      const auto all = test::all_distances(rows, query);
      ASSERT_EQ(many[i], test::rounded(all, 9)) << kind << " " << columns << " " << i;
      ASSERT_EQ(nearest(search, query, 9), many[i]);
      ASSERT_EQ(nearest(search, query, static_cast<int>(size) + 5), test::rounded(all, all.size()));
      const auto inside = static_cast<std::size_t>(
          std::count_if(all.begin(), all.end(), [](const auto& one) { return one.first < T(0.25); }));
      ASSERT_EQ(ball[i], test::rounded(all, inside));
      ASSERT_EQ(within(search, query, 0.5), ball[i]);
      ASSERT_EQ(within(search, query, 0.5, true, 2), test::rounded(all, std::min<std::size_t>(inside, 2)));
      ASSERT_EQ(within(search, query, kInfinity), test::rounded(all, all.size()));
      auto loose = within(search, query, 0.5, false);
      std::sort(loose.begin(), loose.end());
      std::sort(ball[i].begin(), ball[i].end());
      ASSERT_EQ(loose, ball[i]);
    }
  }
}

TEST(VectorSearch, FindsWhatLoopsFindInEveryForm) {
  for (const std::string& kind : test::kinds_of_rows())
    for (const std::int64_t columns : {1, 2, 3, 4, 7, 33, 125}) {
      compare<float>(kind, 400, columns);
      if (kind != "lattice" && kind != "constant column") compare<double>(kind, 400, columns);
    }
}

TEST(VectorSearch, ChoosesHowItSearches) {
  const auto way = [](auto number, const std::string& kind, std::int64_t columns) {
    const auto rows = test::make_rows<decltype(number)>(kind, 5000, columns, 1);
    return std::string(VectorSearch(rows.value.data(), 5000, static_cast<int>(columns)).way());
  };
  EXPECT_EQ(way(0.0f, "random", 3), "points");
  EXPECT_EQ(way(0.0f, "random", 4), "tree");
  EXPECT_EQ(way(0.0f, "random", 64), "scan");
  EXPECT_EQ(way(0.0, "lattice", 2), "points") << "float32 holds them";
  EXPECT_EQ(way(0.0, "random", 2), "tree of doubles");
  EXPECT_EQ(way(0.0, "random", 64), "scan of doubles");
}

TEST(VectorSearch, DoublesThatFloatHoldsAreSearchedAsFloats) {
  const Rows<float> rows = test::make_rows<float>("offset", 800, 5, 2);
  const std::vector<double> wide(rows.value.begin(), rows.value.end());
  const VectorSearch single(rows.value.data(), 800, 5), twice(wide.data(), 800, 5);
  for (std::int64_t i = 0; i < 800; i += 13) {
    EXPECT_EQ(nearest(single, rows.row(i), 12), nearest(twice, wide.data() + 5 * i, 12));
    EXPECT_EQ(nearest(single, rows.row(i), 12), nearest(single, wide.data() + 5 * i, 12));
  }
}

// Sums of bounds have another order than those of distances, and may be infinite sooner.
TEST(VectorSearch, FindsRowsWhoseSquaredDistanceIsJustWithinFloat) {
  constexpr int kColumns = 4;
  const float row[kColumns] = {};
  const VectorSearch search(row, 1, kColumns);
  std::mt19937 random(5);
  std::uniform_real_distribution<float> unit(0.2f, 1), near(0.9999996f, 1.0000004f);
  int within_float = 0;
  for (int turn = 0; turn < 5000; ++turn) {
    float query[kColumns];
    double square = 0;
    for (float& x : query) x = unit(random), square += double{x} * x;
    const double scale = std::sqrt(double{std::numeric_limits<float>::max()} / square);
    float distance = 0;
    for (float& x : query) {
      x = static_cast<float>(x * scale * near(random));
      distance += x * x;
    }
    const bool finite = std::isfinite(distance);
    within_float += finite;
    const Distances<float> found = nearest(search, query, 1);
    ASSERT_EQ(found.size(), finite ? 1u : 0u) << turn;
    if (finite) {
      ASSERT_EQ(found[0].first, distance);
    }
  }
  EXPECT_GT(within_float, 1000);
  EXPECT_LT(within_float, 4000);
}

// A row that is never found has no say in how the others are searched.
TEST(VectorSearch, RowsThatAreNotFoundDoNotDecideThePrecision) {
  const std::vector<double> rows{1, 2, 3, 4, 5, 6, kNan, 0.1, 0}, finite{1, 2, 3, 4, 5, 6, 0.1, 0.1, 0};
  const std::vector<std::int32_t> chosen{0, 1};
  EXPECT_EQ(std::string(VectorSearch(rows.data(), 3, 3).way()), "points");
  EXPECT_EQ(std::string(VectorSearch(finite.data(), 3, 3).way()), "tree of doubles");
  EXPECT_EQ(std::string(VectorSearch(finite.data(), 3, 3, &chosen).way()), "points");
  const double query[3] = {0.1, 0.1, 0.1};
  EXPECT_EQ(nearest(VectorSearch(rows.data(), 3, 3), query, 3), nearest(VectorSearch(rows.data(), 2, 3), query, 3));
}

TEST(VectorSearch, OddRequestsFindNothing) {
  for (const std::int64_t columns : {2, 5}) {
    const Rows<float> rows = test::make_rows<float>("random", 50, columns, 1);
    const VectorSearch search(rows.value.data(), 50, static_cast<int>(columns));
    std::vector<double> origin(static_cast<std::size_t>(columns)), nowhere = origin, far = origin;
    nowhere[1] = kNan;
    far[0] = 1e300;
    EXPECT_TRUE(nearest(search, origin.data(), 0).empty());
    EXPECT_TRUE(nearest(search, origin.data(), -3).empty());
    EXPECT_TRUE(nearest(search, nowhere.data(), 3).empty());
    EXPECT_TRUE(nearest(search, far.data(), 3).empty());
    for (const double radius : {0.0, -1.0, kNan}) EXPECT_TRUE(within(search, origin.data(), radius).empty()) << radius;
    EXPECT_TRUE(within(search, nowhere.data(), 1).empty());
    int taken = 0;
    const auto take = [&](std::int64_t, const std::int32_t*, const float*, std::int64_t count) {
      ++taken;
      EXPECT_EQ(count, 0);
    };
    search.nearest(nowhere.data(), 1, 3, take);
    search.within(nowhere.data(), 1, 1.0, take);
    search.nearest(origin.data(), 1, 0, take);
    const VectorSearch empty(rows.value.data(), 0, static_cast<int>(columns));
    EXPECT_EQ(empty.size(), 0);
    EXPECT_TRUE(nearest(empty, origin.data(), 3).empty());
    EXPECT_TRUE(within(empty, origin.data(), 3).empty());
    empty.nearest(origin.data(), 1, 3, take);
    empty.within(origin.data(), 1, 1.0, take);
    EXPECT_EQ(taken, 5);

    const std::vector<std::int32_t> bad{0, 50}, negative{-1};
    EXPECT_THROW(VectorSearch(rows.value.data(), 50, static_cast<int>(columns), &bad), Error);
    EXPECT_THROW(VectorSearch(rows.value.data(), 50, static_cast<int>(columns), &negative), Error);
    EXPECT_THROW(VectorSearch(rows.value.data(), 50, 0), Error);
    for (const float scale : {1e-20f, 1e20f}) {
      Rows<float> scaled = rows;
      for (float& value : scaled.value) value *= scale;
      EXPECT_THROW(VectorSearch(scaled.value.data(), 50, static_cast<int>(columns)), Error) << scale;
    }
  }
}

TEST(VectorSearch, FindsAmongASubsetAndMoves) {
  for (const std::int64_t columns : {3, 6}) {
    const Rows<double> rows = test::make_rows<double>("not finite", 700, columns, 4);
    std::vector<std::int32_t> subset;
    for (std::int32_t i = 699; i > 0; i -= 1 + i % 3) subset.push_back(i);
    VectorSearch first(rows.value.data(), 700, static_cast<int>(columns), &subset);
    VectorSearch search(std::move(first));
    for (std::int64_t i = 0; i < 700; i += 11) {
      Distances<double> expected;
      for (const auto& one : test::all_distances(rows, rows.row(i)))
        if (std::count(subset.begin(), subset.end(), one.second) > 0) expected.push_back(one);
      EXPECT_EQ(nearest(search, rows.row(i), 6), test::rounded(expected, 6));
    }
  }
}

/// A scan of doubles: steps of 2 to 4 mm around places that are up to `reach` apart.
Rows<double> millimetres(double reach, std::int64_t columns) {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> step(0.002, 0.004), place(0, reach);
  Rows<double> rows{columns, {}};
  std::vector<double> at(static_cast<std::size_t>(columns));
  for (int i = 0; i < 6000; ++i) {
    for (double& value : at) value = i % 1500 == 0 ? 500000 + place(random) : value + step(random) * (i % 2 ? 1 : -0.4);
    rows.value.insert(rows.value.end(), at.begin(), at.end());
  }
  return rows;
}

CloudView view_of(const Rows<double>& rows) {
  return {reinterpret_cast<const std::byte*>(rows.value.data()),
          rows.size(),
          24,
          {{"x", 0, Scalar::float64}, {"y", 8, Scalar::float64}, {"z", 16, Scalar::float64}}};
}

TEST(VectorSearch, DoublesKeepTheirOrderToAHundredKilometres) {
  for (const double reach : {1e3, 1e4, 1e5}) {
    const Rows<double> rows = millimetres(reach, 3), wide = millimetres(reach, 5);
    const PointSearch points(view_of(rows));
    const VectorSearch vectors(rows.value.data(), rows.size(), 3), five(wide.value.data(), wide.size(), 5);
    const KnnGraphArrays graph = knn_graph(view_of(rows), 8);
    std::int64_t lost_by_float = 0;
    for (std::int64_t i = 0; i < rows.size(); i += 21) {
      const auto all = test::all_distances(rows, rows.row(i));
      const auto expected = test::rounded(all, 9);
      ASSERT_EQ(nearest(points, rows.row(i), 9), expected) << reach << " " << i;
      ASSERT_EQ(nearest(vectors, rows.row(i), 9), expected) << reach << " " << i;
      ASSERT_EQ(nearest(five, wide.row(i), 9), test::rounded(test::all_distances(wide, wide.row(i)), 9));
      const double radius = std::sqrt(all[20].first);
      const auto inside =
          std::count_if(all.begin(), all.end(), [&](const auto& one) { return one.first < radius * radius; });
      ASSERT_EQ(within(points, rows.row(i), radius), test::rounded(all, static_cast<std::size_t>(inside)));
      for (std::size_t j = 0; j < 8; ++j)
        ASSERT_EQ(graph.column[static_cast<std::size_t>(graph.offset[static_cast<std::size_t>(i)]) + j],
                  all[j + 1].second);
      Rows<float> narrow{3, {}};
      for (const double value : rows.value) narrow.value.push_back(static_cast<float>(value - 500000));
      if (i % 210 == 0) {
        const auto of_float = test::all_distances(narrow, narrow.row(i));
        for (std::size_t j = 0; j < 9; ++j)
          if (of_float[j].second != all[j].second) {
            ++lost_by_float;
            break;
          }
      }
    }
    EXPECT_GT(lost_by_float, 0) << "these rows show nothing";
  }
}

// A second opinion: nanoflann's own search in double, and in float where no two distances are equal.
template <class T>
struct NanoRows {
  const Rows<T>& rows;
  std::size_t kdtree_get_point_count() const { return static_cast<std::size_t>(rows.size()); }
  T kdtree_get_pt(std::size_t i, std::size_t column) const { return rows.row(static_cast<std::int64_t>(i))[column]; }
  template <class Box>
  bool kdtree_get_bbox(Box&) const {
    return false;
  }
};

template <class T, class Search>
void agree_with_nanoflann(const Rows<T>& rows, const Search& search) {
  using Tree =
      nanoflann::KDTreeSingleIndexAdaptor<nanoflann::L2_Simple_Adaptor<T, NanoRows<T>>, NanoRows<T>, -1, std::uint32_t>;
  const NanoRows<T> source{rows};
  const Tree tree(static_cast<std::int32_t>(rows.columns), source);
  for (std::int64_t i = 0; i < rows.size(); i += 37) {
    std::vector<std::uint32_t> index(10);
    std::vector<T> distance(10);
    std::vector<double> query(rows.row(i), rows.row(i) + rows.columns);
    ASSERT_EQ(tree.knnSearch(rows.row(i), 10, index.data(), distance.data()), 10u);
    const auto found = nearest(search, query.data(), 10);
    ASSERT_EQ(found.size(), 10u);
    for (std::size_t j = 0; j < 10; ++j) {
      EXPECT_EQ(found[j].first, static_cast<float>(distance[j])) << i;
      EXPECT_EQ(found[j].second, static_cast<std::int32_t>(index[j])) << i;
    }
  }
}

TEST(PointSearch, AgreesWithNanoflann) {
  const Rows<double> twice = test::make_rows<double>("random", 5000, 3, 8);
  agree_with_nanoflann(twice, PointSearch(view_of(twice)));
  const Rows<float> single = test::make_rows<float>("clusters", 5000, 3, 9);
  const CloudView view{reinterpret_cast<const std::byte*>(single.value.data()),
                       single.size(),
                       12,
                       {{"x", 0, Scalar::float32}, {"y", 4, Scalar::float32}, {"z", 8, Scalar::float32}}};
  agree_with_nanoflann(single, PointSearch(view));
  const Rows<float> long_ones = test::make_rows<float>("clusters", 5000, 20, 9);
  agree_with_nanoflann(long_ones, VectorSearch(long_ones.value.data(), 5000, 20));
}

}  // namespace
}  // namespace treewalk
