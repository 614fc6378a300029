// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <nodelet/nodelet.h>
#include <ros/ros.h>
#include <sensor_msgs/PointCloud2.h>

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace treewalk_ros {

/** \brief Plays a sensor: publishes clouds of a table on `~cloud`, listens to the topics in `~answers`, and says how
 * long the answers took and how many never came. In a manager together with what it measures no cloud is copied between
 * them; ROS is shut down when it is done. */
class CloudLatency : public nodelet::Nodelet {
 public:
  ~CloudLatency() override;

 private:
  struct Answers {
    std::string topic;
    ros::Subscriber subscriber;
    std::map<ros::Time, double> seconds;  ///< by the cloud's stamp
  };

  void onInit() override;
  void take(const sensor_msgs::PointCloud2ConstPtr& message, std::size_t topic);
  void play(const ros::NodeHandle& node);
  bool everyone_answers();
  void report(int sent);

  std::atomic<bool> stopped_{false};
  ros::Publisher publisher_;
  std::mutex mutex_;
  std::vector<Answers> answers_;
  std::map<ros::Time, ros::WallTime> sent_at_;
  std::thread player_;
};

}  // namespace treewalk_ros
