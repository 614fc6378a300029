// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "../src/run_nodelet.h"
#include "cloud_latency.h"

int main(int argc, char** argv) {
  return treewalk_ros::run_nodelet<treewalk_ros::CloudLatency>(argc, argv, "cloud_latency");
}
