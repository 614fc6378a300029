// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// 01_filter_a_cloud IN.pcd OUT.pcd terrain.treewalk: keeps the ground of an airborne scan.
#include <pcl/io/pcd_io.h>
#include <pcl/point_types.h>
#include <treewalk/pcl/semantic_filter.h>

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  auto cloud = pcl::make_shared<pcl::PointCloud<pcl::PointXYZ>>();
  pcl::io::loadPCDFile(argv[1], *cloud);
  treewalk::SemanticFilter<pcl::PointXYZ> filter;
  filter.setModelFile(argv[3]);
  filter.setClasses({"ground"});
  filter.setMinConfidence(0.7f);
  filter.setInputCloud(cloud);
  pcl::PointCloud<pcl::PointXYZ> ground;
  filter.filter(ground);
  return pcl::io::savePCDFileBinaryCompressed(argv[2], ground);
}
