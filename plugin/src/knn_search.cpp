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

// Where a search of either kind takes a query.
const double* placeOf(const detail::SearchQuery& query) { return query.position; }
const float* placeOf(const float* query) { return query; }
int columnsOf(const PointSearch&) { return 3; }
int columnsOf(const VectorSearch& search) { return search.columns(); }

template <class Search, class Query>
int nearestBy(const Search& search, const Query& query, int k, pcl::Indices& indices,
              std::vector<float>& squared_distances) {
  const auto room = static_cast<std::size_t>(std::min<std::int64_t>(std::max(k, 0), search.size()));
  indices.resize(room);
  squared_distances.resize(room);
  if (room == 0) return 0;
  int found;
  if constexpr (kSameIndex) {
    found = search.nearest(placeOf(query), k, indices.data(), squared_distances.data());
  } else {
    std::vector<std::int32_t> index(room);
    found = search.nearest(placeOf(query), k, index.data(), squared_distances.data());
    std::copy(index.begin(), index.end(), indices.begin());
  }
  indices.resize(static_cast<std::size_t>(found));
  squared_distances.resize(static_cast<std::size_t>(found));
  return found;
}

template <class Search, class Query>
int withinBy(const Search& search, const Query& query, double radius, bool sorted, unsigned int most,
             pcl::Indices& indices, std::vector<float>& squared_distances) {
  if constexpr (kSameIndex) {
    search.within(placeOf(query), radius, indices, squared_distances, sorted, most);
  } else {
    std::vector<std::int32_t> index;
    search.within(placeOf(query), radius, index, squared_distances, sorted, most);
    indices.assign(index.begin(), index.end());
  }
  return static_cast<int>(indices.size());
}

template <class Search, class Number>
std::int64_t numberOf(const Search& search, const std::vector<Number>& queries) {
  return static_cast<std::int64_t>(queries.size()) / columnsOf(search);
}

}  // namespace

int detail::nearestOf(const PointSearch& search, const SearchQuery& query, int k, pcl::Indices& indices,
                      std::vector<float>& squared_distances) {
  return nearestBy(search, query, k, indices, squared_distances);
}
int detail::nearestOf(const VectorSearch& search, const float* query, int k, pcl::Indices& indices,
                      std::vector<float>& squared_distances) {
  return nearestBy(search, query, k, indices, squared_distances);
}

int detail::withinOf(const PointSearch& search, const SearchQuery& query, double radius, bool sorted, unsigned int most,
                     pcl::Indices& indices, std::vector<float>& squared_distances) {
  return withinBy(search, query, radius, sorted, most, indices, squared_distances);
}
int detail::withinOf(const VectorSearch& search, const float* query, double radius, bool sorted, unsigned int most,
                     pcl::Indices& indices, std::vector<float>& squared_distances) {
  return withinBy(search, query, radius, sorted, most, indices, squared_distances);
}

std::vector<SearchField> detail::searchFields(const std::vector<std::string>& names,
                                              const std::vector<double>& weights) {
  if (!weights.empty() && weights.size() != names.size())
    throw Error("there are " + std::to_string(weights.size()) + " weights for " + std::to_string(names.size()) +
                " fields");
  std::vector<SearchField> fields;
  for (std::size_t i = 0; i < names.size(); ++i) fields.push_back({names[i], weights.empty() ? 1 : weights[i]});
  return fields;
}

void detail::clearRows(std::size_t queries, std::vector<pcl::Indices>& indices,
                       std::vector<std::vector<float>>& squared_distances) {
  indices.resize(queries);
  squared_distances.resize(queries);
  for (auto& row : indices) row.clear();
  for (auto& row : squared_distances) row.clear();
}

void detail::nearestOfMany(const PointSearch& search, const std::vector<double>& queries, int k, unsigned int threads,
                           std::vector<pcl::Indices>& indices, std::vector<std::vector<float>>& squared_distances) {
  search.nearest(queries.data(), numberOf(search, queries), k, intoRows(indices, squared_distances),
                 static_cast<int>(threads));
}
void detail::nearestOfMany(const VectorSearch& search, const std::vector<float>& queries, int k, unsigned int threads,
                           std::vector<pcl::Indices>& indices, std::vector<std::vector<float>>& squared_distances) {
  search.nearest(queries.data(), numberOf(search, queries), k, intoRows(indices, squared_distances),
                 static_cast<int>(threads));
}

void detail::withinOfMany(const PointSearch& search, const std::vector<double>& queries, double radius, bool sorted,
                          unsigned int most, unsigned int threads, std::vector<pcl::Indices>& indices,
                          std::vector<std::vector<float>>& squared_distances) {
  search.within(queries.data(), numberOf(search, queries), radius, intoRows(indices, squared_distances), sorted, most,
                static_cast<int>(threads));
}
void detail::withinOfMany(const VectorSearch& search, const std::vector<float>& queries, double radius, bool sorted,
                          unsigned int most, unsigned int threads, std::vector<pcl::Indices>& indices,
                          std::vector<std::vector<float>>& squared_distances) {
  search.within(queries.data(), numberOf(search, queries), radius, intoRows(indices, squared_distances), sorted, most,
                static_cast<int>(threads));
}

}  // namespace treewalk

#ifndef PCL_NO_PRECOMPILE
PCL_INSTANTIATE(KnnSearch, PCL_POINT_TYPES)
#endif
