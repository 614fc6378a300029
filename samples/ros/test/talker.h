// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// The test's side of the topics: sends clouds, and waits for the answers with the same stamp.
#pragma once

#include <pcl_conversions/pcl_conversions.h>
#include <pcl_msgs/PointIndices.h>
#include <ros/ros.h>
#include <rosgraph_msgs/Log.h>
#include <sensor_msgs/PointCloud2.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace treewalk_ros {

/// Keeps what arrives on a topic.
class Listener {
 public:
  Listener(ros::NodeHandle& node, const std::string& topic)
      : subscriber_(node.subscribe(topic, 100, &Listener::take, this)) {}

  /// The answer to the cloud of that stamp; null if none comes in time.
  sensor_msgs::PointCloud2ConstPtr wait(const ros::Time& stamp, double seconds = 20) {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto limit = std::chrono::duration<double>(seconds);
    arrived_.wait_for(lock, limit, [&] { return messages_.count(stamp) > 0; });
    const auto found = messages_.find(stamp);
    return found == messages_.end() ? nullptr : found->second;
  }

 private:
  void take(const sensor_msgs::PointCloud2ConstPtr& message) {
    const std::lock_guard<std::mutex> lock(mutex_);
    messages_[message->header.stamp] = message;
    arrived_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::map<ros::Time, sensor_msgs::PointCloud2ConstPtr> messages_;
  ros::Subscriber subscriber_;
};

class Talker {
 public:
  /// empty: a cloud without points that everyone takes.
  explicit Talker(const pcl::PCLPointCloud2& empty)
      : empty_(empty),
        clouds_(node_.advertise<sensor_msgs::PointCloud2>("/cloud", 100)),
        indices_(node_.advertise<pcl_msgs::PointIndices>("/indices", 100)),
        log_(node_.subscribe("/rosout", 1000, &Talker::take, this)) {}

  /// The topic's listener, once whoever answers there does: nodelets subscribe when someone listens to them.
  Listener& listen(const std::string& topic) {
    auto& listener = listeners_[topic];
    if (listener) return *listener;
    listener = std::make_unique<Listener>(node_, topic);
    for (int i = 0; i < 100; ++i) {
      const ros::Time stamp = send(empty_);
      send_indices(stamp, {});
      if (listener->wait(stamp, 0.5)) break;
    }
    return *listener;
  }

  /// Nobody works for topics that nobody listens to.
  void forget() { listeners_.clear(); }

  ros::Time send(const pcl::PCLPointCloud2& cloud) {
    sensor_msgs::PointCloud2 message;
    pcl_conversions::fromPCL(cloud, message);
    message.header.frame_id = "camera";
    message.header.stamp = ros::Time(1000, 123456789) + ros::Duration(++sent_);
    clouds_.publish(message);
    return message.header.stamp;
  }

  void send_indices(const ros::Time& stamp, const std::vector<int>& indices) {
    pcl_msgs::PointIndices message;
    message.header.stamp = stamp;
    message.indices = indices;
    indices_.publish(message);
  }

  /// How often a node has logged an error that holds the text.
  int errors(const std::string& text, const std::string& node) {
    const std::lock_guard<std::mutex> lock(mutex_);
    int count = 0;
    for (const auto& entry : errors_)
      count += entry.find("[" + node + "]") != std::string::npos && entry.find(text) != std::string::npos;
    return count;
  }

  static void pause(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

 private:
  void take(const rosgraph_msgs::LogConstPtr& entry) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (entry->level == rosgraph_msgs::Log::ERROR) errors_.push_back(entry->msg);
  }

  pcl::PCLPointCloud2 empty_;
  ros::NodeHandle node_;
  ros::Publisher clouds_, indices_;
  std::mutex mutex_;
  std::vector<std::string> errors_;
  ros::Subscriber log_;
  std::map<std::string, std::unique_ptr<Listener>> listeners_;
  int sent_ = 0;
};

struct Finished {
  int status = -1;
  std::string output;
};

/// Runs a program to its end.
inline Finished run(const std::string& command) {
  Finished result;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return result;
  std::array<char, 256> buffer;
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) result.output += buffer.data();
  result.status = pclose(pipe);
  return result;
}

}  // namespace treewalk_ros
