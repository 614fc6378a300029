// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "cloud_latency.h"

#include <pcl_conversions/pcl_conversions.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <pluginlib/class_list_macros.hpp>

#include "../test/table_scene.h"

namespace treewalk_ros {
namespace {

void pause(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

std::vector<sensor_msgs::PointCloud2> scenes() {
  std::vector<sensor_msgs::PointCloud2> all(8);
  for (unsigned i = 0; i < all.size(); ++i) {
    pcl_conversions::fromPCL(TableScene(i).cloud(), all[i]);
    all[i].header.frame_id = "camera";
  }
  return all;
}

}  // namespace

CloudLatency::~CloudLatency() {
  stopped_ = true;
  if (player_.joinable()) player_.join();
}

void CloudLatency::onInit() {
  const ros::NodeHandle& node = getMTPrivateNodeHandle();
  std::vector<std::string> topics{"/semantic_filter/output", "/semantic_labeler/output"};
  node.getParam("answers", topics);
  publisher_ = getMTPrivateNodeHandle().advertise<sensor_msgs::PointCloud2>("cloud", 25);
  answers_.resize(topics.size());
  for (std::size_t i = 0; i < topics.size(); ++i) {
    answers_[i].topic = topics[i];
    const boost::function<void(const sensor_msgs::PointCloud2ConstPtr&)> take =
        [this, i](const sensor_msgs::PointCloud2ConstPtr& message) { this->take(message, i); };
    answers_[i].subscriber = getMTNodeHandle().subscribe<sensor_msgs::PointCloud2>(topics[i], 25, take);
  }
  player_ = std::thread([this, node] { play(node); });
}

void CloudLatency::take(const sensor_msgs::PointCloud2ConstPtr& message, std::size_t topic) {
  const ros::WallTime now = ros::WallTime::now();
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto sent = sent_at_.find(message->header.stamp);
  if (sent != sent_at_.end()) answers_[topic].seconds[sent->first] = (now - sent->second).toSec();
}

bool CloudLatency::everyone_answers() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::all_of(answers_.begin(), answers_.end(), [](const Answers& of) { return !of.seconds.empty(); });
}

void CloudLatency::play(const ros::NodeHandle& node) {
  const double rate = node.param("rate", 5.0), seconds = node.param("seconds", 60.0);
  const auto clouds = scenes();
  const auto send = [&](std::size_t i) {
    const auto message = boost::make_shared<sensor_msgs::PointCloud2>(clouds[i % clouds.size()]);
    message->header.stamp = ros::Time::now();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      sent_at_[message->header.stamp] = ros::WallTime::now();
    }
    publisher_.publish(message);
  };
  for (std::size_t i = 0; !stopped_ && ros::ok() && !everyone_answers(); ++i) {  // connections take a moment
    send(i);
    pause(1);
  }
  pause(2);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    sent_at_.clear();
    for (Answers& of : answers_) of.seconds.clear();
  }
  const int count = static_cast<int>(rate * seconds);
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < count && !stopped_ && ros::ok(); ++i) {
    std::this_thread::sleep_until(begin + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                              std::chrono::duration<double>(i / rate)));
    send(static_cast<std::size_t>(i));
  }
  pause(10);  // what has not come by now is lost
  if (!stopped_) {
    report(count);
    ros::requestShutdown();
  }
}

void CloudLatency::report(int sent) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const Answers& of : answers_) {
    std::vector<double> ms;
    for (const auto& entry : of.seconds) ms.push_back(1e3 * entry.second);
    std::sort(ms.begin(), ms.end());
    const auto quantile = [&](double q) {
      return ms.empty() ? 0 : ms[static_cast<std::size_t>(q * static_cast<double>(ms.size() - 1))];
    };
    std::printf("%s: %d clouds sent, %d lost; latency %.1f ms (median), %.1f ms (99 %%), %.1f ms (longest)\n",
                of.topic.c_str(), sent, sent - static_cast<int>(ms.size()), quantile(0.5), quantile(0.99), quantile(1));
  }
  std::fflush(stdout);
}

}  // namespace treewalk_ros

PLUGINLIB_EXPORT_CLASS(treewalk_ros::CloudLatency, nodelet::Nodelet)
