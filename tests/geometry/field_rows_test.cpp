// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Searches and graphs among the fields of a cloud.
#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/row_oracle.h"
#include "treewalk/structure.h"
#include "treewalk/vector_search.h"

namespace treewalk {
namespace {

struct Record {
  float x, y, z;
  std::uint32_t rgba;
  float descriptor[5];
  double time;
  std::uint16_t intensity;
};

std::vector<Record> records(std::size_t size) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> unit(0, 1);
  std::vector<Record> result(size);
  for (Record& one : result) {
    one = {unit(random), unit(random), unit(random), static_cast<std::uint32_t>(random()), {}, unit(random) / 3.0, 0};
    for (float& value : one.descriptor) value = unit(random);
    one.intensity = static_cast<std::uint16_t>(random() % 8);
  }
  return result;
}

CloudView view_of(const std::vector<Record>& all) {
  return {reinterpret_cast<const std::byte*>(all.data()),
          static_cast<std::int64_t>(all.size()),
          sizeof(Record),
          {{"x", offsetof(Record, x), Scalar::float32},
           {"y", offsetof(Record, y), Scalar::float32},
           {"z", offsetof(Record, z), Scalar::float32},
           {"rgba", offsetof(Record, rgba), Scalar::uint32},
           {"descriptor", offsetof(Record, descriptor), Scalar::float32, 5},
           {"time", offsetof(Record, time), Scalar::float64},
           {"intensity", offsetof(Record, intensity), Scalar::uint16}}};
}

TEST(RowsOf, ReadsFieldsColoursAndWeights) {
  auto all = records(2);
  all[0].rgba = 0xff336699;
  const auto rows = rows_of(view_of(all), {{"z"}, {"rgb", 0.5}, {"descriptor", 2}, {"time", 3}, {"intensity"}});
  ASSERT_EQ(rows.size(), 2u * 11);
  const auto colour = [](int byte) { return static_cast<double>(static_cast<float>(byte / 255.0 * 0.5)); };
  EXPECT_EQ(rows[0], all[0].z);
  EXPECT_EQ(rows[1], colour(0x33));
  EXPECT_EQ(rows[2], colour(0x66));
  EXPECT_EQ(rows[3], colour(0x99));
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(rows[11 + 4 + i], static_cast<double>(2 * all[1].descriptor[i]));
  EXPECT_EQ(rows[9], all[0].time * 3) << "doubles stay doubles";
  EXPECT_EQ(rows[10], all[0].intensity);
}

TEST(RowsOf, TakesColoursFromFieldsOfTheirOwn) {
  const std::uint8_t bytes[3] = {255, 51, 0};
  for (const char* names : {"rgb", "red"}) {
    const bool whole = std::strcmp(names, "red") == 0;
    const CloudView view{reinterpret_cast<const std::byte*>(bytes),
                         1,
                         3,
                         {{whole ? "red" : "r", 0, Scalar::uint8},
                          {whole ? "green" : "g", 1, Scalar::uint8},
                          {whole ? "blue" : "b", 2, Scalar::uint8}}};
    EXPECT_EQ(rows_of(view, {{"rgb"}}), (std::vector<double>{1, static_cast<double>(0.2f), 0}));
  }
}

std::string error_of(const CloudView& view, const std::vector<SearchField>& fields) {
  try {
    rows_of(view, fields);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(RowsOf, SaysWhatIsMissing) {
  const auto all = records(2);
  CloudView view = view_of(all);
  EXPECT_NE(error_of(view, {}).find("no field"), std::string::npos);
  EXPECT_NE(error_of(view, {{"x"}, {"curvature"}}).find("curvature"), std::string::npos);
  EXPECT_NE(error_of(view, {{"x", std::numeric_limits<double>::infinity()}}).find("weight"), std::string::npos);
  view.fields[3].count = 2;
  EXPECT_NE(error_of(view, {{"rgb"}}), "");
  view.fields.erase(view.fields.begin() + 3);
  EXPECT_NE(error_of(view, {{"rgb"}}).find("rgb"), std::string::npos);
  view.size = 0;
  EXPECT_NE(error_of(view, {{"curvature"}}).find("curvature"), std::string::npos);
  EXPECT_NE(error_of(CloudView{}, {}).find("no field"), std::string::npos);
  EXPECT_NE(error_of(CloudView{}, {{"x", std::numeric_limits<double>::quiet_NaN()}}).find("weight"), std::string::npos);
  EXPECT_EQ(VectorSearch(CloudView{}, {{"x"}, {"rgb"}}).columns(), 4);
  EXPECT_TRUE(rows_of(CloudView{}, {{"x"}}).empty());
  EXPECT_EQ(VectorSearch(CloudView{}, {{"x"}, {"y"}}).size(), 0);
}

test::Rows<double> double_rows(const CloudView& view, const std::vector<SearchField>& fields) {
  test::Rows<double> rows{0, rows_of(view, fields)};
  rows.columns = static_cast<std::int64_t>(rows.value.size()) / view.size;
  return rows;
}

TEST(VectorSearch, SearchesFieldsOfACloud) {
  const auto all = records(900);
  const CloudView view = view_of(all);
  for (const auto& fields :
       {std::vector<SearchField>{{"x"}, {"y"}, {"z"}, {"rgb", 0.5}},
        std::vector<SearchField>{{"intensity", 0.1}, {"x"}}, std::vector<SearchField>{{"time", 2}, {"descriptor"}}}) {
    const auto rows = double_rows(view, fields);
    const VectorSearch search(view, fields);
    ASSERT_EQ(search.columns(), rows.columns);
    const bool twice = fields[0].name == "time";
    EXPECT_EQ(std::string(search.way()).find("doubles") != std::string::npos, twice);
    const test::Rows<float> narrow{rows.columns, std::vector<float>(rows.value.begin(), rows.value.end())};
    for (std::int64_t i = 0; i < 900; i += 31) {
      std::vector<std::int32_t> index(10);
      std::vector<float> distance(10);
      ASSERT_EQ(search.nearest(rows.row(i), 10, index.data(), distance.data()), 10);
      const auto expected = twice ? test::rounded(test::all_distances(rows, rows.row(i)), 10)
                                  : test::rounded(test::all_distances(narrow, narrow.row(i)), 10);
      for (std::size_t j = 0; j < 10; ++j) EXPECT_EQ(std::pair(distance[j], index[j]), expected[j]);
    }
  }
}

TEST(KnnGraphOfFields, HasTheEdgesThatLoopsFind) {
  auto all = records(500);
  for (std::size_t i = 0; i < 40; ++i) all[3 * i] = all[0];  // more equal ones than neighbours
  all[77].y = std::numeric_limits<float>::quiet_NaN();
  const CloudView view = view_of(all);
  const std::vector<SearchField> fields{{"x"}, {"y"}, {"z"}, {"rgb", 0.5}};
  const auto wide = double_rows(view, fields);
  const test::Rows<float> rows{wide.columns, std::vector<float>(wide.value.begin(), wide.value.end())};
  std::vector<std::vector<std::int32_t>> expected(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const auto& one : test::all_distances(rows, rows.row(static_cast<std::int64_t>(i))))
      if (one.second != static_cast<std::int32_t>(i) && expected[i].size() < 7) expected[i].push_back(one.second);
  }
  EXPECT_TRUE(expected[77].empty());
  const auto has = [&](std::size_t i, std::int32_t j) {
    return std::count(expected[i].begin(), expected[i].end(), j) > 0;
  };
  for (const int threads : {1, 2}) {
    const KnnGraphArrays directed = knn_graph(view, fields, 7, GraphKind::directed, threads);
    const KnnGraphArrays united = knn_graph(view, fields, 7, GraphKind::united, threads);
    const KnnGraphArrays mutual = knn_graph(view, fields, 7, GraphKind::mutual, threads);
    ASSERT_EQ(directed.offset.size(), all.size() + 1);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto row = [i](const KnnGraphArrays& graph) {
        return std::vector<std::int32_t>(graph.column.begin() + graph.offset[i],
                                         graph.column.begin() + graph.offset[i + 1]);
      };
      ASSERT_EQ(row(directed), expected[i]) << i;
      std::vector<std::int32_t> either, both;
      for (std::int32_t j = 0; j < static_cast<std::int32_t>(all.size()); ++j) {
        const bool there = has(i, j), back = has(static_cast<std::size_t>(j), static_cast<std::int32_t>(i));
        if (there || back) either.push_back(j);
        if (there && back) both.push_back(j);
      }
      ASSERT_EQ(row(united), either) << i;
      ASSERT_EQ(row(mutual), both) << i;
      for (auto e = static_cast<std::size_t>(directed.offset[i]); e < static_cast<std::size_t>(directed.offset[i + 1]);
           ++e) {
        float sum = 0;
        for (std::int64_t c = 0; c < rows.columns; ++c) {
          const float step = rows.row(static_cast<std::int64_t>(i))[c] - rows.row(directed.column[e])[c];
          sum += step * step;
        }
        ASSERT_EQ(directed.squared_distance[e], sum);
      }
    }
  }
  EXPECT_THROW(knn_graph(view, fields, 0), Error);
  EXPECT_THROW(knn_graph(view, {{"nothing"}}, 3), Error);
  EXPECT_EQ(knn_graph(CloudView{}, fields, 3).offset.size(), 1u);
}

// Position alone, by either function.
TEST(KnnGraphOfFields, IsTheGraphOfPositionsWhereTheFieldsAreThese) {
  const auto all = records(1500);
  const KnnGraphArrays a = knn_graph(view_of(all), 6), b = knn_graph(view_of(all), {{"x"}, {"y"}, {"z"}}, 6);
  EXPECT_EQ(a.offset, b.offset);
  EXPECT_EQ(a.column, b.column);
  EXPECT_EQ(a.squared_distance, b.squared_distance);
}

}  // namespace
}  // namespace treewalk
