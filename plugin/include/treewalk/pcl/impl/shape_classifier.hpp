// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "treewalk/pcl/shape_classifier.h"

template <typename PointT>
void treewalk::ShapeClassifier<PointT>::classify(std::vector<ClassScore>& scores) {
  scores.clear();
  if (!initCompute()) return this->fail("no input cloud was set");
  this->guarded([&] {
    Cloud storage;
    scores = this->classifyAll(detail::viewOfInput(*input_, *indices_, fake_indices_, storage));
  });
  deinitCompute();
}

#define PCL_INSTANTIATE_ShapeClassifier(T) template class TREEWALK_EXPORT treewalk::ShapeClassifier<T>;
