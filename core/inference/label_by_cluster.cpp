// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "treewalk/session.h"

namespace treewalk {

void label_by_cluster(const Clustering& clusters, const ModelInfo& info, Segmentation& segmentation) {
  const auto points = segmentation.label.size(), classes = info.classes.size();
  if (clusters.cluster.size() != points)
    throw Error("there are clusters of " + std::to_string(clusters.cluster.size()) + " points, and labels of " +
                std::to_string(points) + ": they are not of one cloud");
  if (segmentation.probability.size() != points * classes)
    throw Error("labels by cluster need the probabilities of all classes; set RunOptions::probabilities");
  std::vector<double> sum(clusters.count * classes), members(clusters.count);
  for (std::size_t i = 0; i < points; ++i) {
    if (clusters.cluster[i] == Clustering::none) continue;
    const std::size_t cluster = clusters.cluster[i];
    ++members[cluster];
    for (std::size_t c = 0; c < classes; ++c)
      sum[cluster * classes + c] += static_cast<double>(segmentation.probability[i * classes + c]);
  }
  const double certainty =
      segmentation.categories.empty() ? 1 : static_cast<double>(segmentation.categories.front().probability);
  for (std::size_t i = 0; i < points; ++i) {
    if (clusters.cluster[i] == Clustering::none) continue;
    const auto own = sum.begin() + static_cast<std::ptrdiff_t>(clusters.cluster[i] * classes);
    const auto best = std::max_element(own, own + static_cast<std::ptrdiff_t>(classes));
    segmentation.label[i] = info.classes[static_cast<std::size_t>(best - own)].id;
    segmentation.confidence[i] = static_cast<float>(certainty * *best / members[clusters.cluster[i]]);
  }
}

}  // namespace treewalk
