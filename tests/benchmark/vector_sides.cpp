// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#define PCL_NO_PRECOMPILE
#include "tests/benchmark/vector_sides.h"

#include <pcl/kdtree/kdtree_flann.h>
#include <pcl/point_representation.h>

#include <cstring>
#include <memory>
#include <nanoflann.hpp>
#include <stdexcept>

#include "tests/benchmark/timing.h"
#include "treewalk/vector_search.h"

namespace treewalk {
namespace {

template <int columns>
struct RowPoint {
  float value[columns];
};

/// pcl::KdTreeFLANN over rows.
struct PclSide {
  virtual ~PclSide() = default;
  virtual void build() = 0;
  virtual void ask(const float* row, int k, std::vector<float>& distance) = 0;
};

template <int columns>
struct PclSideOf : PclSide {
  using Point = RowPoint<columns>;
  explicit PclSideOf(const VectorSet& rows) {
    cloud->resize(static_cast<std::size_t>(rows.size()));
    std::memcpy(cloud->points.data(), rows.row.data(), rows.row.size() * sizeof(float));
  }
  void build() override {
    tree = std::make_unique<pcl::KdTreeFLANN<Point>>();
    tree->setPointRepresentation(pcl::make_shared<pcl::CustomPointRepresentation<Point>>(columns));
    tree->setInputCloud(cloud);
  }
  void ask(const float* row, int k, std::vector<float>& distance) override {
    tree->nearestKSearch(*reinterpret_cast<const Point*>(row), static_cast<unsigned>(k), index, distance);
  }
  pcl::shared_ptr<pcl::PointCloud<Point>> cloud = pcl::make_shared<pcl::PointCloud<Point>>();
  std::unique_ptr<pcl::KdTreeFLANN<Point>> tree;
  pcl::Indices index;
};

std::unique_ptr<PclSide> pcl_side(const VectorSet& rows) {
  switch (rows.columns) {
    case 4:
      return std::make_unique<PclSideOf<4>>(rows);
    case 6:
      return std::make_unique<PclSideOf<6>>(rows);
    case 8:
      return std::make_unique<PclSideOf<8>>(rows);
    case 12:
      return std::make_unique<PclSideOf<12>>(rows);
    case 16:
      return std::make_unique<PclSideOf<16>>(rows);
    case 32:
      return std::make_unique<PclSideOf<32>>(rows);
    case 33:
      return std::make_unique<PclSideOf<33>>(rows);
    case 352:
      return std::make_unique<PclSideOf<352>>(rows);
    default:
      throw std::runtime_error("no such number of columns");
  }
}

struct NanoRows {
  const VectorSet& rows;
  std::size_t kdtree_get_point_count() const { return static_cast<std::size_t>(rows.size()); }
  float kdtree_get_pt(std::size_t i, std::size_t column) const {
    return rows.row[i * static_cast<std::size_t>(rows.columns) + column];
  }
  template <class Box>
  bool kdtree_get_bbox(Box&) const {
    return false;
  }
};
using NanoTree =
    nanoflann::KDTreeSingleIndexAdaptor<nanoflann::L2_Simple_Adaptor<float, NanoRows>, NanoRows, -1, std::uint32_t>;

}  // namespace

void compare_sides(const std::string& name, const VectorSet& rows, int k, int repetitions) {
  const std::int64_t size = rows.size();
  const std::int64_t step = rows.columns <= 6 ? 1 : rows.columns <= 8 ? 5 : std::max<std::int64_t>(1, size / 1000);
  const std::int64_t queries = (size + step - 1) / step;
  std::vector<float> query;
  for (std::int64_t i = 0; i < size; i += step)
    query.insert(query.end(), rows.row.data() + i * rows.columns, rows.row.data() + (i + 1) * rows.columns);

  const auto theirs = pcl_side(rows);
  const NanoRows nano_rows{rows};
  std::unique_ptr<NanoTree> nano;
  std::unique_ptr<VectorSearch> ours;
  std::vector<Timing> build{
      {"PCL", [&] { theirs->build(); }},
      {"nanoflann", [&] { nano = std::make_unique<NanoTree>(rows.columns, nano_rows); }},
      {"ours", [&] { ours = std::make_unique<VectorSearch>(rows.row.data(), size, rows.columns, nullptr, 1); }}};
  measure(build, std::min(repetitions, 3));

  const auto of_query = [&](std::int64_t i) { return query.data() + i * rows.columns; };
  std::vector<float> distance(static_cast<std::size_t>(k)), other;
  std::vector<std::int32_t> index(static_cast<std::size_t>(k));
  std::vector<std::uint32_t> nano_index(static_cast<std::size_t>(k));
  std::int64_t differ = 0;
  for (std::int64_t i = 0; i < queries; ++i) {
    theirs->ask(of_query(i), k, other);
    ours->nearest(of_query(i), k, index.data(), distance.data());
    differ += distance != other;
  }
  std::vector<Timing> sides{
      {"PCL",
       [&] {
         for (std::int64_t i = 0; i < queries; ++i) theirs->ask(of_query(i), k, other);
       }},
      {"nanoflann",
       [&] {
         for (std::int64_t i = 0; i < queries; ++i)
           nano->knnSearch(of_query(i), static_cast<std::size_t>(k), nano_index.data(), distance.data());
       }},
      {"ours",
       [&] {
         for (std::int64_t i = 0; i < queries; ++i) ours->nearest(of_query(i), k, index.data(), distance.data());
       }},
      {"at once", [&] {
         ours->nearest(
             query.data(), queries, k, [](std::int64_t, const std::int32_t*, const float*, std::int64_t) {}, 1);
       }}};
  measure(sides, repetitions);
  const auto ms = [](const Timing& side) { return Timing::median(side.processor) * 1e3; };
  const auto us = [&](const Timing& side) {
    return Timing::median(side.processor) * 1e6 / static_cast<double>(queries);
  };
  std::printf(
      "%-22s %8lld %4d %3d %-16s | %18.1f %8.1f %8.1f (%4.2f) | %20.2f %8.2f %8.2f %8.2f (%4.2f, %4.2f) | %lld\n",
      name.c_str(), static_cast<long long>(size), rows.columns, k, ours->way(), ms(build[0]), ms(build[1]),
      ms(build[2]), ms(build[0]) / ms(build[2]), us(sides[0]), us(sides[1]), us(sides[2]), us(sides[3]),
      us(sides[0]) / us(sides[2]), us(sides[0]) / us(sides[3]), static_cast<long long>(differ));
  std::fflush(stdout);
}

}  // namespace treewalk
