// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// remove_objects IN.pcd OUT.pcd [MODEL]: an ordinary PCL pipeline with a learned filter in the middle. It thins an
// airborne scan, keeps its ground, and drops what is left of stray points.
#include <pcl/filters/radius_outlier_removal.h>
#include <pcl/filters/voxel_grid.h>
#include <pcl/io/pcd_io.h>
#include <pcl/point_types.h>
#include <treewalk/pcl/load.h>
#include <treewalk/pcl/semantic_filter.h>

#include <exception>
#include <iostream>

namespace {

using Cloud = pcl::PointCloud<pcl::PointXYZ>;

Cloud::Ptr thin(const Cloud::Ptr& cloud) {
  const auto thinned = pcl::make_shared<Cloud>();
  pcl::VoxelGrid<pcl::PointXYZ> grid;
  grid.setInputCloud(cloud);
  grid.setLeafSize(0.5f, 0.5f, 0.5f);
  grid.filter(*thinned);
  return thinned;
}

Cloud::Ptr keep_ground(const Cloud::Ptr& cloud, const std::string& model) {
  const auto ground = pcl::make_shared<Cloud>();
  treewalk::SemanticFilter<pcl::PointXYZ> filter;
  filter.setInputCloud(cloud);
  filter.setModelFile(model);
  filter.setClasses({"ground"});
  filter.filter(*ground);
  return ground;
}

Cloud::Ptr drop_strays(const Cloud::Ptr& cloud) {
  const auto clean = pcl::make_shared<Cloud>();
  pcl::RadiusOutlierRemoval<pcl::PointXYZ> removal;
  removal.setInputCloud(cloud);
  removal.setRadiusSearch(5.0);
  removal.setMinNeighborsInRadius(2);
  removal.filter(*clean);
  return clean;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) {
    std::cerr << "usage: remove_objects IN.pcd OUT.pcd [MODEL]\n";
    return 2;
  }
  const auto cloud = pcl::make_shared<Cloud>();
  treewalk::loadCloud(argv[1], *cloud);  // double coordinates too, which PCL leaves at zero
  const auto thinned = thin(cloud);
  const auto ground = keep_ground(thinned, argc > 3 ? argv[3] : DEFAULT_MODEL);
  const auto clean = drop_strays(ground);
  std::cout << cloud->size() << " points, " << thinned->size() << " after thinning, " << ground->size()
            << " of them ground, " << clean->size() << " kept\n";
  if (clean->empty()) return 1;
  return pcl::io::savePCDFileBinaryCompressed(argv[2], *clean) == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << "remove_objects: " << error.what() << '\n';
  return 1;
}
