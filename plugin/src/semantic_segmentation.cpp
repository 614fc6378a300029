// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/pcl/impl/semantic_segmentation.hpp"

#include <pcl/point_types.h>

#include <algorithm>
#include <pcl/impl/instantiate.hpp>
#include <utility>

namespace treewalk {
namespace {

// An id that none of the classes has.
std::uint32_t nobodys(const std::vector<std::uint32_t>& classes) {
  std::uint32_t id = 0;
  while (std::find(classes.begin(), classes.end(), id) != classes.end()) ++id;
  return id;
}

}  // namespace

void detail::gatherLabels(const Segmentation& segmentation, const std::vector<std::int8_t>& choice,
                          const pcl::Indices& queries, std::uint32_t unknown_id, std::vector<std::uint32_t>& label,
                          std::vector<float>& confidence) {
  label.clear();
  confidence.clear();
  for (const auto query : queries) {
    const auto at = static_cast<std::size_t>(query);
    label.push_back(choice[at] == 1 ? segmentation.label[at] : unknown_id);
    confidence.push_back(choice[at] == -1 ? 0.0f : segmentation.confidence[at]);
  }
}

void detail::gatherClusters(const CloudView& points, const std::vector<std::uint32_t>& label,
                            const pcl::Indices& queries, const pcl::PCLHeader& header, const InstanceOptions& options,
                            std::vector<std::uint32_t>& classes, std::vector<pcl::PointIndices>& clusters) {
  const auto add = [&](std::size_t cluster, pcl::index_t query) { clusters[cluster].indices.push_back(query); };
  if (options.distance == 0) {
    clusters.assign(classes.size(), pcl::PointIndices());
    for (std::size_t i = 0; i < label.size(); ++i) {
      const auto found = std::find(classes.begin(), classes.end(), label[i]);
      if (found != classes.end()) add(static_cast<std::size_t>(found - classes.begin()), queries[i]);
    }
  } else {
    // Points that were not queried have no class here. Where a class's id is the unknown id, the chosen points and the
    // others cannot be told apart, as in the labels of `segment`.
    std::vector<std::uint32_t> all(static_cast<std::size_t>(points.size), nobodys(classes));
    for (std::size_t i = 0; i < label.size(); ++i) all[static_cast<std::size_t>(queries[i])] = label[i];
    const Instances found = find_instances(points, all, classes, options);
    classes = found.label;
    clusters.assign(classes.size(), pcl::PointIndices());
    for (const auto query : queries)
      if (const auto instance = found.instance[static_cast<std::size_t>(query)]; instance >= 0)
        add(static_cast<std::size_t>(instance), query);
  }
  for (pcl::PointIndices& cluster : clusters) {
    cluster.header = header;
    std::sort(cluster.indices.begin(), cluster.indices.end());
  }
}

void detail::gatherNodes(const Clustering& found, const pcl::Indices& queries, const pcl::PCLHeader& header,
                         std::vector<pcl::PointIndices>& clusters) {
  std::vector<pcl::PointIndices> all(found.count);
  for (const auto query : queries)
    if (const auto cluster = found.cluster[static_cast<std::size_t>(query)]; cluster != Clustering::none)
      all[cluster].indices.push_back(query);
  clusters.clear();
  for (pcl::PointIndices& cluster : all) {
    if (cluster.indices.empty()) continue;
    cluster.header = header;
    std::sort(cluster.indices.begin(), cluster.indices.end());
    clusters.push_back(std::move(cluster));
  }
}

}  // namespace treewalk

#ifndef PCL_NO_PRECOMPILE
PCL_INSTANTIATE(SemanticSegmentation, PCL_XYZ_POINT_TYPES)
#endif
