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
    : Base(other), detail::Guarded("KnnSearch"), threads_(other.threads_) {
  copySearch(other);
}

template <typename PointT>
auto treewalk::KnnSearch<PointT>::operator=(const KnnSearch& other) -> KnnSearch& {
  if (this == &other) return *this;
  Base::operator=(other);
  threads_ = other.threads_;
  copySearch(other);
  return *this;
}

template <typename PointT>
void treewalk::KnnSearch<PointT>::copySearch(const KnnSearch& other) {
  const std::lock_guard<std::mutex> lock(other.mending_);  // another thread's first query may make its search anew
  detail::Guarded::operator=(other);
  kept_.clear();
  if (other.searched_ != nullptr) kept_.push_back(other.kept_.back());
  searched_ = kept_.empty() ? nullptr : kept_.back().get();
  watchRepresentation();
  stale_ = other.stale_.load();
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
void treewalk::KnnSearch<PointT>::noteRepresentation() {
  const Searched* searched = searched_;
  stale_ =
      !(searched != nullptr && searched->points && searched->fits() && Searched::plain(this->getPointRepresentation()));
  if (kept_.size() > 1) kept_.erase(kept_.begin(), kept_.end() - 1);
}

template <typename PointT>
auto treewalk::KnnSearch<PointT>::setInputCloud(const PointCloudConstPtr& cloud, const IndicesConstPtr& indices)
    -> Done {
  input_ = cloud;
  indices_ = indices;
  static_cast<Watch&>(*tree_).watch(cloud);
  searched_ = nullptr;
  kept_.clear();
  stale_ = false;
  return static_cast<Done>(build());
}

template <typename PointT>
bool treewalk::KnnSearch<PointT>::build() {
  const auto made = std::make_shared<Searched>();
  const bool well = input_ && this->guarded([&] {
    made->representation = this->getPointRepresentation();
    const auto& representation = made->representation;
    if (representation) made->trivial = representation->isTrivial();
    if (representation) made->columns = representation->getNumberOfDimensions();
    made->as_is = representation && Searched::asIs(*representation);
    const auto subset =
        indices_ ? std::vector<std::int32_t>(indices_->begin(), indices_->end()) : std::vector<std::int32_t>();
    const auto* const some = indices_ ? &subset : nullptr;
    const auto threads = static_cast<int>(threads_);
    if constexpr (detail::HasPosition<PointT>::value) {
      if (Searched::plain(representation))
        made->points = std::make_shared<const PointSearch>(detail::positionsOf(*input_), some, threads);
    }
    if (made->points) return;
    if (!representation) throw Error("the points have no x, y and z, and no point representation was set");
    if (made->columns < 1)
      throw Error("the point representation has " + std::to_string(made->columns) + " dimensions; it needs at least 1");
    const std::vector<float> rows = detail::queryRows(*input_, pcl::Indices(), *representation, made->as_is);
    made->rows = std::make_shared<const VectorSearch>(rows.data(), static_cast<std::int64_t>(input_->size()),
                                                      made->columns, some, threads);
  });
  if (!input_) this->fail("the cloud to search in is a null pointer");
  if (well) kept_.push_back(made);
  searched_.store(well ? made.get() : nullptr, std::memory_order_release);
  return well;
}

template <typename PointT>
auto treewalk::KnnSearch<PointT>::current() const -> const Searched* {
  const Searched* searched = nullptr;
  const auto fresh = [&] {  // the flag before the search: it is lowered after the new one is there
    if (stale_.load(std::memory_order_acquire)) return false;
    searched = searched_.load(std::memory_order_acquire);
    return searched == nullptr || searched->fits();
  };
  if (fresh()) return searched;
  const std::lock_guard<std::mutex> lock(mending_);  // who asks first makes it, and the others wait
  if (!fresh()) {
    auto* const self = const_cast<KnnSearch*>(this);
    self->build();
    self->stale_.store(false, std::memory_order_release);
  }
  return searched_;
}

template <typename PointT>
const PointT* treewalk::KnnSearch<PointT>::pointAt(const PointCloud& cloud, pcl::index_t index) {
  return index >= 0 && static_cast<std::size_t>(index) < cloud.size() ? &cloud[index] : nullptr;
}

template <typename PointT>
const PointT* treewalk::KnnSearch<PointT>::pointAt(pcl::index_t index) const {
  if (!input_) return nullptr;
  if (!indices_) return pointAt(*input_, index);
  if (index < 0 || static_cast<std::size_t>(index) >= indices_->size()) return nullptr;
  return pointAt(*input_, (*indices_)[index]);
}

template <typename PointT>
template <class Ask>
int treewalk::KnnSearch<PointT>::ask(const PointT* point, pcl::Indices& indices, std::vector<float>& squared_distances,
                                     const Ask& ask) const {
  const Searched* searched = current();
  if (point != nullptr && searched != nullptr) {
    if constexpr (detail::HasPosition<PointT>::value) {
      if (searched->points) return ask(*searched->points, detail::SearchQuery(*point));
    }
    const detail::RowOf<PointT> row(*searched->representation, searched->as_is, *point);
    return ask(*searched->rows, row.get());
  }
  indices.clear();
  squared_distances.clear();
  return 0;
}

template <typename PointT>
template <class Ask>
void treewalk::KnnSearch<PointT>::askForMany(const PointCloud& cloud, const pcl::Indices& indices,
                                             const Ask& ask) const {
  const Searched* searched = current();
  if (searched == nullptr) return;
  if constexpr (detail::HasPosition<PointT>::value) {
    if (searched->points) return ask(*searched->points, detail::queryPositions(cloud, indices));
  }
  ask(*searched->rows, detail::queryRows(cloud, indices, *searched->representation, searched->as_is));
}

template <typename PointT>
int treewalk::KnnSearch<PointT>::nearestKSearch(const PointT& point, int k, pcl::Indices& k_indices,
                                                std::vector<float>& k_sqr_distances) const {
  return ask(&point, k_indices, k_sqr_distances, [&](const auto& search, const auto& query) {
    return detail::nearestOf(search, query, k, k_indices, k_sqr_distances);
  });
}

template <typename PointT>
int treewalk::KnnSearch<PointT>::nearestKSearch(pcl::index_t index, int k, pcl::Indices& k_indices,
                                                std::vector<float>& k_sqr_distances) const {
  return ask(pointAt(index), k_indices, k_sqr_distances, [&](const auto& search, const auto& query) {
    return detail::nearestOf(search, query, k, k_indices, k_sqr_distances);
  });
}

template <typename PointT>
int treewalk::KnnSearch<PointT>::nearestKSearch(const PointCloud& cloud, pcl::index_t index, int k,
                                                pcl::Indices& k_indices, std::vector<float>& k_sqr_distances) const {
  return ask(pointAt(cloud, index), k_indices, k_sqr_distances, [&](const auto& search, const auto& query) {
    return detail::nearestOf(search, query, k, k_indices, k_sqr_distances);
  });
}

template <typename PointT>
void treewalk::KnnSearch<PointT>::nearestKSearch(const PointCloud& cloud, const pcl::Indices& indices, int k,
                                                 std::vector<pcl::Indices>& k_indices,
                                                 std::vector<std::vector<float>>& k_sqr_distances) const {
  detail::clearRows(indices.empty() ? cloud.size() : indices.size(), k_indices, k_sqr_distances);
  askForMany(cloud, indices, [&](const auto& search, const auto& queries) {
    detail::nearestOfMany(search, queries, k, threads_, k_indices, k_sqr_distances);
  });
}

template <typename PointT>
int treewalk::KnnSearch<PointT>::radiusSearch(const PointT& point, double radius, pcl::Indices& k_indices,
                                              std::vector<float>& k_sqr_distances, unsigned int max_nn) const {
  return ask(&point, k_indices, k_sqr_distances, [&](const auto& search, const auto& query) {
    return detail::withinOf(search, query, radius, sorted_results_, max_nn, k_indices, k_sqr_distances);
  });
}

template <typename PointT>
int treewalk::KnnSearch<PointT>::radiusSearch(pcl::index_t index, double radius, pcl::Indices& k_indices,
                                              std::vector<float>& k_sqr_distances, unsigned int max_nn) const {
  return ask(pointAt(index), k_indices, k_sqr_distances, [&](const auto& search, const auto& query) {
    return detail::withinOf(search, query, radius, sorted_results_, max_nn, k_indices, k_sqr_distances);
  });
}

template <typename PointT>
int treewalk::KnnSearch<PointT>::radiusSearch(const PointCloud& cloud, pcl::index_t index, double radius,
                                              pcl::Indices& k_indices, std::vector<float>& k_sqr_distances,
                                              unsigned int max_nn) const {
  return ask(pointAt(cloud, index), k_indices, k_sqr_distances, [&](const auto& search, const auto& query) {
    return detail::withinOf(search, query, radius, sorted_results_, max_nn, k_indices, k_sqr_distances);
  });
}

template <typename PointT>
void treewalk::KnnSearch<PointT>::radiusSearch(const PointCloud& cloud, const pcl::Indices& indices, double radius,
                                               std::vector<pcl::Indices>& k_indices,
                                               std::vector<std::vector<float>>& k_sqr_distances,
                                               unsigned int max_nn) const {
  detail::clearRows(indices.empty() ? cloud.size() : indices.size(), k_indices, k_sqr_distances);
  askForMany(cloud, indices, [&](const auto& search, const auto& queries) {
    detail::withinOfMany(search, queries, radius, sorted_results_, max_nn, threads_, k_indices, k_sqr_distances);
  });
}

#define PCL_INSTANTIATE_KnnSearch(T) template class TREEWALK_EXPORT treewalk::KnnSearch<T>;
