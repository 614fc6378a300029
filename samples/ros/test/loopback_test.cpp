// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What nodes and nodelets answer, against the PCL classes run here on the same cloud. test/run.sh starts them.
#include <dynamic_reconfigure/Reconfigure.h>
#include <gtest/gtest.h>
#include <treewalk/pcl/semantic_filter.h>
#include <treewalk/pcl/semantic_labeler.h>

#include <algorithm>
#include <ostream>

#include "table_scene.h"
#include "talker.h"

namespace treewalk_ros {
namespace {

using Blob = pcl::PCLPointCloud2;
using Message = sensor_msgs::PointCloud2;

std::unique_ptr<Talker> talker;  // lives as long as main
std::shared_ptr<const treewalk::Model> model;

Message filtered(const Blob& cloud, bool negative = false, bool keep_organized = false, float confidence = 0,
                 const pcl::IndicesPtr& indices = nullptr) {
  treewalk::SemanticFilter<Blob> filter;
  filter.setModel(model);
  filter.setClasses({"object"});
  filter.setMinConfidence(confidence);
  filter.setNegative(negative);
  filter.setKeepOrganized(keep_organized);
  filter.setInputCloud(pcl::make_shared<Blob>(cloud));
  if (indices) filter.setIndices(indices);
  Blob output;
  filter.filter(output);
  Message message;
  pcl_conversions::fromPCL(output, message);
  return message;
}

Message labelled(const Blob& cloud) {
  treewalk::SemanticLabeler labeler;
  labeler.setModel(model);
  labeler.setInputCloud(pcl::make_shared<Blob>(cloud));
  Blob output;
  labeler.filter(output);
  Message message;
  pcl_conversions::fromPCL(output, message);
  return message;
}

Blob without_points() {
  Blob cloud = TableScene().cloud();
  cloud.data.clear();
  cloud.width = cloud.height = cloud.row_step = 0;
  return cloud;
}

std::vector<std::string> names(const Message& message) {
  std::vector<std::string> all;
  for (const auto& field : message.fields) all.push_back(field.name);
  return all;
}

/// Bit by bit.
void expect_answer(const Message::ConstPtr& answer, const ros::Time& stamp, const Message& expected) {
  ASSERT_TRUE(answer) << "no answer";
  EXPECT_EQ(answer->header.frame_id, "camera");
  EXPECT_EQ(answer->header.stamp, stamp);
  EXPECT_EQ(answer->width, expected.width);
  EXPECT_EQ(answer->height, expected.height);
  EXPECT_EQ(answer->point_step, expected.point_step);
  EXPECT_EQ(answer->row_step, expected.row_step);
  EXPECT_EQ(answer->is_dense, expected.is_dense);
  EXPECT_EQ(names(*answer), names(expected));
  for (std::size_t i = 0; i < std::min(answer->fields.size(), expected.fields.size()); ++i) {
    EXPECT_EQ(answer->fields[i].offset, expected.fields[i].offset);
    EXPECT_EQ(answer->fields[i].datatype, expected.fields[i].datatype);
    EXPECT_EQ(answer->fields[i].count, expected.fields[i].count);
  }
  EXPECT_TRUE(answer->data == expected.data) << "other points";
}

void expect_empty(const Message::ConstPtr& answer, const ros::Time& stamp) {
  ASSERT_TRUE(answer) << "no answer";
  EXPECT_EQ(answer->header.frame_id, "camera");
  EXPECT_EQ(answer->header.stamp, stamp);
  EXPECT_EQ(answer->width * answer->height, 0u);
  EXPECT_TRUE(answer->data.empty());
}

/// The parameter is the namespace: "/nodes" or "/nodelets".
class Loopback : public testing::TestWithParam<const char*> {
 protected:
  void TearDown() override { talker->forget(); }
  std::string name(const std::string& node) const { return std::string(GetParam()) + "/" + node; }
  Listener& filter() { return talker->listen(name("semantic_filter") + "/output"); }
  Listener& labeler() { return talker->listen(name("semantic_labeler") + "/output"); }
};

TEST_P(Loopback, FilterAnswersAsTheClass) {
  Listener& answers = filter();
  const Blob cloud = TableScene(1).cloud();
  const Message expected = filtered(cloud, false, false, 0.7f);
  ASSERT_GT(expected.width, 5000u);
  ASSERT_LT(expected.width, 90000u);
  ASSERT_LT(expected.width, filtered(cloud).width) << "no point is uncertain";
  const ros::Time stamp = talker->send(cloud);
  expect_answer(answers.wait(stamp), stamp, expected);
}

TEST_P(Loopback, LabelerAnswersAsTheClass) {
  Listener& answers = labeler();
  const Blob cloud = TableScene(2).cloud();
  const ros::Time stamp = talker->send(cloud);
  const auto answer = answers.wait(stamp);
  expect_answer(answer, stamp, labelled(cloud));
  ASSERT_TRUE(answer);
  EXPECT_EQ(names(*answer), (std::vector<std::string>{"x", "y", "z", "label", "confidence"}));
}

TEST_P(Loopback, EveryCloudOfASensorIsAnswered) {
  Listener &kept = filter(), &labels = labeler();
  const Blob cloud = TableScene(3).cloud();
  std::vector<ros::Time> stamps;
  for (int i = 0; i < 15; ++i) {
    stamps.push_back(talker->send(cloud));
    Talker::pause(0.2);
  }
  kept.wait(stamps.back(), 60);
  labels.wait(stamps.back(), 60);
  for (const ros::Time& stamp : stamps) {
    EXPECT_TRUE(kept.wait(stamp, 0)) << "the filter lost " << stamp;
    EXPECT_TRUE(labels.wait(stamp, 0)) << "the labeler lost " << stamp;
  }
}

TEST_P(Loopback, OddCloudsAreAnsweredAndTheNextOneToo) {
  Listener &kept = filter(), &labels = labeler();
  Blob without_z = TableScene(4).cloud();
  without_z.fields.pop_back();
  Blob beyond = TableScene(4).cloud();
  beyond.fields[0].offset = beyond.point_step;  // the record ends there
  const Blob empty = without_points();
  Blob all_nan = TableScene(4).cloud();
  for (std::size_t i = 0; i < all_nan.data.size(); i += 4) std::memcpy(&all_nan.data[i], "\0\0\xc0\x7f", 4);
  const Blob good = TableScene(5).cloud();

  for (const Blob& cloud : {without_z, beyond, empty}) {
    const ros::Time stamp = talker->send(cloud);
    expect_empty(kept.wait(stamp), stamp);
    expect_empty(labels.wait(stamp), stamp);
  }
  const ros::Time nan_stamp = talker->send(all_nan);
  expect_empty(kept.wait(nan_stamp), nan_stamp);
  expect_answer(labels.wait(nan_stamp), nan_stamp, labelled(all_nan));
  const ros::Time stamp = talker->send(good);
  expect_answer(kept.wait(stamp), stamp, filtered(good, false, false, 0.7f));
  expect_answer(labels.wait(stamp), stamp, labelled(good));
}

TEST_P(Loopback, FaultIsReportedOnceInAPeriod) {
  Listener &kept = filter(), &labels = labeler();
  Talker::pause(5.5);  // an earlier report is forgotten
  const auto count = [&](const char* node) { return talker->errors("no field 'z'", name(node)); };
  const int before[] = {count("semantic_filter"), count("semantic_labeler")};
  Blob without_z = TableScene(4).cloud();
  without_z.fields.pop_back();
  for (int i = 0; i < 4; ++i) {
    const ros::Time stamp = talker->send(without_z);
    expect_empty(kept.wait(stamp), stamp);
    expect_empty(labels.wait(stamp), stamp);
  }
  Talker::pause(1);
  EXPECT_EQ(count("semantic_filter") - before[0], 1);
  EXPECT_EQ(count("semantic_labeler") - before[1], 1);
}

TEST_P(Loopback, OrganisationIsReconfigured) {
  Listener& answers = filter();
  const Blob cloud = TableScene(6).cloud();
  for (const bool keep : {true, false}) {
    dynamic_reconfigure::Reconfigure call;
    call.request.config.bools.resize(1);
    call.request.config.bools[0].name = "keep_organized";
    call.request.config.bools[0].value = keep;
    ASSERT_TRUE(ros::service::call(name("semantic_filter") + "/set_parameters", call));
    const ros::Time stamp = talker->send(cloud);
    expect_answer(answers.wait(stamp), stamp, filtered(cloud, false, keep, 0.7f));
  }
}

INSTANTIATE_TEST_SUITE_P(Ros1, Loopback, testing::Values("/nodes", "/nodelets"),
                         [](const auto& of) { return std::string(of.param + 1); });

class Nodelet : public testing::Test {
 protected:
  void TearDown() override { talker->forget(); }
};

TEST_F(Nodelet, HonoursNegativeAndOrganisationFromTheStart) {
  Listener& answers = talker->listen("/nodelets/negative/output");
  const Blob cloud = TableScene(7).cloud();
  const ros::Time stamp = talker->send(cloud);
  const auto answer = answers.wait(stamp);
  expect_answer(answer, stamp, filtered(cloud, true, true));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->height, 300u);
}

TEST_F(Nodelet, HonoursIndicesAndReportsWrongOnes) {
  Listener& answers = talker->listen("/nodelets/of_indices/output");
  const Blob cloud = TableScene(8).cloud();
  const auto thirds = pcl::make_shared<pcl::Indices>();
  for (int i = 0; i < 180000; i += 3) thirds->push_back(i);
  const Message expected = filtered(cloud, false, false, 0, thirds);
  ASSERT_GT(expected.width, 1000u);

  const ros::Time wrong = talker->send(cloud);
  talker->send_indices(wrong, {5, 180000});
  expect_empty(answers.wait(wrong), wrong);
  const ros::Time stamp = talker->send(cloud);
  talker->send_indices(stamp, *thirds);
  expect_answer(answers.wait(stamp), stamp, expected);
  Talker::pause(0.5);
  EXPECT_EQ(talker->errors("index 180000", "/nodelets/of_indices"), 1);
}

struct WrongSetting {
  const char* setting;
  const char* message;
};
void PrintTo(const WrongSetting& wrong, std::ostream* out) { *out << "'" << wrong.setting << "'"; }

class WrongSettings : public testing::TestWithParam<WrongSetting> {
 protected:
  void TearDown() override { talker->forget(); }
  // Parameters stay on the server, so each case has a name of its own.
  static std::string arguments() {
    static int count = 0;
    return " __name:=wrong_" + std::to_string(++count) + " " + GetParam().setting;
  }
};

TEST_P(WrongSettings, EndTheNodeWithASentence) {
  const Finished node = run("timeout 30 rosrun treewalk_ros semantic_filter" + arguments());
  EXPECT_EQ(node.status, 1 << 8) << node.output;
  EXPECT_NE(node.output.find(GetParam().message), std::string::npos) << node.output;
}

TEST_P(WrongSettings, KeepTheNodeletOutOfItsManager) {
  const std::string load = "timeout 30 rosrun nodelet nodelet load treewalk_ros/SemanticFilter ";
  const Finished loading = run(load + "/nodelets/semantic_manager" + arguments());
  EXPECT_NE(loading.status, 0);
  EXPECT_NE(loading.status, 124 << 8) << "it was loaded";
  EXPECT_NE(loading.output.find("Failed to load nodelet"), std::string::npos) << loading.output;
  Listener& others = talker->listen("/nodelets/semantic_filter/output");
  const Blob cloud = TableScene(9).cloud();
  EXPECT_TRUE(others.wait(talker->send(cloud))) << "the manager's other nodelets are gone";
}

INSTANTIATE_TEST_SUITE_P(
    Ros1, WrongSettings,
    testing::Values(WrongSetting{"", "no model is set"}, WrongSetting{"_model:=nothing", "there is no model 'nothing'"},
                    WrongSetting{"_model:=shapes10", "is for classification"},
                    WrongSetting{"_model:=tabletop _classes:=chair", "no class 'chair'; it has table (1), object (2)"},
                    WrongSetting{"_model:=tabletop _threads:=many", "is not a whole number"},
                    WrongSetting{"_model:=tabletop _min_confidence:=7", "a confidence is 0 to 1"},
                    WrongSetting{"_model:=tabletop _device:=tpu", "tpu"}));

}  // namespace
}  // namespace treewalk_ros

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  ros::init(argc, argv, "loopback_test");
  ros::AsyncSpinner spinner(2);
  spinner.start();
  treewalk_ros::model = treewalk::load_model(TREEWALK_MODEL_FOLDER "/tabletop.treewalk");
  treewalk_ros::talker = std::make_unique<treewalk_ros::Talker>(treewalk_ros::without_points());
  const int status = RUN_ALL_TESTS();
  treewalk_ros::talker.reset();
  return status;
}
