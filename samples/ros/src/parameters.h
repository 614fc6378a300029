// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ros/node_handle.h>

#include "../adapter/adapter.h"

namespace treewalk_ros {

/// The settings from the parameter server; those that are not set keep their defaults. `keep_organized` is left to
/// dynamic reconfigure. Throws treewalk::Error for a parameter of the wrong type.
Settings read_settings(const ros::NodeHandle& node);

}  // namespace treewalk_ros
