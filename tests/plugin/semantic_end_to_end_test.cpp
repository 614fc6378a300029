// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// The PCL classes over a real model: trained here for a moment, on tables with boxes. The session is their oracle.
#include <gtest/gtest.h>
#include <pcl/common/point_tests.h>
#include <pcl/exceptions.h>
#include <pcl/filters/passthrough.h>
#include <pcl/io/pcd_io.h>
#include <pcl/point_types.h>

#include <limits>
#include <memory>
#include <thread>

#include "tests/support/io_support.h"
#include "tests/support/small_scenes.h"
#include "treewalk/pcl/conversions.h"
#include "treewalk/pcl/semantic_filter.h"
#include "treewalk/pcl/semantic_labeler.h"
#include "treewalk/pcl/semantic_segmentation.h"
#include "treewalk/trainer.h"

namespace treewalk {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

class EndToEnd : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = std::make_unique<Folder>();
    std::filesystem::create_directories(*folder / "data/train");
    for (int i = 1; i <= 4; ++i)
      write_cloud(*folder / ("data/train/" + std::to_string(i) + (i % 2 == 0 ? ".pcd" : ".ply")), test::small_table(i));
    auto recipe = test::small_recipe();
    recipe["training"]["epochs"] = 12;
    recipe["training"]["ema"] = 0.9;
    save(*folder / "recipe.json", recipe.dump());
    TrainingOptions options;
    options.recipe = *folder / "recipe.json";
    options.data = folder_data(*folder / "data", read_cloud);
    options.output = *folder / "boxes.treewalk";
    options.threads = 2;
    train(options);
    model = load_model(options.output);
  }
  static void TearDownTestSuite() {
    model.reset();
    folder.reset();
  }

  static std::unique_ptr<Folder> folder;
  static std::shared_ptr<const Model> model;
};
std::unique_ptr<Folder> EndToEnd::folder;
std::shared_ptr<const Model> EndToEnd::model;

// An unseen table, organised, with two non-finite points.
template <typename PointT>
typename pcl::PointCloud<PointT>::Ptr scene() {
  const Cloud table = test::small_table(77);
  const CloudView view = table.view();
  const auto cloud = pcl::make_shared<pcl::PointCloud<PointT>>(80, 50);
  for (std::int64_t i = 0; i < view.size; ++i) {
    auto& point = (*cloud)[i];
    point.x = static_cast<float>(view.value(i, *view.find("x")));
    point.y = static_cast<float>(view.value(i, *view.find("y")));
    point.z = static_cast<float>(view.value(i, *view.find("z")));
  }
  (*cloud)[10].z = nan;
  (*cloud)[999].x = std::numeric_limits<float>::infinity();
  return cloud;
}

template <typename PointT>
pcl::Indices boxes_of(const std::shared_ptr<const Model>& model, const pcl::PointCloud<PointT>& cloud) {
  const Segmentation segmentation = Session(model).segment(viewOf(cloud));
  pcl::Indices boxes;
  for (std::size_t i = 0; i < segmentation.label.size(); ++i)
    if (segmentation.label[i] == 9) boxes.push_back(static_cast<int>(i));
  return boxes;
}

template <typename PointT>
void expect_filtered_as(const pcl::Indices& expected, const std::shared_ptr<const Model>& model) {
  SemanticFilter<PointT> filter(true);
  filter.setModel(model);
  filter.setClasses({"box"});
  filter.setInputCloud(scene<PointT>());
  pcl::Indices indices;
  filter.filter(indices);
  EXPECT_EQ(indices, expected);
  EXPECT_EQ(filter.getRemovedIndices()->size(), 4000 - expected.size());
}

TEST_F(EndToEnd, FindsTheBoxesWithAnyPointType) {
  const auto cloud = scene<pcl::PointXYZ>();
  const pcl::Indices expected = boxes_of(model, *cloud);
  const Cloud truth = test::small_table(77);
  std::int64_t right = 0, boxes = 0;
  for (std::int64_t i = 0; i < truth.size(); ++i) {
    const bool box = truth.view().value(i, *truth.view().find("label")) == 2;
    boxes += box;
    right += box == std::binary_search(expected.begin(), expected.end(), static_cast<int>(i));
  }
  EXPECT_GT(boxes, 100);
  EXPECT_GT(right, 3800);
  expect_filtered_as<pcl::PointXYZ>(expected, model);
  expect_filtered_as<pcl::PointXYZI>(expected, model);
  expect_filtered_as<pcl::PointXYZRGBL>(expected, model);
  expect_filtered_as<pcl::PointNormal>(expected, model);
  expect_filtered_as<pcl::PointSurfel>(expected, model);
}

