// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "run_nodelet.h"
#include "semantic_nodelets.h"

int main(int argc, char** argv) {
  return treewalk_ros::run_nodelet<treewalk_ros::SemanticFilter>(argc, argv, "semantic_filter");
}
