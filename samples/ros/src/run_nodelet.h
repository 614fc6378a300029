// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <nodelet/loader.h>
#include <nodelet/nodelet.h>
#include <ros/ros.h>
#include <treewalk/memory.h>

#include <string>
#include <vector>

namespace treewalk_ros {

/// A node that is one nodelet. Its topics and parameters are those of the node. The status is 1 where the nodelet could
/// not start; it has said why.
template <class Nodelet>
int run_nodelet(int argc, char** argv, const std::string& name) {
  ros::init(argc, argv, name);
  treewalk::keep_freed_memory();  // one scene after another
  const boost::function<boost::shared_ptr<nodelet::Nodelet>(const std::string&)> make = [](const std::string&) {
    return boost::shared_ptr<nodelet::Nodelet>(new Nodelet);
  };
  nodelet::Loader loader(make);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!loader.load(ros::this_node::getName(), name, ros::names::getRemappings(), arguments)) return 1;
  ros::spin();
  return 0;
}

}  // namespace treewalk_ros
