// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "treewalk/pcl/knn_graph.h"

template <typename PointT>
void treewalk::KnnGraph<PointT>::compute(KnnGraphArrays& graph) {
  graph = KnnGraphArrays();
  if (!initCompute()) return this->fail("no input cloud was set");
  this->guarded([&] {
    Cloud storage;
    if (!names_.empty() || !weights_.empty()) {
      const CloudView all = view_(*input_);
      if (!fake_indices_) storage = detail::gatherRecords(all, *indices_);
      graph = knn_graph(fake_indices_ ? all : storage.view(), detail::searchFields(names_, weights_), k_, kind_,
                        static_cast<int>(threads_));
      return;
    }
    graph = knn_graph(detail::positionsOfInput(*input_, *indices_, fake_indices_, storage), k_, kind_,
                      static_cast<int>(threads_));
  });
  deinitCompute();
}

#define PCL_INSTANTIATE_KnnGraph(T) template class TREEWALK_EXPORT treewalk::KnnGraph<T>;
