// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/common/io.h>

#include "treewalk/pcl/conversions.h"
#include "treewalk/pcl/semantic_filter.h"

template <typename PointT>
treewalk::SemanticFilter<PointT>::SemanticFilter(bool extract_removed_indices)
    : pcl::FilterIndices<PointT>(extract_removed_indices), SemanticSettings("SemanticFilter") {
  filter_name_ = "SemanticFilter";
}

template <typename PointT>
void treewalk::SemanticFilter<PointT>::applyFilter(pcl::Indices& indices) {
  indices.clear();
  removed_indices_->clear();
  pcl::Indices removed;
  const bool done = this->guarded([&] {
    if (!fake_indices_) detail::checkIndices(*indices_, input_->size());
    const CloudView view = viewOf(*input_);
    detail::splitIndices(this->choose(view, this->segmentAll(view)), *indices_, negative_, indices, removed);
  });
  if (done && extract_removed_indices_) removed_indices_->swap(removed);
}

template <typename PointT>
void treewalk::SemanticFilter<PointT>::applyFilter(PointCloud& output) {
  output.points.clear();  // in case of an exception
  output.width = output.height = 0;
  if (keep_organized_) {
    pcl::FilterIndices<PointT>::applyFilter(output);
    if (!this->getErrorMessage().empty()) output.clear();
    output.is_dense = isDense(viewOf(output));
    return;
  }
  pcl::Indices indices;
  applyFilter(indices);
  pcl::copyPointCloud(*input_, indices, output);
  output.is_dense = true;
}

#define PCL_INSTANTIATE_SemanticFilter(T) template class TREEWALK_EXPORT treewalk::SemanticFilter<T>;
