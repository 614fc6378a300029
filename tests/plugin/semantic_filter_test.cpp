// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What SemanticFilter has of its own: models, classes, settings. What PCL asks of any filter is in conformance/.
#include "treewalk/pcl/semantic_filter.h"

#include <gtest/gtest.h>
#include <pcl/common/point_tests.h>
#include <pcl/exceptions.h>
#include <pcl/point_types.h>

#include <limits>

#include "tests/plugin/conformance/layouts.h"
#include "tests/plugin/conformance/quiet.h"
#include "tests/support/fake_session.h"

namespace treewalk {
namespace {

using test::Points;
using test::Quiet;

pcl::PointCloud<pcl::PointXYZ>::Ptr make_cloud() { return Points<pcl::PointXYZ>::make(test::example_scene(true)); }

TEST(SemanticFilter, ClassesByNameOrIdAndConfidence) {
  const auto cloud = make_cloud();
  SemanticFilter<pcl::PointXYZ> filter;
  filter.setInputCloud(cloud);
  filter.setModel(FakeModel::make());
  const auto count = [&] {
    pcl::Indices indices;
    filter.filter(indices);
    return indices.size();
  };
  EXPECT_EQ(count(), 22u);  // every class
  filter.setClasses({"object", "wall"});
  EXPECT_EQ(count(), 15u);
  filter.setClasses({2, 9});
  EXPECT_EQ(count(), 15u);
  filter.setClasses({"wall", "wall"});  // two strings are no pair of iterators
  EXPECT_EQ(count(), 8u);
  filter.setClasses({9, 2, 9});
  EXPECT_EQ(count(), 15u);
  EXPECT_EQ(filter.getClasses(), (std::vector<std::uint32_t>{9, 2}));
  filter.setClasses({"object"});
  filter.setMinConfidence(0.75f);  // frac(h) >= 1/2
  std::size_t expected = 0;
  for (const auto& point : *cloud) expected += pcl::isXYZFinite(point) && point.z >= -1.5f && point.z < -1;
  EXPECT_EQ(count(), expected);
  filter.setNegative(true);
  EXPECT_EQ(count(), 22 - expected);
  filter.setClasses(std::vector<std::string>());
  filter.setMinConfidence(0);
  EXPECT_EQ(count(), 0u);
}

TEST(SemanticFilter, BadArgumentsThrowWithTheListOfWhatExists) {
  SemanticFilter<pcl::PointXYZ> filter;
  filter.setInputCloud(make_cloud());
  pcl::Indices indices{1, 2, 3};
  EXPECT_THROW(filter.filter(indices), pcl::InitFailedException);
  EXPECT_TRUE(indices.empty());
  EXPECT_THROW(filter.setModelFile("no-such-file.treewalk"), pcl::IOException);
  EXPECT_THROW(filter.setMinConfidence(-0.1f), pcl::BadArgumentException);
  EXPECT_THROW(filter.setMinConfidence(std::numeric_limits<float>::quiet_NaN()), pcl::BadArgumentException);
  filter.setModel(FakeModel::make());
  filter.setClasses({"tabel"});
  try {
    filter.filter(indices);
    FAIL();
  } catch (const pcl::BadArgumentException& error) {
    EXPECT_NE(std::string(error.what()).find("'tabel'; it has table (1), object (2), wall (9)"), std::string::npos)
        << error.what();
  }
  filter.setClasses({3});
  EXPECT_THROW(filter.filter(indices), pcl::BadArgumentException);
  filter.setClasses({"table"});
  filter.setDevice("tpu");
  EXPECT_THROW(filter.filter(indices), pcl::BadArgumentException);
  filter.setDevice("cpu");
  filter.filter(indices);
  EXPECT_FALSE(indices.empty());
}

TEST(SemanticFilter, ExceptionsDoNotLeaveIndicesBehind) {  // PCLBase<PCLPointCloud2> would keep the old cloud's
  pcl::PCLPointCloud2::Ptr small(new pcl::PCLPointCloud2), large(new pcl::PCLPointCloud2);
  pcl::toPCLPointCloud2(*make_cloud(), *large);
  pcl::toPCLPointCloud2(pcl::PointCloud<pcl::PointXYZ>(2, 1, pcl::PointXYZ(0, 0, 0)), *small);
  SemanticFilter<pcl::PCLPointCloud2> filter;
  filter.setInputCloud(large);
  pcl::Indices indices;
  EXPECT_THROW(filter.filter(indices), pcl::InitFailedException);
  filter.setModel(FakeModel::make());
  filter.setInputCloud(small);
  filter.filter(indices);
  EXPECT_EQ(indices, (pcl::Indices{0, 1}));
}

TEST(SemanticFilter, ExceptionsLeaveACloudThatIsFilteredInPlace) {
  const Quiet quiet;
  const auto expect_left = [](auto filter, const auto& cloud, auto picture) {
    const test::Picture before = picture(*cloud);
    filter.setInputCloud(cloud);
    for (const bool keep_organized : {false, true}) {
      filter.setKeepOrganized(keep_organized);
      EXPECT_THROW(filter.filter(*cloud), pcl::InitFailedException);
      EXPECT_EQ(picture(*cloud), before);
    }
  };
  expect_left(SemanticFilter<pcl::PointXYZ>(), make_cloud(), Points<pcl::PointXYZ>::picture);
  expect_left(SemanticFilter<pcl::PCLPointCloud2>(),
              test::Blobs<test::EverythingAtOnce>::make(test::example_scene(true)), test::picture_of);
}

TEST(SemanticFilter, SettingsReachTheSession) {
  SemanticFilter<pcl::PointXYZ> filter;
  filter.setModel(FakeModel::make());
  filter.setInputCloud(make_cloud());
  filter.setNumberOfThreads(3);
  filter.setMemoryLimit(512);
  filter.setDevice("cpu");
  EXPECT_EQ(filter.getCategory(), "");
  filter.setCategory("chair");
  pcl::Indices indices;
  fake_runs = 0;
  filter.filter(indices);
  EXPECT_EQ(fake_runs, 1);
  EXPECT_EQ(fake_category, "chair");
  EXPECT_EQ(fake_options.threads, 3);
  EXPECT_EQ(fake_options.memory_mb, 512);
  EXPECT_EQ(fake_options.device, "cpu");
  EXPECT_EQ(filter.getNumberOfThreads(), 3u);
  EXPECT_EQ(filter.getMemoryLimit(), 512u);
  EXPECT_EQ(filter.getCategory(), "chair");
}

TEST(SemanticFilter, BlobsThatContradictThemselvesAreAnError) {
  const Quiet quiet;
  const auto good = test::Blobs<test::EverythingAtOnce>::make(test::example_scene(true));
  const std::function<void(pcl::PCLPointCloud2&)> damages[] = {
      [](auto& blob) { blob.data.resize(blob.data.size() - 30); },
      [](auto& blob) { blob.row_step = 20; },
      [](auto& blob) { blob.point_step = 20; },
      [](auto& blob) { blob.fields[1].offset = 4000000000u; },
      [](auto& blob) { blob.fields[1].datatype = 77; },
      [](auto& blob) { blob.fields[1].count = 1000; },
      [](auto& blob) { blob.fields[1].name = "height"; },
      [](auto& blob) { blob.width = 4000000000u; },
      [](auto& blob) { blob.is_bigendian = true; }};
  for (const auto& damage : damages) {
    const pcl::PCLPointCloud2::Ptr blob(new pcl::PCLPointCloud2(*good));
    damage(*blob);
    SemanticFilter<pcl::PCLPointCloud2> filter(true);
    filter.setModel(FakeModel::make());
    filter.setInputCloud(blob);
    filter.setIndices(pcl::make_shared<pcl::Indices>(pcl::Indices{0}));
    pcl::PCLPointCloud2 output;
    filter.filter(output);
    EXPECT_TRUE(output.data.empty());
    EXPECT_NE(filter.getErrorMessage(), "");
  }
}

}  // namespace
}  // namespace treewalk
