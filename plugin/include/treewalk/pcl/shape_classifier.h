// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/pcl_base.h>

#include "treewalk/pcl/semantic_settings.h"

namespace treewalk {

/** \brief ShapeClassifier says what a whole cloud is, by a learned model.
 *
 * \details Where indices are set, the cloud is the points in them, of which the position alone is used.
 * \ingroup segmentation
 */
template <typename PointT>
class TREEWALK_EXPORT ShapeClassifier : public pcl::PCLBase<PointT>, public SemanticSettings {
 public:
  using PointCloud = pcl::PointCloud<PointT>;                       ///< what the input is
  using Ptr = pcl::shared_ptr<ShapeClassifier<PointT>>;             ///< shared
  using ConstPtr = pcl::shared_ptr<const ShapeClassifier<PointT>>;  ///< shared, and only read

  /** \brief Neither input nor model is set. */
  ShapeClassifier() : SemanticSettings("ShapeClassifier") {}

  /** \brief Score the classes.
   * \param[out] scores the classes of \a setClasses (by default all) that have at least the confidence of
   * \a setMinConfidence, best first; none for a cloud without a finite point, or when the run failed. */
  void classify(std::vector<ClassScore>& scores);

 protected:
  using pcl::PCLBase<PointT>::input_;
  using pcl::PCLBase<PointT>::indices_;
  using pcl::PCLBase<PointT>::fake_indices_;
  using pcl::PCLBase<PointT>::initCompute;
  using pcl::PCLBase<PointT>::deinitCompute;
};

}  // namespace treewalk

#ifdef PCL_NO_PRECOMPILE
#include "treewalk/pcl/impl/shape_classifier.hpp"
#endif
