// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl_ros/filters/filter.h>

#include <memory>

#include "../adapter/adapter.h"
#include "../adapter/faults.h"

namespace treewalk_ros {

/** \brief A filter of pcl_ros whose work the adapter does: topics, indices, frames, lazy subscription and dynamic
 * reconfigure are those of the base. */
class SemanticNodelet : public pcl_ros::Filter {
 protected:
  explicit SemanticNodelet(Task task) : task_(task) {
    max_queue_size_ = 25;  // unless ~max_queue_size says otherwise: five seconds of a sensor at 5 Hz
  }

  /** Throws where the settings are wrong: the loader drops the nodelet then, while one that returned false would stay,
   * without topics. */
  bool child_init(ros::NodeHandle& node, bool& has_service) override;
  void filter(const PointCloud2::ConstPtr& input, const IndicesPtr& indices, PointCloud2& output) override;

 private:
  void config_callback(pcl_ros::FilterConfig& config, uint32_t level) override;

  Task task_;
  std::unique_ptr<Adapter> adapter_;
  Faults faults_{5};
};

/** \brief Keeps or removes the points of chosen classes. */
class SemanticFilter : public SemanticNodelet {
 public:
  SemanticFilter() : SemanticNodelet(Task::filter) {}
};

/** \brief Appends `label` and `confidence` to every point. */
class SemanticLabeler : public SemanticNodelet {
 public:
  SemanticLabeler() : SemanticNodelet(Task::label) {}
};

}  // namespace treewalk_ros