TEST_F(EndToEnd, ReadsTheModelFromItsFile) {
  const auto cloud = scene<pcl::PointXYZ>();
  SemanticFilter<pcl::PointXYZ> filter;
  filter.setModelFile((*folder / "boxes.treewalk").string());
  filter.setClasses({9});
  filter.setInputCloud(cloud);
  pcl::PointCloud<pcl::PointXYZ> boxes, rest;
  filter.filter(boxes);
  filter.setNegative(true);
  filter.filter(rest);
  EXPECT_EQ(boxes.size(), boxes_of(model, *cloud).size());
  EXPECT_EQ(boxes.size() + rest.size(), 3998u);
}

TEST_F(EndToEnd, DamagedModelFilesThrowInOneLineAndLeaveTheModel) {
  const std::string whole = load(*folder / "boxes.treewalk");
  SemanticFilter<pcl::PointXYZ> filter;
  filter.setModel(model);
  for (const std::string& text : {std::string(), std::string("PCD"), whole.substr(0, whole.size() / 2),
                                  std::string(8, '\xff') + whole.substr(8)}) {
    save(*folder / "damaged.treewalk", text);
    try {
      filter.setModelFile((*folder / "damaged.treewalk").string());
      FAIL();
    } catch (const pcl::IOException& error) {
      EXPECT_NE(std::string(error.what()).find("damaged.treewalk"), std::string::npos) << error.what();
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    }
  }
  EXPECT_EQ(filter.getModel(), model);
}

TEST_F(EndToEnd, NonFinitePointsAreAsIfAbsent) {
  const auto cloud = scene<pcl::PointXYZ>();
  pcl::PointCloud<pcl::PointXYZ> finite;
  for (const auto& point : *cloud)
    if (pcl::isXYZFinite(point)) finite.push_back(point);
  pcl::Indices expected = boxes_of(model, finite);
  for (auto& index : expected) index += (index >= 10) + (index >= 998);  // where the two were
  EXPECT_EQ(boxes_of(model, *cloud), expected);
}

TEST_F(EndToEnd, SegmentationFilterAndLabelerAgree) {
  const auto cloud = scene<pcl::PointXYZ>();
  const Segmentation expected = Session(model).segment(viewOf(*cloud));
  SemanticSegmentation<pcl::PointXYZ> segmentation;
  segmentation.setModel(model);
  segmentation.setInputCloud(cloud);
  pcl::PointCloud<pcl::PointXYZL> labelled;
  segmentation.segment(labelled);
  EXPECT_EQ(segmentation.getConfidence(), expected.confidence);
  ASSERT_EQ(labelled.height, 50u);
  for (std::size_t i = 0; i < labelled.size(); ++i) ASSERT_EQ(labelled[i].label, expected.label[i]);
  EXPECT_EQ(labelled[10].label, 255u);

  SemanticLabeler labeler;
  const pcl::PCLPointCloud2::Ptr blob(new pcl::PCLPointCloud2);
  pcl::toPCLPointCloud2(*cloud, *blob);
  labeler.setModel(model);
  labeler.setInputCloud(blob);
  labeler.filter(*blob);
  pcl::PointCloud<pcl::PointXYZL> converted;
  pcl::fromPCLPointCloud2(*blob, converted);
  ASSERT_EQ(converted.size(), 4000u);
  for (std::size_t i = 0; i < converted.size(); ++i) ASSERT_EQ(converted[i].label, expected.label[i]);

  SemanticFilter<pcl::PCLPointCloud2> filter;
  filter.setModel(model);
  filter.setClasses({"box"});
  filter.setInputCloud(blob);
  pcl::Indices indices;
  filter.filter(indices);
  EXPECT_EQ(indices, boxes_of(model, *cloud));
}

TEST_F(EndToEnd, QueriesAreTheirOwnButNeighboursAreAll) {
  const auto cloud = scene<pcl::PointXYZ>();
  const pcl::Indices boxes = boxes_of(model, *cloud);
  SemanticFilter<pcl::PointXYZ> filter(true);
  filter.setModel(model);
  filter.setClasses({"box"});
  filter.setInputCloud(cloud);
  const auto few = pcl::make_shared<pcl::Indices>();
  for (int i = 3999; i >= 0; i -= 97) few->push_back(i);
  filter.setIndices(few);
  pcl::Indices indices, expected;
  filter.filter(indices);
  for (const auto i : boxes)
    if (std::count(few->begin(), few->end(), i) > 0) expected.push_back(i);
  EXPECT_EQ(indices, expected);
  EXPECT_EQ(indices.size() + filter.getRemovedIndices()->size(), few->size());
}

