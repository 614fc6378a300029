// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "semantic_nodelets.h"

#include <pluginlib/class_list_macros.hpp>

#include "parameters.h"

namespace treewalk_ros {

bool SemanticNodelet::child_init(ros::NodeHandle& node, bool& has_service) {
  has_service = false;  // the base's, which calls config_callback below
  try {
    node.param("error_period", error_period_, error_period_);
    adapter_ = std::make_unique<Adapter>(task_, read_settings(node));
  } catch (const std::exception& error) {
    NODELET_ERROR("[%s] %s", getName().c_str(), error.what());
    timer_ever_subscribed_.stop();  // the loader drops this timer's queue before the nodelet
    throw;
  }
  return true;
}

void SemanticNodelet::filter(const PointCloud2::ConstPtr& input, const IndicesPtr& indices, PointCloud2& output) {
  const auto cloud = pcl::make_shared<pcl::PCLPointCloud2>();
  pcl_conversions::toPCL(*input, *cloud);
  pcl::PCLPointCloud2 result;
  std::string wrong;
  {
    const boost::mutex::scoped_lock lock(mutex_);
    wrong = adapter_->run(cloud, indices, result);
  }
  if (!wrong.empty()) report(wrong);
  pcl_conversions::moveFromPCL(result, output);
  output.header = input->header;  // PCL's stamp has microseconds only
}

// Not NODELET_ERROR_THROTTLE, whose clock all nodelets of a manager would share.
void SemanticNodelet::report(const std::string& wrong) {
  const ros::WallTime now = ros::WallTime::now();
  const boost::mutex::scoped_lock lock(mutex_);
  if (wrong == reported_ && now < reported_at_ + ros::WallDuration(error_period_)) return;
  reported_ = wrong;
  reported_at_ = now;
  NODELET_ERROR("[%s] %s", getName().c_str(), wrong.c_str());
}

void SemanticNodelet::config_callback(pcl_ros::FilterConfig& config, uint32_t /*level*/) {
  const boost::mutex::scoped_lock lock(mutex_);
  tf_input_frame_ = config.input_frame;
  tf_output_frame_ = config.output_frame;
  adapter_->keepOrganized(config.keep_organized);
}

}  // namespace treewalk_ros

PLUGINLIB_EXPORT_CLASS(treewalk_ros::SemanticFilter, nodelet::Nodelet)
PLUGINLIB_EXPORT_CLASS(treewalk_ros::SemanticLabeler, nodelet::Nodelet)
