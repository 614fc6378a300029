// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/pcl/impl/semantic_segmentation.hpp"

#include <pcl/point_types.h>

#include <algorithm>
#include <pcl/impl/instantiate.hpp>

namespace treewalk {

void gatherLabels(const Segmentation& segmentation, const std::vector<std::int8_t>& choice, const pcl::Indices& queries,
                  std::uint32_t unknown_id, std::vector<std::uint32_t>& label, std::vector<float>& confidence) {
  label.clear();
  confidence.clear();
  for (const auto query : queries) {
    const auto at = static_cast<std::size_t>(query);
    label.push_back(choice[at] == 1 ? segmentation.label[at] : unknown_id);
    confidence.push_back(choice[at] == -1 ? 0.0f : segmentation.confidence[at]);
  }
}

void gatherClusters(const std::vector<std::uint32_t>& label, const pcl::Indices& queries,
                    const std::vector<std::uint32_t>& classes, const pcl::PCLHeader& header,
                    std::vector<pcl::PointIndices>& clusters) {
  clusters.assign(classes.size(), pcl::PointIndices());
  for (std::size_t i = 0; i < label.size(); ++i) {
    const auto found = std::find(classes.begin(), classes.end(), label[i]);
    if (found != classes.end())
      clusters[static_cast<std::size_t>(found - classes.begin())].indices.push_back(queries[i]);
  }
  for (pcl::PointIndices& cluster : clusters) {
    cluster.header = header;
    std::sort(cluster.indices.begin(), cluster.indices.end());
  }
}

}  // namespace treewalk

#ifndef PCL_NO_PRECOMPILE
PCL_INSTANTIATE(SemanticSegmentation, PCL_XYZ_POINT_TYPES)
#endif
