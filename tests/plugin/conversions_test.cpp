// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/pcl/conversions.h"

#include <gtest/gtest.h>
#include <pcl/console/print.h>
#include <pcl/point_types.h>

#include <cmath>

#include "tests/support/io_support.h"
#include "treewalk/pcl/knn_graph.h"
#include "treewalk/pcl/load.h"
#include "treewalk/pcl/octree_hierarchy.h"

namespace treewalk {
namespace {

TEST(Conversions, BlobsKeepEveryTypeBitAndGap) {
  const Cloud cloud = every_type(5, 3);
  pcl::PCLPointCloud2 blob;
  toPCLPointCloud2(cloud, blob);
  EXPECT_EQ(blob.row_step, 5 * cloud.stride);
  Cloud again;
  fromPCLPointCloud2(blob, again);
  expect_same(cloud, again);
  EXPECT_EQ(cloud.data, again.data);
  Cloud empty = every_type(0, 1);
  toPCLPointCloud2(empty, blob);
  fromPCLPointCloud2(blob, again);
  EXPECT_EQ(again.size(), 0);
  EXPECT_EQ(again.fields.size(), empty.fields.size());
}

TEST(Conversions, ARowThatABlobCannotCountIsAnError) {
  Cloud cloud = every_type(0, 1);
  cloud.width = std::int64_t{1} << 40;
  pcl::PCLPointCloud2 blob;
  EXPECT_EQ(error_of([&] { toPCLPointCloud2(cloud, blob); }),
            "a row of 1099511627776 points is too long for a PCLPointCloud2");
}

TEST(Conversions, FieldsWithoutATypeAreLeftOutButForPositions) {
  Cloud cloud = every_type(5, 3), again;
  pcl::PCLPointCloud2 blob;
  toPCLPointCloud2(cloud, blob);
  blob.fields[4].datatype = 0;
  fromPCLPointCloud2(blob, again);
  EXPECT_EQ(again.fields.size() + 1, cloud.fields.size());
  EXPECT_EQ(again.view().find(cloud.fields[4].name), nullptr);
  EXPECT_EQ(again.data, cloud.data);
  blob.fields[0].datatype = 99;
  EXPECT_NE(error_of([&] { fromPCLPointCloud2(blob, again); }).find("'x' has the unknown type 99"), std::string::npos);
}

TEST(Conversions, BigEndianFieldsThatShareSomeOfTheirBytesAreAnError) {
  pcl::PCLPointCloud2 blob;
  toPCLPointCloud2(every_type(5, 3), blob);
  blob.is_bigendian = true;
  blob.fields[1].offset = blob.fields[0].offset + 2;
  Cloud cloud;
  EXPECT_NE(error_of([&] { fromPCLPointCloud2(blob, cloud); }).find("share"), std::string::npos);
}

TEST(Conversions, DoubleCoordinatesBecomePointsLessAnOrigin) {
  Cloud cloud;
  cloud.stride = 32;
  cloud.fields = {{"intensity", 0, Scalar::uint16, 1},
                  {"x", 4, Scalar::float64, 1},
                  {"y", 12, Scalar::float64, 1},
                  {"z", 20, Scalar::float64, 1},
                  {"rgb", 28, Scalar::float32, 1}};
  cloud.width = 2;
  cloud.viewpoint = {513001, 5403000, 10};
  cloud.data.resize(64);
  const double far[2][3] = {{513000.25, 5403000.5, 1}, {513001, 5403002, std::numeric_limits<double>::quiet_NaN()}};
  const std::uint16_t intensity = 40000;
  const std::uint32_t colour = 0x7fa12345;  // as a float this is not a number
  for (int i = 0; i < 2; ++i) {
    std::memcpy(&cloud.data[32 * i], &intensity, 2);
    std::memcpy(&cloud.data[32 * i + 4], far[i], 24);
    std::memcpy(&cloud.data[32 * i + 28], &colour, 4);
  }
  pcl::PointCloud<pcl::PointXYZI> grey;
  toPointCloud(cloud, grey, {513000, 5403000, 0});
  ASSERT_EQ(grey.size(), 2u);
  EXPECT_EQ(grey[0].x, 0.25f);
  EXPECT_EQ(grey[0].y, 0.5f);
  EXPECT_EQ(grey[0].intensity, 40000.0f);
  EXPECT_EQ(grey[1].x, 1.0f);
  EXPECT_TRUE(std::isnan(grey[1].z));
  EXPECT_FALSE(grey.is_dense);
  EXPECT_EQ(grey.sensor_origin_[0], 1.0f);
  pcl::PointCloud<pcl::PointXYZRGB> coloured;
  toPointCloud(cloud, coloured);
  std::uint32_t copied = 0;
  std::memcpy(&copied, &coloured[1].rgb, 4);
  EXPECT_EQ(copied, colour);
}

/// Two points with a position and one more field.
template <class Number>
Cloud two_points(const char* name, Scalar type, Number first, Number second) {
  Cloud cloud;
  cloud.stride = 12 + sizeof(Number);
  cloud.fields = {{"x", 0}, {"y", 4}, {"z", 8}, {name, 12, type, 1}};
  cloud.width = 2;
  cloud.data.resize(2 * cloud.stride);
  std::memcpy(&cloud.data[12], &first, sizeof first);
  std::memcpy(&cloud.data[cloud.stride + 12], &second, sizeof second);
  return cloud;
}

TEST(Conversions, PointsWithoutAPositionAreAnErrorAndNotZeros) {
  Cloud cloud;
  cloud.stride = 8;
  cloud.fields = {{"x", 0}, {"intensity", 4}};
  cloud.data.resize(8);
  cloud.width = 1;
  pcl::PointCloud<pcl::PointXYZI> points(1, 1);
  points[0].x = 5;
  EXPECT_NE(error_of([&] { toPointCloud(cloud, points); }).find("'y'"), std::string::npos);
  EXPECT_EQ(points[0].x, 5) << "as it was";
  pcl::PointCloud<pcl::Intensity> without;  // a type that has no position asks for none
  toPointCloud(cloud, without);
  EXPECT_EQ(without.size(), 1u);
  cloud.width = 0;
  toPointCloud(cloud, points);
  EXPECT_TRUE(points.empty());
}

// One point of three fields of double.
Cloud one_place(double x, double y, double z) {
  Cloud cloud;
  cloud.stride = 24;
  cloud.fields = {{"x", 0, Scalar::float64, 1}, {"y", 8, Scalar::float64, 1}, {"z", 16, Scalar::float64, 1}};
  cloud.width = 1;
  cloud.data.resize(24);
  const double place[3] = {x, y, z};
  std::memcpy(cloud.data.data(), place, 24);
  return cloud;
}

TEST(Conversions, AnOriginIsTheMedianInWholeThousands) {
  using Origin = std::array<double, 3>;
  EXPECT_EQ(originOf(one_place(596648.2, -243620.5, 499.9).view()), (Origin{597000, -244000, 0}));
  EXPECT_EQ(originOf(one_place(-3, std::numeric_limits<double>::quiet_NaN(), -600).view()), (Origin{0, 0, -1000}));
  EXPECT_FALSE(std::signbit(originOf(one_place(-3, 0, 0).view())[0]));
  Cloud cloud = one_place(596648.2, 5403000, 10), stray = one_place(0, 0, 0);
  for (int i = 0; i < 2; ++i) stray.data.insert(stray.data.end(), cloud.data.begin(), cloud.data.end());
  stray.width = 3;
  EXPECT_EQ(originOf(stray.view()), (Origin{597000, 5403000, 0})) << "whatever a stray says";
  EXPECT_EQ(originOf(two_points("intensity", Scalar::float32, 1.0f, 1.0f).view()), (Origin{0, 0, 0})) << "as they are";
  EXPECT_EQ(originOf(Cloud().view()), (Origin{0, 0, 0}));
}

TEST(Conversions, LoadedCloudsAreRightOrASentence) {
  const Folder folder;
  pcl::PointCloud<pcl::PointXYZI> points;
  write_cloud(folder / "far.pcd", one_place(596648.25, 243620.5, 71));
  pcl::console::setVerbosityLevel(pcl::console::L_ALWAYS);
  EXPECT_EQ(loadCloud(folder / "far.pcd", points), (std::array<double, 3>{597000, 244000, 0}));
  ASSERT_EQ(points.size(), 1u);
  EXPECT_EQ(points[0].x, -351.75f);
  EXPECT_EQ(points[0].y, -379.5f);
  EXPECT_EQ(points[0].z, 71.0f);
  loadCloud(folder / "far.pcd", points, {596648, 243620, 70});
  EXPECT_EQ(points[0].x, 0.25f);
  pcl::console::setVerbosityLevel(pcl::console::L_WARN);

  const auto sentence = [&](const char* name) {
    const std::string error = error_of([&] { loadCloud(folder / name, points); });
    EXPECT_EQ(error.find((folder / name).string()), 0u) << error;
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
    return error;
  };
  sentence("missing.pcd");
  std::ofstream(folder / "strange.pcd") << "not a cloud";
  sentence("strange.pcd");
  Cloud flat = one_place(1, 2, 3);
  flat.remove_field("z");
  write_cloud(folder / "flat.pcd", flat);
  EXPECT_NE(sentence("flat.pcd").find("'z'"), std::string::npos);
}

TEST(Conversions, NumbersBeyondATypeBecomeItsNearest) {
  const double many = 1e12, less = -3.7;
  std::uint8_t byte = 0;
  const auto* from = reinterpret_cast<const std::byte*>(&many);
  detail::copyValue(from, Scalar::float64, reinterpret_cast<std::byte*>(&byte), Scalar::uint8, 0);
  EXPECT_EQ(byte, 255);
  detail::copyValue(reinterpret_cast<const std::byte*>(&less), Scalar::float64, reinterpret_cast<std::byte*>(&byte),
                    Scalar::uint8, 0);
  EXPECT_EQ(byte, 0);
  std::int32_t whole = 0;
  detail::copyValue(reinterpret_cast<const std::byte*>(&less), Scalar::float64, reinterpret_cast<std::byte*>(&whole),
                    Scalar::int32, 0);
  EXPECT_EQ(whole, -3);
}

TEST(Conversions, ColoursWithAndWithoutAlphaStandForEachOther) {
  pcl::PointCloud<pcl::PointXYZRGB> plain;
  pcl::PointCloud<pcl::PointXYZRGBA> with_alpha;
  for (const Scalar type : {Scalar::float32, Scalar::uint32, Scalar::int32}) {
    const Cloud rgb = two_points("rgb", type, 0x00102030u, 0x7fa12345u);
    toPointCloud(rgb, plain);
    toPointCloud(rgb, with_alpha);
    EXPECT_EQ(plain[0].r, 0x10) << "from a number of any type";
    EXPECT_EQ(plain[1].b, 0x45);
    EXPECT_EQ(with_alpha[0].rgba, 0xff102030u) << "opaque";
    EXPECT_EQ(with_alpha[1].rgba, 0xffa12345u);
    const Cloud rgba = two_points("rgba", type, 0x00102030u, 0x7fa12345u);
    toPointCloud(rgba, plain);
    toPointCloud(rgba, with_alpha);
    EXPECT_EQ(plain[0].g, 0x20);
    EXPECT_EQ(plain[1].r, 0xa1);
    EXPECT_EQ(with_alpha[0].rgba, 0x00102030u) << "as it was";
    EXPECT_EQ(with_alpha[1].a, 0x7f);
  }
}

TEST(Conversions, WhatIsNoLabelBecomesNoClass) {
  pcl::PointCloud<pcl::PointXYZL> points;
  const auto labels = [&](const Cloud& cloud) {
    toPointCloud(cloud, points);
    return std::pair(points[0].label, points[1].label);
  };
  constexpr std::uint32_t none = 4294967295u;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(labels(two_points<std::int32_t>("label", Scalar::int32, -1, 7)), std::pair(none, 7u));
  EXPECT_EQ(labels(two_points<std::int8_t>("label", Scalar::int8, -2, 0)), std::pair(none, 0u));
  EXPECT_EQ(labels(two_points<std::int64_t>("label", Scalar::int64, -1, 300)), std::pair(none, 300u));
  EXPECT_EQ(labels(two_points("label", Scalar::float32, nan, 3.0f)), std::pair(none, 3u));
  EXPECT_EQ(labels(two_points("label", Scalar::uint32, none, 5u)), std::pair(none, 5u));
}

TEST(Conversions, DenseMeansThatEveryCoordinateIsFinite) {
  pcl::PointCloud<pcl::PointXYZ> points(2, 1);
  Cloud cloud;
  pcl::PCLPointCloud2 blob;
  for (const float y : {0.0f, std::numeric_limits<float>::quiet_NaN()}) {
    points[1].y = y;
    pcl::toPCLPointCloud2(points, blob);
    fromPCLPointCloud2(blob, cloud);
    toPCLPointCloud2(cloud, blob);
    EXPECT_EQ(static_cast<bool>(blob.is_dense), y == 0);
  }
}

TEST(Conversions, AViewShowsThePointsWhereTheyAre) {
  pcl::PointCloud<pcl::PointXYZRGBNormal> cloud(3, 1);
  cloud[2].z = 4;
  cloud[2].normal_y = -1;
  cloud.sensor_origin_ = Eigen::Vector4f(1, 2, 3, 0);
  const CloudView view = viewOf(cloud);
  EXPECT_EQ(view.size, 3);
  EXPECT_EQ(view.stride, sizeof(pcl::PointXYZRGBNormal));
  EXPECT_EQ(static_cast<const void*>(view.data), static_cast<const void*>(cloud.data()));
  EXPECT_EQ(view.value(2, *view.find("z")), 4);
  EXPECT_EQ(view.value(2, *view.find("normal_y")), -1);
  EXPECT_NE(view.find("rgb"), nullptr);
  EXPECT_EQ(view.viewpoint[2], 3);
}

pcl::PointCloud<pcl::PointXYZ>::Ptr line() {
  const auto cloud = pcl::make_shared<pcl::PointCloud<pcl::PointXYZ>>();
  for (const float x : {0.0f, 1.0f, 3.0f, 7.0f}) cloud->push_back({x, 0, 0});
  cloud->push_back({std::numeric_limits<float>::quiet_NaN(), 0, 0});
  return cloud;
}

TEST(KnnGraph, GraphOfALineByHand) {
  KnnGraph<pcl::PointXYZ> knn;
  knn.setInputCloud(line());
  knn.setK(2);
  KnnGraphArrays graph;
  knn.compute(graph);
  EXPECT_EQ(graph.offset, (std::vector<std::int64_t>{0, 2, 4, 6, 8, 8}));
  EXPECT_EQ(graph.column, (std::vector<std::int32_t>{1, 2, 0, 2, 1, 0, 2, 1}));
  knn.setIndices(pcl::make_shared<pcl::Indices>(pcl::Indices{3, 0, 1}));
  knn.setK(1);
  knn.compute(graph);
  EXPECT_EQ(graph.column, (std::vector<std::int32_t>{2, 2, 1}));  // positions in the indices
  knn.setIndices(pcl::make_shared<pcl::Indices>(pcl::Indices{3, 5}));
  knn.compute(graph);
  EXPECT_TRUE(graph.offset.empty());
  EXPECT_NE(knn.getErrorMessage().find("5 at position 1"), std::string::npos);
}

TEST(KnnGraph, ItsKindSaysWhichEdgesThereAre) {
  KnnGraph<pcl::PointXYZ> knn;
  knn.setInputCloud(line());
  knn.setK(1);
  EXPECT_EQ(knn.getK(), 1);
  const auto edges = [&](GraphKind kind) {
    knn.setKind(kind);
    EXPECT_EQ(knn.getKind(), kind);
    KnnGraphArrays graph;
    for (const unsigned int threads : {1u, 3u}) {
      knn.setNumberOfThreads(threads);
      EXPECT_EQ(knn.getNumberOfThreads(), threads);
      knn.compute(graph);
    }
    return std::pair(graph.offset, graph.column);
  };
  using Edges = std::pair<std::vector<std::int64_t>, std::vector<std::int32_t>>;
  // 0 and 1 are each other's nearest; 1 is also that of 3, and 3 that of 7.
  EXPECT_EQ(edges(GraphKind::directed), (Edges{{0, 1, 2, 3, 4, 4}, {1, 0, 1, 2}}));
  EXPECT_EQ(edges(GraphKind::united), (Edges{{0, 1, 3, 5, 6, 6}, {1, 0, 2, 1, 3, 2}}));
  EXPECT_EQ(edges(GraphKind::mutual), (Edges{{0, 1, 2, 2, 2, 2}, {1, 0}}));
}

TEST(OctreeHierarchy, OctreeOfALineByHand) {
  OctreeHierarchy<pcl::PointXYZ> hierarchy;
  hierarchy.setInputCloud(line());
  hierarchy.setDepth(1);
  EXPECT_EQ(hierarchy.getDepth(), 1);
  hierarchy.setNumberOfThreads(2);
  EXPECT_EQ(hierarchy.getNumberOfThreads(), 2u);
  OctreeArrays octree;
  hierarchy.compute(octree);
  ASSERT_EQ(octree.level.size(), 2u);
  EXPECT_EQ(octree.level[0].key.size(), 2u);
  EXPECT_EQ(octree.leaf, (std::vector<std::int32_t>{0, 0, 0, 1, -1}));
  hierarchy.setDepth(99);
  hierarchy.compute(octree);
  EXPECT_TRUE(octree.level.empty());
  EXPECT_NE(hierarchy.getErrorMessage(), "");
}

}  // namespace
}  // namespace treewalk
