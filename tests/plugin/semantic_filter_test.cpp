// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What SemanticFilter has of its own: models, classes, settings. What PCL asks of any filter is in conformance/.
#include "treewalk/pcl/semantic_filter.h"

#include <gtest/gtest.h>
#include <pcl/common/point_tests.h>
#include <pcl/exceptions.h>
#include <pcl/point_types.h>

#include <algorithm>
#include <cstring>
#include <functional>
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
  EXPECT_EQ(filter.getDevice(), "cpu");
  EXPECT_EQ(filter.getCategory(), "chair");
}

TEST(SemanticFilter, SaysWhereMemoryRanOut) {
  const Quiet quiet;
  SemanticFilter<pcl::PointXYZ> filter;
  filter.setModel(FakeModel::make());
  filter.setInputCloud(make_cloud());
  filter.setProgressCallback([](double, const std::string&) -> bool { throw std::bad_alloc(); });
  pcl::Indices indices{7};
  filter.filter(indices);
  EXPECT_TRUE(indices.empty());
  EXPECT_EQ(filter.getErrorMessage(), "there is not enough memory");
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
      [](auto& blob) { blob.width = 4000000000u; }};
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

/// 8 points in 4 rows of 2.
pcl::PCLPointCloud2 plain_blob() {
  pcl::PointCloud<pcl::PointXYZI> points(2, 4);
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].x = static_cast<float>(i);
    points[i].y = -1;
    points[i].z = i == 5 ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(i) / 4;
    points[i].intensity = 256;
  }
  pcl::PCLPointCloud2 blob;
  pcl::toPCLPointCloud2(points, blob);
  return blob;
}

pcl::PCLPointCloud2 filtered(const pcl::PCLPointCloud2& blob) {
  const Quiet quiet;
  SemanticFilter<pcl::PCLPointCloud2> filter;
  filter.setModel(FakeModel::make());
  filter.setInputCloud(pcl::make_shared<pcl::PCLPointCloud2>(blob));
  filter.setClasses({"object"});
  pcl::PCLPointCloud2 output;
  filter.filter(output);
  EXPECT_EQ(filter.getErrorMessage(), "");
  return output;
}

void turn(std::vector<std::uint8_t>& data) {
  for (std::size_t i = 0; i < data.size(); i += 4) std::reverse(data.begin() + i, data.begin() + i + 4);
}

TEST(SemanticFilter, BlobsAsDriversSendThem) {
  const pcl::PCLPointCloud2 plain = plain_blob(), expected = filtered(plain);
  ASSERT_EQ(expected.width, 3u);  // z of 1, 1.5 and 1.75; 1.25 is not finite
  const std::pair<const char*, std::function<void(pcl::PCLPointCloud2&)>> changes[] = {
      {"row_step 0", [](auto& blob) { blob.row_step = 0; }},
      {"row_step of the unorganised cloud", [](auto& blob) { blob.row_step *= blob.height; }},
      {"row_step of one point", [](auto& blob) { blob.row_step = blob.point_step; }},
      {"row_step 0 and spare bytes", [](auto& blob) { blob.row_step = 0, blob.data.resize(blob.data.size() + 5); }},
      {"a field nobody needs has no type",
       [](auto& blob) {
         pcl::PCLPointField other;
         other.name = "other", other.offset = 20, other.datatype = 0, other.count = 1;
         blob.fields.insert(blob.fields.begin(), other);
       }},
      {"big-endian", [](auto& blob) { turn(blob.data), blob.is_bigendian = true; }},
      {"big-endian with rgb and rgba in one place", [](auto& blob) {
         for (const char* name : {"rgb", "rgba"}) {
           pcl::PCLPointField colour = blob.fields.back();
           colour.name = name, colour.offset = 20;
           blob.fields.push_back(colour);
         }
         turn(blob.data), blob.is_bigendian = true;
       }}};
  for (const auto& [what, change] : changes) {
    pcl::PCLPointCloud2 blob = plain;
    change(blob);
    const pcl::PCLPointCloud2 output = filtered(blob);
    EXPECT_EQ(output.width, expected.width) << what;
    ASSERT_EQ(output.data.size(), expected.data.size()) << what;
    for (std::size_t i = 0; i < output.data.size(); i += output.point_step) {
      EXPECT_EQ(std::memcmp(&output.data[i], &expected.data[i], 12), 0) << what;
      EXPECT_EQ(std::memcmp(&output.data[i + 16], &expected.data[i + 16], 4), 0) << what << ": intensity";
    }
    EXPECT_FALSE(output.is_bigendian) << what;
  }
}

TEST(SemanticFilter, BlobsWhoseSizeIsNotClearAreAnError) {
  const Quiet quiet;
  for (const std::uint32_t row_step : {0u, 1u, 64u, 127u}) {
    auto blob = pcl::make_shared<pcl::PCLPointCloud2>(plain_blob());
    blob->row_step = row_step;
    blob->data.resize(blob->data.size() - (row_step == 0 ? 1 : 3));
    SemanticFilter<pcl::PCLPointCloud2> filter;
    filter.setModel(FakeModel::make());
    filter.setInputCloud(blob);
    pcl::PCLPointCloud2 output;
    filter.filter(output);
    EXPECT_NE(filter.getErrorMessage().find("too few for 2 x 4 points"), std::string::npos) << filter.getErrorMessage();
  }
}

}  // namespace
}  // namespace treewalk
