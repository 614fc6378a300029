// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/point_cloud.h>
#include <pcl/point_types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace treewalk {

/// Rows to search among.
struct VectorSet {
  int columns = 0;
  std::vector<float> row;  ///< [size,columns]
  std::int64_t size() const { return static_cast<std::int64_t>(row.size()) / columns; }
};

/// Rows of many kinds, most of them out of one coloured cloud.
class VectorSets {
 public:
  explicit VectorSets(const std::string& cloud_file);
  struct Named {
    std::string name;
    std::int64_t most;         ///< rows; fewer where the cloud has fewer points
    std::vector<int> numbers;  ///< of neighbours to look for
  };
  std::vector<Named> names() const;
  VectorSet make(const Named& set) const;

 private:
  using Cloud = pcl::PointCloud<pcl::PointXYZRGB>;
  Cloud::Ptr some(std::int64_t most) const;
  VectorSet descriptors(const Cloud::Ptr& cloud, const Cloud::Ptr& at, bool shot) const;
  Cloud::Ptr cloud_;
};

}  // namespace treewalk
