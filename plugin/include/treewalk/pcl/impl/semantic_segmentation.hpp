// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/exceptions.h>

#include <cmath>

#include "treewalk/pcl/conversions.h"
#include "treewalk/pcl/semantic_segmentation.h"

template <typename PointT>
treewalk::SemanticSegmentation<PointT>::SemanticSegmentation() : SemanticSettings("SemanticSegmentation") {}

template <typename PointT>
bool treewalk::SemanticSegmentation<PointT>::run(const std::function<void(const CloudView&)>& work) {
  label_.clear();
  confidence_.clear();
  if (!initCompute()) {
    this->fail("no input cloud was set");
    return false;
  }
  const bool done = this->guarded([&] {
    if (!fake_indices_) detail::checkIndices(*indices_, input_->size());
    work(viewOf(*input_));
  });
  deinitCompute();
  return done;
}

template <typename PointT>
bool treewalk::SemanticSegmentation<PointT>::label(const std::function<void(const CloudView&)>& use) {
  return run([&](const CloudView& view) {
    const Segmentation segmentation = this->segmentAll(view);
    detail::gatherLabels(segmentation, this->choose(view, segmentation), *indices_, this->info().unknown_id, label_,
                         confidence_);
    use(view);
  });
}

template <typename PointT>
void treewalk::SemanticSegmentation<PointT>::segment(pcl::PointCloud<pcl::PointXYZL>& output) {
  pcl::PointCloud<pcl::PointXYZL> result;
  const bool in_place = static_cast<const void*>(&output) == static_cast<const void*>(input_.get());
  if (!in_place) output.clear();  // in case of an exception
  label([&](const CloudView&) {
    result.header = input_->header;
    result.sensor_origin_ = input_->sensor_origin_;
    result.sensor_orientation_ = input_->sensor_orientation_;
    result.resize(indices_->size());
    result.width = fake_indices_ ? input_->width : static_cast<std::uint32_t>(indices_->size());
    result.height = fake_indices_ ? input_->height : 1;
    result.is_dense = true;
    for (std::size_t i = 0; i < indices_->size(); ++i) {
      const PointT& from = (*input_)[(*indices_)[i]];
      auto& to = result[i];
      to.x = from.x;
      to.y = from.y;
      to.z = from.z;
      to.label = label_[i];
      if (!std::isfinite(to.x) || !std::isfinite(to.y) || !std::isfinite(to.z)) result.is_dense = false;
    }
  });
  output = std::move(result);
}

template <typename PointT>
void treewalk::SemanticSegmentation<PointT>::extract(std::vector<pcl::PointIndices>& clusters) {
  clusters.clear();
  cluster_classes_.clear();
  const bool done = label([&](const CloudView& view) {
    cluster_classes_ = this->getClasses();
    InstanceOptions options = instances_;
    options.threads = static_cast<int>(this->getNumberOfThreads());
    detail::gatherClusters(view, label_, *indices_, input_->header, options, cluster_classes_, clusters);
  });
  if (done) return;
  clusters.clear();
  cluster_classes_.clear();
}

template <typename PointT>
void treewalk::SemanticSegmentation<PointT>::getClusters(int level, std::vector<pcl::PointIndices>& clusters) {
  clusters.clear();
  cluster_classes_.clear();
  const bool done = run([&](const CloudView& view) {
    detail::gatherNodes(this->clustersOfAll(view, level), *indices_, input_->header, clusters);
  });
  if (!done) clusters.clear();
}

template <typename PointT>
void treewalk::SemanticSegmentation<PointT>::setClusterTolerance(double tolerance) {
  if (!(tolerance >= 0) || !std::isfinite(tolerance))
    PCL_THROW_EXCEPTION(
        pcl::BadArgumentException,
        "[treewalk::SemanticSegmentation::setClusterTolerance] a distance is 0 or more, not " << tolerance);
  instances_.distance = tolerance;
}

#define PCL_INSTANTIATE_SemanticSegmentation(T) template class TREEWALK_EXPORT treewalk::SemanticSegmentation<T>;
