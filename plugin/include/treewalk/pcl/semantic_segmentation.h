// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/PointIndices.h>
#include <pcl/pcl_base.h>
#include <pcl/point_types.h>

#include "treewalk/pcl/semantic_settings.h"

namespace treewalk {

/** \brief SemanticSegmentation labels the points of a cloud by a learned model.
 *
 * \details All of the input cloud is labelled, so that points outside the indices serve as neighbours; the results are
 * those of the points in the indices. When a run fails, all outputs are empty.
 * \ingroup segmentation
 */
template <typename PointT>
class SemanticSegmentation : public pcl::PCLBase<PointT>, public SemanticSettings {
 public:
  using PointCloud = pcl::PointCloud<PointT>;
  using Ptr = pcl::shared_ptr<SemanticSegmentation<PointT>>;
  using ConstPtr = pcl::shared_ptr<const SemanticSegmentation<PointT>>;

  SemanticSegmentation();

  /** \brief Label the points.
   * \param[out] output one point for each of the indices, in their order (without indices: the cloud's organisation),
   * with header and sensor pose of the input. `label` is the class id of a chosen point (see SemanticSettings), and the
   * model's unknown id for the others. */
  void segment(pcl::PointCloud<pcl::PointXYZL>& output);

  /** \brief The chosen points of each class.
   * \param[out] clusters one for each class of \a getClasses, in that order, also where it has no points; ascending
   * indices into the input cloud, and its header. */
  void extract(std::vector<pcl::PointIndices>& clusters);

  /** \brief The model's probability of the class that it gave each point, 0 to 1, in the order of the indices, after
   * \a segment or \a extract; 0 for non-finite points. A point whose confidence is too low keeps it. */
  const std::vector<float>& getConfidence() const { return confidence_; }

 protected:
  using pcl::PCLBase<PointT>::input_;
  using pcl::PCLBase<PointT>::indices_;
  using pcl::PCLBase<PointT>::fake_indices_;
  using pcl::PCLBase<PointT>::initCompute;
  using pcl::PCLBase<PointT>::deinitCompute;

 private:
  bool label(const std::function<void()>& use);

  std::vector<std::uint32_t> label_;  ///< one for each of the indices; the unknown id where the point is not chosen
  std::vector<float> confidence_;
};

/** \brief What of the labels of all points belongs to the queried ones. */
TREEWALK_EXPORT void gatherLabels(const Segmentation& segmentation, const std::vector<std::int8_t>& choice,
                                  const pcl::Indices& queries, std::uint32_t unknown_id,
                                  std::vector<std::uint32_t>& label, std::vector<float>& confidence);

/** \brief One cluster of ascending indices for each class. label: one for each query. */
TREEWALK_EXPORT void gatherClusters(const std::vector<std::uint32_t>& label, const pcl::Indices& queries,
                                    const std::vector<std::uint32_t>& classes, const pcl::PCLHeader& header,
                                    std::vector<pcl::PointIndices>& clusters);

}  // namespace treewalk

#ifdef PCL_NO_PRECOMPILE
#include "treewalk/pcl/impl/semantic_segmentation.hpp"
#endif
