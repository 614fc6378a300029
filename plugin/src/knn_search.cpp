// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/pcl/impl/knn_search.hpp"

#include <pcl/point_types.h>

#include <algorithm>
#include <pcl/impl/instantiate.hpp>
#include <type_traits>

namespace treewalk {
namespace {

// Called millions of times: where PCL's index is ours, the results are written in place.
constexpr bool kSameIndex = std::is_same_v<pcl::index_t, std::int32_t>;

PointSearch::Take intoRows(std::vector<pcl::Indices>& indices, std::vector<std::vector<float>>& squared_distances) {
  return [&](std::int64_t query, const std::int32_t* index, const float* squared_distance, std::int64_t found) {
    const auto at = static_cast<std::size_t>(query);
    indices[at].assign(index, index + found);
    squared_distances[at].assign(squared_distance, squared_distance + found);
  };
}

// Empty rows for all queries.
std::int64_t clearRows(const std::vector<double>& positions, std::vector<pcl::Indices>& indices,
                       std::vector<std::vector<float>>& squared_distances) {
  indices.resize(positions.size() / 3);
  squared_distances.resize(indices.size());
  for (auto& row : indices) row.clear();
  for (auto& row : squared_distances) row.clear();
  return static_cast<std::int64_t>(indices.size());
}

}  // namespace

int detail::nearestOf(const PointSearch* search, const detail::SearchQuery& query, int k, pcl::Indices& indices,
                      std::vector<float>& squared_distances) {
  const std::int64_t points = search == nullptr ? 0 : search->size();
  const auto room = static_cast<std::size_t>(std::min<std::int64_t>(std::max(k, 0), points));
  indices.resize(room);
  squared_distances.resize(room);
  if (room == 0) return 0;
  int found;
  if constexpr (kSameIndex) {
    found = search->nearest(query.position, k, indices.data(), squared_distances.data());
  } else {
    std::vector<std::int32_t> index(room);
    found = search->nearest(query.position, k, index.data(), squared_distances.data());
    std::copy(index.begin(), index.end(), indices.begin());
  }
  indices.resize(static_cast<std::size_t>(found));
  squared_distances.resize(static_cast<std::size_t>(found));
  return found;
}

int detail::withinOf(const PointSearch* search, const detail::SearchQuery& query, double radius, bool sorted,
                     unsigned int most, pcl::Indices& indices, std::vector<float>& squared_distances) {
  indices.clear();
  squared_distances.clear();
  if (search == nullptr) return 0;
  if constexpr (kSameIndex) {
    search->within(query.position, radius, indices, squared_distances, sorted, most);
  } else {
    std::vector<std::int32_t> index;
    search->within(query.position, radius, index, squared_distances, sorted, most);
    indices.assign(index.begin(), index.end());
  }
  return static_cast<int>(indices.size());
}

void detail::nearestOfMany(const PointSearch* search, const std::vector<double>& positions, int k, unsigned int threads,
                           std::vector<pcl::Indices>& indices, std::vector<std::vector<float>>& squared_distances) {
  const std::int64_t queries = clearRows(positions, indices, squared_distances);
  if (search != nullptr)
    search->nearest(positions.data(), queries, k, intoRows(indices, squared_distances), static_cast<int>(threads));
}

void detail::withinOfMany(const PointSearch* search, const std::vector<double>& positions, double radius, bool sorted,
                          unsigned int most, unsigned int threads, std::vector<pcl::Indices>& indices,
                          std::vector<std::vector<float>>& squared_distances) {
  const std::int64_t queries = clearRows(positions, indices, squared_distances);
  if (search != nullptr)
    search->within(positions.data(), queries, radius, intoRows(indices, squared_distances), sorted, most,
                   static_cast<int>(threads));
}

}  // namespace treewalk

#ifndef PCL_NO_PRECOMPILE
PCL_INSTANTIATE(KnnSearch, PCL_XYZ_POINT_TYPES)
#endif
