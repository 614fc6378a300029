// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/pcl/semantic_labeler.h"

#include <gtest/gtest.h>
#include <pcl/console/print.h>
#include <pcl/exceptions.h>

#include <limits>

#include "tests/support/fake_session.h"
#include "tests/support/io_support.h"
#include "treewalk/pcl/conversions.h"

namespace treewalk {
namespace {

// Organised 4 x 2 with double coordinates of UTM size, heights by steps of 1/2, a count field and gaps; point 3 is not
// finite in z only.
Cloud make_cloud() {
  Cloud cloud = every_type(4, 2);
  const auto set = [&](const char* name, std::int64_t i, double value) {
    std::memcpy(cloud.data.data() + i * cloud.stride + cloud.view().find(name)->offset, &value, 8);
  };
  for (std::int64_t i = 0; i < 8; ++i) {
    set("x", i, 445000.125 + static_cast<double>(i));
    set("y", i, 4984000.3);
    set("z", i, 100.0 + static_cast<double>(i) / 2);
  }
  set("z", 3, std::numeric_limits<double>::quiet_NaN());
  return cloud;
}

pcl::PCLPointCloud2::Ptr make_blob(const Cloud& cloud) {
  const pcl::PCLPointCloud2::Ptr blob(new pcl::PCLPointCloud2);
  toPCLPointCloud2(cloud, *blob);
  blob->header.frame_id = "map";
  return blob;
}

SemanticLabeler make_labeler(const pcl::PCLPointCloud2::ConstPtr& blob) {
  SemanticLabeler labeler;
  labeler.setModel(FakeModel::make());
  labeler.setInputCloud(blob);
  return labeler;
}

std::vector<double> values_of(const pcl::PCLPointCloud2& blob, const char* name) {
  std::vector<std::byte> packed;
  const CloudView view = viewOf(blob, packed);
  std::vector<double> values;
  for (std::int64_t i = 0; i < view.size; ++i) values.push_back(view.value(i, *view.find(name)));
  return values;
}

// Every field of `before` but those that the labeler writes has the same bits in `after`.
void expect_others_kept(const Cloud& before, const pcl::PCLPointCloud2& after) {
  Cloud kept;
  fromPCLPointCloud2(after, kept);
  Cloud expected = before;
  for (Cloud* cloud : {&kept, &expected})
    for (const char* name : {"label", "confidence"}) {
      const auto found =
          std::find_if(cloud->fields.begin(), cloud->fields.end(), [&](const Field& f) { return f.name == name; });
      if (found != cloud->fields.end()) cloud->fields.erase(found);
    }
  expect_same(expected, kept);
}

const std::vector<double> all_labels{1, 1, 2, 255, 9, 9, 9, 9};
const std::vector<double> all_confidences{0.5, 0.75, 0.5, 0, 0.5, 0.75, 0.5, 0.75};

TEST(SemanticLabeler, AppendsTwoFieldsAndKeepsEverythingElse) {
  Cloud cloud = make_cloud();
  cloud.remove_field("label");
  const auto blob = make_blob(cloud);
  auto labeler = make_labeler(blob);
  pcl::PCLPointCloud2 output;
  labeler.filter(output);
  EXPECT_EQ(output.fields.size(), blob->fields.size() + 2);
  EXPECT_EQ(output.fields[blob->fields.size()].name, "label");
  EXPECT_EQ(output.fields[blob->fields.size()].datatype, pcl::PCLPointField::UINT32);
  EXPECT_EQ(output.fields[blob->fields.size() + 1].datatype, pcl::PCLPointField::FLOAT32);
  EXPECT_EQ(output.width, 4u);
  EXPECT_EQ(output.height, 2u);
  EXPECT_EQ(output.header.frame_id, "map");
  EXPECT_FALSE(output.is_dense);
  EXPECT_EQ(values_of(output, "label"), all_labels);
  EXPECT_EQ(values_of(output, "confidence"), all_confidences);
  expect_others_kept(cloud, output);
  // The new fields are there in the input of a second run, and written again.
  auto again = make_labeler(pcl::make_shared<pcl::PCLPointCloud2>(output));
  pcl::PCLPointCloud2 second;
  again.filter(second);
  EXPECT_EQ(second.data, output.data);
  EXPECT_EQ(second.point_step, output.point_step);
}

TEST(SemanticLabeler, ReplacesALabelOfAnyType) {
  for (const Scalar type : {Scalar::int32, Scalar::uint32, Scalar::float32, Scalar::uint8, Scalar::float64}) {
    Cloud cloud = make_cloud();
    for (Field& field : cloud.fields)
      if (field.name == "label") field.name = "other";
    for (Field& field : cloud.fields)
      if (field.type == type && field.count == 1 && type != Scalar::float64) {
        field.name = "label";
        break;
      }
    if (type == Scalar::float64) cloud.fields.push_back({"label", 0, Scalar::float64, 1});
    const auto blob = make_blob(cloud);
    auto labeler = make_labeler(blob);
    pcl::PCLPointCloud2 output;
    labeler.filter(output);
    EXPECT_EQ(values_of(output, "label"), all_labels);
    EXPECT_EQ(values_of(output, "confidence"), all_confidences);
    EXPECT_EQ(output.fields.size(), blob->fields.size() + 1);
    expect_others_kept(cloud, output);
  }
}

TEST(SemanticLabeler, WorksInPlaceOnPaddedRows) {
  const Cloud cloud = make_cloud();
  const auto dense = make_blob(cloud);
  const pcl::PCLPointCloud2::Ptr blob(new pcl::PCLPointCloud2(*dense));
  blob->row_step = dense->row_step + 5;
  blob->data.assign(2 * blob->row_step, 0xee);
  for (std::size_t row = 0; row < 2; ++row)
    std::copy_n(&dense->data[row * dense->row_step], dense->row_step, &blob->data[row * blob->row_step]);
  auto labeler = make_labeler(blob);
  labeler.filter(*blob);
  EXPECT_EQ(values_of(*blob, "label"), all_labels);
  EXPECT_EQ(blob->row_step, blob->width * blob->point_step);
  expect_others_kept(cloud, *blob);
}

TEST(SemanticLabeler, PointsThatAreNotChosenAreUnknown) {
  auto labeler = make_labeler(make_blob(make_cloud()));
  labeler.setClasses({"wall"});
  labeler.setMinConfidence(0.6f);
  pcl::PCLPointCloud2 output;
  labeler.filter(output);
  EXPECT_EQ(values_of(output, "label"), (std::vector<double>{255, 255, 255, 255, 255, 9, 255, 9}));
  EXPECT_EQ(values_of(output, "confidence"), all_confidences);
  labeler.setClasses(std::vector<std::string>());
  labeler.setMinConfidence(0);
  labeler.setIndices(pcl::make_shared<pcl::Indices>(pcl::Indices{7, 2}));
  labeler.filter(output);
  EXPECT_EQ(values_of(output, "label"), (std::vector<double>{255, 255, 2, 255, 255, 255, 255, 9}));
  EXPECT_EQ(values_of(output, "confidence"), (std::vector<double>{0, 0, 0.5, 0, 0, 0, 0, 0.75}));
}

TEST(SemanticLabeler, EmptyCloudsGetTheFields) {
  auto labeler = make_labeler(make_blob(every_type(0, 1)));
  pcl::PCLPointCloud2 output;
  labeler.filter(output);
  EXPECT_EQ(labeler.getErrorMessage(), "");
  EXPECT_EQ(output.width * output.height, 0u);
  EXPECT_EQ(output.fields.back().name, "confidence");
}

TEST(SemanticLabeler, FailuresEmptyTheOutput) {
  pcl::console::setVerbosityLevel(pcl::console::L_ALWAYS);
  const auto blob = make_blob(make_cloud());
  const std::function<void(SemanticLabeler&)> faults[] = {
      [](auto& s) { s.setIndices(pcl::make_shared<pcl::Indices>(pcl::Indices{8})); },
      [](auto& s) { s.setModel(FakeModel::make("normal_x")); },
      [](auto& s) { s.setProgressCallback([](double, const std::string&) { return false; }); }};
  for (const auto& fault : faults) {
    auto labeler = make_labeler(blob);
    pcl::PCLPointCloud2 output;
    labeler.filter(output);
    fault(labeler);
    labeler.filter(output);
    EXPECT_TRUE(output.data.empty());
    EXPECT_EQ(output.width * output.height, 0u);
    EXPECT_NE(labeler.getErrorMessage(), "");
  }
  SemanticLabeler without_model;
  without_model.setInputCloud(blob);
  pcl::PCLPointCloud2 output;
  EXPECT_THROW(without_model.filter(output), pcl::InitFailedException);
  without_model.setModel(FakeModel::make());
  without_model.setInputCloud(make_blob(every_type(2, 1)));
  without_model.filter(output);  // the indices of the larger cloud are forgotten
  EXPECT_EQ(output.width, 2u);
  pcl::console::setVerbosityLevel(pcl::console::L_WARN);
}

}  // namespace
}  // namespace treewalk
