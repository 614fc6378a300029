// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "semantic_nodelets.h"

#include <pluginlib/class_list_macros.hpp>

#include "parameters.h"

namespace treewalk_ros {

bool SemanticNodelet::child_init(ros::NodeHandle& node, bool& has_service) {
  has_service = false;  // the base's, which calls config_callback below
  try {
    faults_ = Faults(node.param("error_period", 5.0));
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
  {
    const boost::mutex::scoped_lock lock(mutex_);
    const std::string wrong = adapter_->run(cloud, indices, result);
    if (!wrong.empty() && faults_.isNews(wrong)) NODELET_ERROR("[%s] %s", getName().c_str(), wrong.c_str());
  }
  pcl_conversions::moveFromPCL(result, output);
  output.header = input->header;  // PCL's stamp has microseconds only
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