TEST_F(EndToEnd, ThreadsShareAModelAndChangeNothing) {
  const auto cloud = scene<pcl::PointXYZ>();
  const pcl::Indices expected = boxes_of(model, *cloud);
  std::vector<pcl::Indices> results(4);
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      SemanticFilter<pcl::PointXYZ> filter;
      filter.setModel(model);
      filter.setClasses({"box"});
      filter.setNumberOfThreads(t);
      filter.setInputCloud(cloud);
      for (int run = 0; run < 2; ++run) filter.filter(results[t]);
    });
  for (std::thread& thread : threads) thread.join();
  for (const pcl::Indices& result : results) EXPECT_EQ(result, expected);
}

// Coordinates of UTM size as doubles: every bit comes back. All three moves are whole numbers of the model's coarsest
// cells, 8 cm, and so the labels are those of the cloud near the origin.
TEST_F(EndToEnd, GeoreferencedCoordinatesSurviveFromFileToFile) {
  Cloud near = test::small_table(77), far;
  near.remove_field("label");
  far.fields = {{"y", 0, Scalar::float64, 1}, {"x", 8, Scalar::float64, 1}, {"z", 16, Scalar::float64, 1}};
  far.stride = 24;
  far.width = 80;
  far.height = 50;
  far.data.resize(24 * 4000);
  near.viewpoint = {0, 0, 0};
  for (std::int64_t i = 0; i < near.size(); ++i) {
    const auto at = [&](const char* name) { return near.view().value(i, *near.view().find(name)); };
    const double yxz[] = {at("y") + 4984000, at("x") + 445000, at("z") + 2};  // exact
    std::memcpy(&far.data[i * 24], yxz, 24);
  }
  far.viewpoint = {445000, 4984000, 2};
  const Segmentation expected = Session(model).segment(near.view());
  for (const char* name : {"far.pcd", "far.ply"}) {
    write_cloud(*folder / name, far);
    Cloud cloud = read_cloud(*folder / name);
    const Segmentation result = Session(model).segment(cloud.view());
    EXPECT_EQ(result.label, expected.label);
    cloud.set_field("label", result.label);
    cloud.set_field("confidence", result.confidence);
    write_cloud(*folder / name, cloud);
    Cloud written = read_cloud(*folder / name);
    ASSERT_EQ(written.fields.size(), 5u);
    EXPECT_EQ(written.viewpoint, far.viewpoint);
    for (std::int64_t i = 0; i < 4000; ++i)
      EXPECT_EQ(written.view().value(i, *written.view().find("label")), expected.label[i]);
    written.remove_field("label");
    written.remove_field("confidence");
    expect_same(written, far);
  }
}

TEST_F(EndToEnd, UnknownAndAbsentDevicesThrow) {
  for (const char* device : {"tpu", "cuda:99"}) {
    SemanticFilter<pcl::PointXYZ> filter;
    filter.setModel(model);
    filter.setDevice(device);
    filter.setInputCloud(scene<pcl::PointXYZ>());
    pcl::Indices indices;
    EXPECT_THROW(filter.filter(indices), pcl::BadArgumentException) << device;
  }
}

TEST_F(EndToEnd, CancelsFromTheProgressCallback) {
  SemanticFilter<pcl::PointXYZ> filter;
  filter.setModel(model);
  filter.setInputCloud(scene<pcl::PointXYZ>());
  int calls = 0;
  filter.setProgressCallback([&](double part, const std::string& stage) {
    EXPECT_TRUE(part >= 0 && part <= 1);
    EXPECT_FALSE(stage.empty());
    return ++calls < 2;
  });
  pcl::Indices indices;
  filter.filter(indices);
  EXPECT_EQ(calls, 2);
  EXPECT_TRUE(indices.empty());
  EXPECT_EQ(filter.getErrorMessage(), "cancelled");
}

TEST_F(EndToEnd, FitsIntoAPipelineOfPclFilters) {
  const auto cloud = scene<pcl::PointXYZ>();
  const auto boxes = pcl::make_shared<pcl::PointCloud<pcl::PointXYZ>>();
  SemanticFilter<pcl::PointXYZ> semantic;
  semantic.setModel(model);
  semantic.setClasses({"box"});
  semantic.setInputCloud(cloud);
  pcl::FilterIndices<pcl::PointXYZ>& filter = semantic;  // as any other filter
  filter.filter(*boxes);
  pcl::PassThrough<pcl::PointXYZ> pass;
  pass.setInputCloud(boxes);
  pass.setFilterFieldName("x");
  pass.setFilterLimits(-0.2f, 0.2f);
  pcl::PointCloud<pcl::PointXYZ> inner;
  pass.filter(inner);
  EXPECT_GT(inner.size(), 0u);
  EXPECT_LE(inner.size(), boxes->size());
  for (const auto& point : inner) EXPECT_TRUE(pcl::isXYZFinite(point));
}

}  // namespace
}  // namespace treewalk
