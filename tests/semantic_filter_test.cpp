// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// SemanticFilter keeps what PCL's own tests ask of a FilterIndices, and treewalk's promises on odd input.
#include "treewalk/pcl/semantic_filter.h"

#include <gtest/gtest.h>
#include <pcl/console/print.h>
#include <pcl/conversions.h>
#include <pcl/exceptions.h>
#include <pcl/filters/passthrough.h>
#include <pcl/point_types.h>

#include <cmath>
#include <limits>
#include <set>

#include "tests/fake_session.h"

namespace treewalk {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();

template <typename PointT>
struct Fixture : testing::Test {};

// Every member of this list is one of PCL's own instantiations.
using PointTypes =
    testing::Types<pcl::PointXYZ, pcl::PointXYZI, pcl::PointXYZL, pcl::PointXYZRGBA, pcl::PointXYZRGB,
                   pcl::PointXYZRGBL, pcl::PointXYZLAB, pcl::PointXYZHSV, pcl::InterestPoint, pcl::PointNormal,
                   pcl::PointXYZRGBNormal, pcl::PointXYZINormal, pcl::PointXYZLNormal, pcl::PointWithRange,
                   pcl::PointWithViewpoint, pcl::PointWithScale, pcl::PointSurfel, pcl::PointDEM>;
TYPED_TEST_SUITE(Fixture, PointTypes);

// Organised 6 x 4; heights -3 to 0 in steps of 1/8 and back; points 5 and 11 are not finite although `is_dense` says
// so.
template <typename PointT>
typename pcl::PointCloud<PointT>::Ptr make_cloud() {
  const auto cloud = pcl::make_shared<pcl::PointCloud<PointT>>(6, 4);
  for (std::size_t i = 0; i < cloud->size(); ++i) {
    auto& point = (*cloud)[i];
    point.x = static_cast<float>(i);
    point.y = 0.5f;
    point.z = -3.0f + static_cast<float>((i * 7) % 24) / 8;
  }
  (*cloud)[5].z = nan;
  (*cloud)[11].x = -inf;
  cloud->is_dense = true;
  cloud->header.frame_id = "lidar";
  cloud->header.seq = 7;
  cloud->header.stamp = 99;
  cloud->sensor_origin_ = Eigen::Vector4f(1, 2, 3, 0);
  cloud->sensor_orientation_ = Eigen::Quaternionf(0, 1, 0, 0);
  return cloud;
}

template <typename PointT>
bool finite(const PointT& point) {
  return std::isfinite(point.x) && std::isfinite(point.y) && std::isfinite(point.z);
}

// The rule of the fake session; the least height of the cloud above is -3.
template <typename PointT>
int class_of(const PointT& point) {
  return !finite(point) ? 255 : point.z < -2 ? 1 : point.z < -1 ? 2 : 9;
}

template <typename PointT>
SemanticFilter<PointT> make_filter(bool extract_removed = false) {
  SemanticFilter<PointT> filter(extract_removed);
  filter.setModel(FakeModel::make());
  filter.setClasses({"object", "wall"});
  return filter;
}

template <typename PointT>
void expect_header(const pcl::PointCloud<PointT>& cloud) {
  EXPECT_EQ(cloud.header.frame_id, "lidar");
  EXPECT_EQ(cloud.header.seq, 7u);
  EXPECT_EQ(cloud.header.stamp, 99u);
  EXPECT_EQ(cloud.sensor_origin_, Eigen::Vector4f(1, 2, 3, 0));
  EXPECT_EQ(cloud.sensor_orientation_.x(), 1);
}

TYPED_TEST(Fixture, KeepsTheChosenPointsInOrder) {
  const auto cloud = make_cloud<TypeParam>();
  auto filter = make_filter<TypeParam>(true);
  filter.setInputCloud(cloud);
  pcl::Indices indices, expected, others;
  for (int i = 0; i < 24; ++i) (std::set<int>{2, 9}.count(class_of((*cloud)[i])) ? expected : others).push_back(i);
  filter.filter(indices);
  EXPECT_EQ(indices, expected);
  EXPECT_EQ(*filter.getRemovedIndices(), others);
  ASSERT_FALSE(expected.empty());

  pcl::PointCloud<TypeParam> output;
  filter.filter(output);
  ASSERT_EQ(output.size(), expected.size());
  EXPECT_EQ(output.size(), cloud->size() - filter.getRemovedIndices()->size());
  EXPECT_EQ(output.width, expected.size());
  EXPECT_EQ(output.height, 1u);
  EXPECT_TRUE(output.is_dense);
  expect_header(output);
  for (std::size_t i = 0; i < output.size(); ++i) EXPECT_EQ(output[i].x, (*cloud)[expected[i]].x);
}

TYPED_TEST(Fixture, NegativeKeepsTheOtherFinitePoints) {
  const auto cloud = make_cloud<TypeParam>();
  auto filter = make_filter<TypeParam>(true);
  filter.setInputCloud(cloud);
  pcl::Indices positive, negative;
  filter.filter(positive);
  filter.setNegative(true);
  filter.filter(negative);
  const auto& removed = *filter.getRemovedIndices();
  EXPECT_EQ(positive.size() + negative.size(), 22u);
  std::set<int> all(positive.begin(), positive.end());
  all.insert(negative.begin(), negative.end());
  EXPECT_EQ(all.size(), 22u);
  for (const int bad : {5, 11}) {
    EXPECT_EQ(all.count(bad), 0u);
    EXPECT_EQ(std::count(removed.begin(), removed.end(), bad), 1);
  }
  EXPECT_EQ(removed.size() + negative.size(), 24u);
}

TYPED_TEST(Fixture, KeepsTheOrganisation) {
  for (const float value : {nan, 4.5f})
    for (const bool negative : {false, true}) {
      const auto cloud = make_cloud<TypeParam>();
      auto filter = make_filter<TypeParam>(true);
      filter.setInputCloud(cloud);
      filter.setNegative(negative);
      pcl::Indices kept;
      filter.filter(kept);
      filter.setKeepOrganized(true);
      filter.setUserFilterValue(value);
      pcl::PointCloud<TypeParam> output;
      filter.filter(output);
      ASSERT_EQ(output.width, 6u);
      ASSERT_EQ(output.height, 4u);
      ASSERT_EQ(filter.getRemovedIndices()->size(), 24 - kept.size());
      EXPECT_EQ(output.is_dense, std::isfinite(value));
      expect_header(output);
      const std::set<int> keep(kept.begin(), kept.end());
      for (int i = 0; i < 24; ++i)
        for (int axis = 0; axis < 3; ++axis) {
          const float expected = keep.count(i) ? (*cloud)[i].data[axis] : value;
          EXPECT_TRUE(output[i].data[axis] == expected || (std::isnan(expected) && std::isnan(output[i].data[axis])));
        }
    }
}

TYPED_TEST(Fixture, OrganisedOutputsAreDenseExactlyWhereEveryPointIsFinite) {
  for (const bool dense : {false, true})
    for (const bool some : {false, true})
      for (const float value : {nan, 4.5f}) {
        const auto cloud = make_cloud<TypeParam>();
        cloud->is_dense = dense;
        auto filter = make_filter<TypeParam>(true);
        filter.setInputCloud(cloud);
        if (some) filter.setIndices(pcl::make_shared<pcl::Indices>(pcl::Indices{0, 1, 2}));
        filter.setKeepOrganized(true);
        filter.setUserFilterValue(value);
        pcl::PointCloud<TypeParam> output;
        filter.filter(output);
        EXPECT_EQ(output.is_dense, !some && std::isfinite(value));
      }
}

TEST(SemanticFilter, KeepOrganizedTouchesNothingButCoordinatesOfRemovedPoints) {
  const auto cloud = make_cloud<pcl::PointXYZL>();
  for (int i = 0; i < 24; ++i) (*cloud)[i].label = 100 + i;
  auto filter = make_filter<pcl::PointXYZL>(true);
  filter.setInputCloud(cloud);
  filter.setIndices(pcl::make_shared<pcl::Indices>(pcl::Indices{0, 1, 2}));
  filter.setKeepOrganized(true);
  pcl::PointCloud<pcl::PointXYZL> output;
  filter.filter(output);
  for (int i = 0; i < 24; ++i) {
    EXPECT_EQ(output[i].label, 100u + i);
    if (i > 2 && i != 5) {
      EXPECT_EQ(output[i].z, (*cloud)[i].z) << "outside of the indices";
    }
  }
}

TEST(SemanticFilter, IndicesAreQueriesAndTheWholeCloudIsTheirNeighbourhood) {
  const auto cloud = make_cloud<pcl::PointXYZ>();
  pcl::Indices whole, part, query;
  auto filter = make_filter<pcl::PointXYZ>(true);
  filter.setInputCloud(cloud);
  filter.filter(whole);
  // Without the lowest point (0), heights would be counted from another one; the order given does not matter.
  for (int i = 23; i >= 2; i -= 2) query.push_back(i);
  query.push_back(4);
  filter.setIndices(pcl::make_shared<pcl::Indices>(query));
  filter.filter(part);
  pcl::Indices expected;
  for (const int index : whole)
    if (std::count(query.begin(), query.end(), index)) expected.push_back(index);
  EXPECT_EQ(part, expected);
  std::set<int> both(part.begin(), part.end());
  both.insert(filter.getRemovedIndices()->begin(), filter.getRemovedIndices()->end());
  EXPECT_EQ(both, std::set<int>(query.begin(), query.end()));
  EXPECT_EQ(part.size() + filter.getRemovedIndices()->size(), query.size());
  filter.setIndices(pcl::make_shared<pcl::Indices>());
  filter.filter(part);
  EXPECT_TRUE(part.empty());
  EXPECT_TRUE(filter.getRemovedIndices()->empty());
}

TEST(SemanticFilter, BadIndicesAreAnErrorAndEmptyTheOutput) {
  const auto cloud = make_cloud<pcl::PointXYZ>();
  pcl::PCLPointCloud2::Ptr blob(new pcl::PCLPointCloud2);
  pcl::toPCLPointCloud2(*cloud, *blob);
  pcl::console::setVerbosityLevel(pcl::console::L_ALWAYS);
  for (const auto& [bad, says] : {std::pair<pcl::Indices, const char*>{{0, 24}, "24 at position 1"},
                                  {{-1}, "-1 at position 0"},
                                  {{3, 4, 3}, "3 is given twice"}}) {
    auto filter = make_filter<pcl::PointXYZ>(true);
    filter.setInputCloud(cloud);
    pcl::Indices indices;
    filter.filter(indices);
    filter.setIndices(pcl::make_shared<pcl::Indices>(bad));
    for (const bool organized : {false, true}) {
      filter.setKeepOrganized(organized);
      pcl::PointCloud<pcl::PointXYZ> output = *cloud;
      filter.filter(output);
      filter.filter(indices);
      EXPECT_TRUE(output.empty());
      EXPECT_EQ(output.width * output.height, 0u);
      EXPECT_TRUE(indices.empty());
      EXPECT_TRUE(filter.getRemovedIndices()->empty());
      EXPECT_NE(filter.getErrorMessage().find(says), std::string::npos) << filter.getErrorMessage();
    }
    SemanticFilter<pcl::PCLPointCloud2> other = make_filter<pcl::PCLPointCloud2>(true);
    other.setInputCloud(blob);
    other.setIndices(pcl::make_shared<pcl::Indices>(bad));
    pcl::PCLPointCloud2 output = *blob;
    other.filter(output);
    EXPECT_TRUE(output.data.empty());
    EXPECT_EQ(output.width * output.height, 0u);
    EXPECT_NE(other.getErrorMessage().find(says), std::string::npos);
  }
  pcl::console::setVerbosityLevel(pcl::console::L_WARN);
}

TEST(SemanticFilter, RunsAgainAndInPlace) {
  auto cloud = make_cloud<pcl::PointXYZ>();
  auto filter = make_filter<pcl::PointXYZ>(true);
  filter.setInputCloud(cloud);
  pcl::Indices once, twice{7, 7, 7};
  pcl::PointCloud<pcl::PointXYZ> first, second;
  filter.filter(once);
  filter.filter(twice);
  EXPECT_EQ(once, twice);
  const auto removed = *filter.getRemovedIndices();
  filter.filter(first);
  filter.filter(second);
  filter.filter(second);
  EXPECT_EQ(*filter.getRemovedIndices(), removed);
  ASSERT_EQ(first.size(), second.size());
  filter.filter(*cloud);
  ASSERT_EQ(cloud->size(), first.size());
  expect_header(*cloud);
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ((*cloud)[i].x, first[i].x);
  // Another cloud of another size, with the same filter.
  const auto other = make_cloud<pcl::PointXYZ>();
  other->resize(30);
  filter.setInputCloud(other);
  filter.filter(twice);
  EXPECT_EQ(twice.size() + filter.getRemovedIndices()->size(), 30u);
}

TEST(SemanticFilter, RemovedIndicesOnlyOnDemand) {
  auto filter = make_filter<pcl::PointXYZ>(false);
  filter.setInputCloud(make_cloud<pcl::PointXYZ>());
  pcl::Indices indices;
  filter.filter(indices);
  EXPECT_TRUE(filter.getRemovedIndices()->empty());
  EXPECT_EQ(indices.size(), 15u);
}

TEST(SemanticFilter, EmptyAndAllNonFiniteCloudsGiveNothing) {
  for (const bool organized : {false, true}) {
    auto filter = make_filter<pcl::PointXYZ>(true);
    filter.setKeepOrganized(organized);
    pcl::PointCloud<pcl::PointXYZ> output(3, 1);
    filter.setInputCloud(pcl::make_shared<pcl::PointCloud<pcl::PointXYZ>>());
    filter.filter(output);
    EXPECT_TRUE(output.empty());
    EXPECT_EQ(filter.getErrorMessage(), "");
    filter.setInputCloud(pcl::make_shared<pcl::PointCloud<pcl::PointXYZ>>(4, 1, pcl::PointXYZ(0, 0, nan)));
    filter.filter(output);
    EXPECT_EQ(output.size(), organized ? 4u : 0u);
    EXPECT_EQ(filter.getRemovedIndices()->size(), 4u);
  }
}

TEST(SemanticFilter, AllPointsKeptStayOrganised) {  // as with PCL's own filters
  const auto cloud = pcl::make_shared<pcl::PointCloud<pcl::PointXYZ>>(3, 2, pcl::PointXYZ(1, 2, 3));
  SemanticFilter<pcl::PointXYZ> filter;
  filter.setModel(FakeModel::make());
  filter.setInputCloud(cloud);
  pcl::PointCloud<pcl::PointXYZ> output;
  filter.filter(output);
  EXPECT_EQ(output.width, 3u);
  EXPECT_EQ(output.height, 2u);
}

TEST(SemanticFilter, ClassesByNameOrIdAndConfidence) {
  const auto cloud = make_cloud<pcl::PointXYZ>();
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
  for (const auto& point : *cloud) expected += class_of(point) == 2 && point.z >= -1.5f;
  EXPECT_EQ(count(), expected);
  filter.setNegative(true);
  EXPECT_EQ(count(), 22 - expected);
  filter.setClasses(std::vector<std::string>());
  filter.setMinConfidence(0);
  EXPECT_EQ(count(), 0u);
}

TEST(SemanticFilter, BadArgumentsThrowWithTheListOfWhatExists) {
  SemanticFilter<pcl::PointXYZ> filter;
  filter.setInputCloud(make_cloud<pcl::PointXYZ>());
  pcl::Indices indices{1, 2, 3};
  EXPECT_THROW(filter.filter(indices), pcl::InitFailedException);
  EXPECT_TRUE(indices.empty());
  EXPECT_THROW(filter.setModelFile("no-such-file.treewalk"), pcl::IOException);
  EXPECT_THROW(filter.setMinConfidence(-0.1f), pcl::BadArgumentException);
  EXPECT_THROW(filter.setMinConfidence(nan), pcl::BadArgumentException);
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
  pcl::toPCLPointCloud2(*make_cloud<pcl::PointXYZ>(), *large);
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

TEST(SemanticFilter, FailuresOfARunEmptyTheOutputAndSayWhy) {
  pcl::console::setVerbosityLevel(pcl::console::L_ALWAYS);
  for (const bool organized : {false, true}) {
    auto filter = make_filter<pcl::PointXYZ>(true);
    filter.setKeepOrganized(organized);
    filter.setInputCloud(make_cloud<pcl::PointXYZ>());
    pcl::PointCloud<pcl::PointXYZ> output(5, 1);
    filter.setModel(FakeModel::make("intensity"));
    filter.filter(output);
    EXPECT_TRUE(output.empty());
    EXPECT_NE(filter.getErrorMessage().find("'intensity'"), std::string::npos);
    filter.setModel(FakeModel::make());
    filter.setProgressCallback([](double, const std::string&) { return false; });
    filter.filter(output);
    EXPECT_TRUE(output.empty());
    EXPECT_EQ(filter.getErrorMessage(), "cancelled");
    filter.setProgressCallback([](double, const std::string&) { return true; });
    filter.filter(output);
    EXPECT_FALSE(output.empty());
    EXPECT_EQ(filter.getErrorMessage(), "");
  }
  pcl::console::setVerbosityLevel(pcl::console::L_WARN);
}

TEST(SemanticFilter, SettingsReachTheSession) {
  auto filter = make_filter<pcl::PointXYZ>();
  filter.setInputCloud(make_cloud<pcl::PointXYZ>());
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

TEST(SemanticFilter, BehavesAsPassThroughDoes) {  // PCL's own filter over the same half space
  const auto cloud = make_cloud<pcl::PointXYZRGB>();
  auto filter = make_filter<pcl::PointXYZRGB>(true);
  filter.setClasses({"table"});
  pcl::PassThrough<pcl::PointXYZRGB> pass(true);
  pass.setFilterFieldName("z");
  pass.setFilterLimits(-10, std::nextafter(-2.0f, -3.0f));
  filter.setInputCloud(cloud);
  pass.setInputCloud(cloud);
  for (int variant = 0; variant < 8; ++variant) {
    if (variant == 4) {
      const auto some = pcl::make_shared<pcl::Indices>(pcl::Indices{1, 4, 5, 9, 11, 12, 20});
      filter.setIndices(some);
      pass.setIndices(some);
    }
    for (auto* any : std::initializer_list<pcl::FilterIndices<pcl::PointXYZRGB>*>{&filter, &pass}) {
      any->setNegative(variant % 2 == 1);
      any->setKeepOrganized(variant / 2 % 2 == 1);
      any->setUserFilterValue(7);
    }
    pcl::Indices ours, theirs;
    filter.filter(ours);
    pass.filter(theirs);
    EXPECT_EQ(ours, theirs);
    EXPECT_EQ(*filter.getRemovedIndices(), *pass.getRemovedIndices());
    pcl::PointCloud<pcl::PointXYZRGB> our_cloud, their_cloud;
    filter.filter(our_cloud);
    pass.filter(their_cloud);
    ASSERT_EQ(our_cloud.width, their_cloud.width);
    ASSERT_EQ(our_cloud.height, their_cloud.height);
    for (std::size_t i = 0; i < our_cloud.size(); ++i)
      EXPECT_EQ(std::memcmp(our_cloud[i].data, their_cloud[i].data, 12), 0) << variant << " " << i;
  }
}

// The blob's fields in another order and type, with padding in points and rows, give the same points.
pcl::PCLPointCloud2::Ptr odd_blob(const pcl::PointCloud<pcl::PointXYZ>& cloud) {
  const pcl::PCLPointCloud2::Ptr blob(new pcl::PCLPointCloud2);
  const auto add = [&](const char* name, unsigned offset, std::uint8_t type) {
    pcl::PCLPointField field;
    field.name = name;
    field.offset = offset;
    field.datatype = type;
    field.count = 1;
    blob->fields.push_back(field);
  };
  add("id", 1, pcl::PCLPointField::UINT8);
  add("z", 2, pcl::PCLPointField::FLOAT64);
  add("x", 13, pcl::PCLPointField::FLOAT32);
  add("y", 17, pcl::PCLPointField::FLOAT64);
  blob->width = cloud.width;
  blob->height = cloud.height;
  blob->point_step = 27;
  blob->row_step = 27 * cloud.width + 10;
  blob->data.resize(blob->row_step * blob->height, 0xee);
  blob->is_dense = true;
  for (std::size_t i = 0; i < cloud.size(); ++i) {
    std::uint8_t* to = &blob->data[i / cloud.width * blob->row_step + i % cloud.width * 27];
    const double y = cloud[i].y, z = cloud[i].z;
    to[1] = static_cast<std::uint8_t>(i);
    std::memcpy(to + 2, &z, 8);
    std::memcpy(to + 13, &cloud[i].x, 4);
    std::memcpy(to + 17, &y, 8);
  }
  return blob;
}

TEST(SemanticFilter, AnyBlobLayoutGivesTheSamePoints) {
  const auto cloud = make_cloud<pcl::PointXYZ>();
  const auto blob = odd_blob(*cloud);
  blob->header.frame_id = "lidar";
  for (const bool negative : {false, true}) {
    auto filter = make_filter<pcl::PointXYZ>(true);
    auto on_blobs = make_filter<pcl::PCLPointCloud2>(true);
    filter.setInputCloud(cloud);
    on_blobs.setInputCloud(blob);
    filter.setNegative(negative);
    on_blobs.setNegative(negative);
    pcl::Indices expected, indices;
    filter.filter(expected);
    on_blobs.filter(indices);
    EXPECT_EQ(indices, expected);
    EXPECT_EQ(*on_blobs.getRemovedIndices(), *filter.getRemovedIndices());
    pcl::PCLPointCloud2 output;
    on_blobs.filter(output);
    ASSERT_EQ(output.width, expected.size());
    EXPECT_EQ(output.height, 1u);
    EXPECT_EQ(output.row_step, output.width * 27);
    EXPECT_EQ(output.data.size(), output.row_step);
    EXPECT_EQ(output.header.frame_id, "lidar");
    EXPECT_EQ(output.fields.size(), 4u);
    EXPECT_TRUE(output.is_dense);
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_EQ(
          std::memcmp(&output.data[i * 27], &blob->data[expected[i] / 6 * blob->row_step + expected[i] % 6 * 27], 27),
          0);
    on_blobs.setKeepOrganized(true);
    on_blobs.setUserFilterValue(2.5f);
    on_blobs.filter(output);
    ASSERT_EQ(output.width, 6u);
    ASSERT_EQ(output.height, 4u);
    const std::set<int> keep(expected.begin(), expected.end());
    for (int i = 0; i < 24; ++i) {
      double z = 0;
      std::memcpy(&z, &output.data[i * 27 + 2], 8);
      EXPECT_EQ(z, keep.count(i) ? (*cloud)[i].z : 2.5);
      EXPECT_EQ(output.data[i * 27 + 1], i);
    }
    const pcl::PCLPointCloud2::Ptr in_place(new pcl::PCLPointCloud2(*blob));
    on_blobs.setKeepOrganized(false);
    on_blobs.setInputCloud(in_place);
    on_blobs.filter(*in_place);
    EXPECT_EQ(in_place->width, expected.size());
    EXPECT_EQ(in_place->data.size(), expected.size() * 27);
  }
}

TEST(SemanticFilter, BlobsThatContradictThemselvesAreAnError) {
  pcl::console::setVerbosityLevel(pcl::console::L_ALWAYS);
  const auto good = odd_blob(*make_cloud<pcl::PointXYZ>());
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
    auto filter = make_filter<pcl::PCLPointCloud2>(true);
    filter.setInputCloud(blob);
    filter.setIndices(pcl::make_shared<pcl::Indices>(pcl::Indices{0}));
    pcl::PCLPointCloud2 output;
    filter.filter(output);
    EXPECT_TRUE(output.data.empty());
    EXPECT_NE(filter.getErrorMessage(), "");
  }
  pcl::console::setVerbosityLevel(pcl::console::L_WARN);
}

TEST(SemanticFilter, WithoutInputOutputsStayAsPclLeavesThem) {
  pcl::console::setVerbosityLevel(pcl::console::L_ALWAYS);
  auto filter = make_filter<pcl::PointXYZ>();
  pcl::PointCloud<pcl::PointXYZ> output(3, 1);
  filter.filter(output);
  EXPECT_EQ(output.size(), 3u);
  pcl::console::setVerbosityLevel(pcl::console::L_WARN);
}

}  // namespace
}  // namespace treewalk
