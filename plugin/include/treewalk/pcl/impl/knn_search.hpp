// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/point_representation.h>

#include "treewalk/pcl/knn_search.h"

template <typename PointT>
treewalk::KnnSearch<PointT>::KnnSearch(bool sorted) : Base(sorted), detail::Guarded("KnnSearch") {
  pcl::search::Search<PointT>::name_ = "KnnSearch";
  watchRepresentation();
}

template <typename PointT>
treewalk::KnnSearch<PointT>::KnnSearch(const KnnSearch& other)
    : Base(other), detail::Guarded(other), search_(other.search_), threads_(other.threads_) {
  watchRepresentation();
}

template <typename PointT>
auto treewalk::KnnSearch<PointT>::operator=(const KnnSearch& other) -> KnnSearch& {
  if (this == &other) return *this;
  Base::operator=(other);
  detail::Guarded::operator=(other);
  search_ = other.search_;
  threads_ = other.threads_;
  watchRepresentation();
  return *this;
}

template <typename PointT>
void treewalk::KnnSearch<PointT>::watchRepresentation() {
  const auto watch = pcl::make_shared<Watch>(this);
  watch->setSortedResults(sorted_results_);
  watch->setPointRepresentation(tree_->getPointRepresentation());
  watch->watch(input_);
  tree_ = watch;
}

template <typename PointT>
auto treewalk::KnnSearch<PointT>::setInputCloud(const PointCloudConstPtr& cloud, const IndicesConstPtr& indices)
    -> Done {
  input_ = cloud;
  indices_ = indices;
  static_cast<Watch&>(*tree_).watch(cloud);
  return static_cast<Done>(build());
}

template <typename PointT>
bool treewalk::KnnSearch<PointT>::build() {
  search_.reset();
  if (!input_) {
    this->fail("the cloud to search in is a null pointer");
    return false;
  }
  return this->guarded([&] {
    const auto representation = this->getPointRepresentation();
    if (representation && (representation->getNumberOfDimensions() != 3 || !representation->isTrivial()))
      throw Error(
          "it searches by x, y and z; the point representation that was set has other dimensions or weights, which "
          "pcl::search::KdTree takes");
    std::vector<std::int32_t> subset;
    if (indices_) subset.assign(indices_->begin(), indices_->end());
    search_ = std::make_shared<const PointSearch>(detail::positionsOf(*input_), indices_ ? &subset : nullptr,
                                                  static_cast<int>(threads_));
  });
}

template <typename PointT>
treewalk::detail::SearchQuery treewalk::KnnSearch<PointT>::queryAt(const PointCloud& cloud, pcl::index_t index) const {
  const bool exists = index >= 0 && static_cast<std::size_t>(index) < cloud.size();
  return exists ? detail::SearchQuery(cloud[index]) : detail::SearchQuery();
}

template <typename PointT>
treewalk::detail::SearchQuery treewalk::KnnSearch<PointT>::queryAt(pcl::index_t index) const {
  if (!input_) return detail::SearchQuery();
  if (!indices_) return queryAt(*input_, index);
  if (index < 0 || static_cast<std::size_t>(index) >= indices_->size()) return detail::SearchQuery();
  return queryAt(*input_, (*indices_)[index]);
}

template <typename PointT>
int treewalk::KnnSearch<PointT>::nearestKSearch(const PointT& point, int k, pcl::Indices& k_indices,
                                                std::vector<float>& k_sqr_distances) const {
  return detail::nearestOf(search_.get(), detail::SearchQuery(point), k, k_indices, k_sqr_distances);
}

template <typename PointT>
int treewalk::KnnSearch<PointT>::nearestKSearch(pcl::index_t index, int k, pcl::Indices& k_indices,
                                                std::vector<float>& k_sqr_distances) const {
  return detail::nearestOf(search_.get(), queryAt(index), k, k_indices, k_sqr_distances);
}

template <typename PointT>
int treewalk::KnnSearch<PointT>::nearestKSearch(const PointCloud& cloud, pcl::index_t index, int k,
                                                pcl::Indices& k_indices, std::vector<float>& k_sqr_distances) const {
  return detail::nearestOf(search_.get(), queryAt(cloud, index), k, k_indices, k_sqr_distances);
}

template <typename PointT>
void treewalk::KnnSearch<PointT>::nearestKSearch(const PointCloud& cloud, const pcl::Indices& indices, int k,
                                                 std::vector<pcl::Indices>& k_indices,
                                                 std::vector<std::vector<float>>& k_sqr_distances) const {
  detail::nearestOfMany(search_.get(), detail::queryPositions(cloud, indices), k, threads_, k_indices, k_sqr_distances);
}

template <typename PointT>
int treewalk::KnnSearch<PointT>::radiusSearch(const PointT& point, double radius, pcl::Indices& k_indices,
                                              std::vector<float>& k_sqr_distances, unsigned int max_nn) const {
  return detail::withinOf(search_.get(), detail::SearchQuery(point), radius, sorted_results_, max_nn, k_indices,
                          k_sqr_distances);
}

template <typename PointT>
int treewalk::KnnSearch<PointT>::radiusSearch(pcl::index_t index, double radius, pcl::Indices& k_indices,
                                              std::vector<float>& k_sqr_distances, unsigned int max_nn) const {
  return detail::withinOf(search_.get(), queryAt(index), radius, sorted_results_, max_nn, k_indices, k_sqr_distances);
}

template <typename PointT>
int treewalk::KnnSearch<PointT>::radiusSearch(const PointCloud& cloud, pcl::index_t index, double radius,
                                              pcl::Indices& k_indices, std::vector<float>& k_sqr_distances,
                                              unsigned int max_nn) const {
  return detail::withinOf(search_.get(), queryAt(cloud, index), radius, sorted_results_, max_nn, k_indices,
                          k_sqr_distances);
}

template <typename PointT>
void treewalk::KnnSearch<PointT>::radiusSearch(const PointCloud& cloud, const pcl::Indices& indices, double radius,
                                               std::vector<pcl::Indices>& k_indices,
                                               std::vector<std::vector<float>>& k_sqr_distances,
                                               unsigned int max_nn) const {
  detail::withinOfMany(search_.get(), detail::queryPositions(cloud, indices), radius, sorted_results_, max_nn, threads_,
                       k_indices, k_sqr_distances);
}

#define PCL_INSTANTIATE_KnnSearch(T) template class TREEWALK_EXPORT treewalk::KnnSearch<T>;
