// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// 01_filter_a_cloud IN OUT.pcd MODEL: keeps the ground of an airborne scan, by a model such as terrain.
#include <pcl/io/pcd_io.h>
#include <pcl/point_types.h>
#include <treewalk/pcl/load.h>
#include <treewalk/pcl/semantic_filter.h>

#include <exception>
#include <iostream>

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: 01_filter_a_cloud IN OUT.pcd MODEL\n";
    return 2;
  }
  auto cloud = pcl::make_shared<pcl::PointCloud<pcl::PointXYZ>>();
  treewalk::loadCloud(argv[1], *cloud);
  treewalk::SemanticFilter<pcl::PointXYZ> filter;
  filter.setModelFile(argv[3]);
  filter.setClasses({"ground"});
  filter.setMinConfidence(0.7f);
  filter.setInputCloud(cloud);
  pcl::PointCloud<pcl::PointXYZ> ground;
  filter.filter(ground);
  if (ground.empty()) throw treewalk::Error("no point is ground: " + filter.getErrorMessage());
  return pcl::io::savePCDFileBinaryCompressed(argv[2], ground) == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << "01_filter_a_cloud: " << error.what() << '\n';
  return 1;
}
