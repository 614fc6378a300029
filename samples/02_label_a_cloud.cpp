// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// 02_label_a_cloud IN OUT.pcd MODEL.treewalk: labels every point, and counts the points of each class. The model is
// loaded once and may be shared by any number of objects and threads.
#include <pcl/io/pcd_io.h>
#include <pcl/point_types.h>
#include <treewalk/pcl/load.h>
#include <treewalk/pcl/semantic_segmentation.h>

#include <exception>
#include <iostream>

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: 02_label_a_cloud IN OUT.pcd MODEL.treewalk\n";
    return 2;
  }
  auto cloud = pcl::make_shared<pcl::PointCloud<pcl::PointXYZ>>();
  treewalk::loadCloud(argv[1], *cloud);
  const auto model = treewalk::load_model(argv[3]);

  treewalk::SemanticSegmentation<pcl::PointXYZ> segmentation;
  segmentation.setModel(model);
  segmentation.setInputCloud(cloud);
  pcl::PointCloud<pcl::PointXYZL> labelled;
  segmentation.segment(labelled);

  for (const auto& entry : treewalk::model_info(*model).classes) {
    std::size_t count = 0;
    for (const auto& point : labelled) count += point.label == entry.id;
    std::cout << entry.name << ": " << count << " points\n";
  }
  return pcl::io::savePCDFileBinaryCompressed(argv[2], labelled) == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << "02_label_a_cloud: " << error.what() << '\n';
  return 1;
}
