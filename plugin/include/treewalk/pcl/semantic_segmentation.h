// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/PointIndices.h>
#include <pcl/pcl_base.h>
#include <pcl/point_types.h>

#include "treewalk/instances.h"
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

  /** \brief The chosen points of each class, or, with a cluster tolerance, of each single object.
   * \param[out] clusters ascending indices into the input cloud, and its header. One for each class of \a getClasses,
   * in that order, also where it has no points; or the instances of these classes, in that order, larger ones first. */
  void extract(std::vector<pcl::PointIndices>& clusters);
  /** \brief The class id of each cluster of the last \a extract. */
  const std::vector<std::uint32_t>& getClusterClasses() const { return cluster_classes_; }

  /** \brief Chosen points of a class that are at most so far apart, in the cloud's units, belong to one object, through
   * any number of points between them (connected components of the graph of the nearest neighbours within the class).
   * 0 (default): \a extract does not tell objects of one class apart.
   * \throws pcl::BadArgumentException for a negative or infinite tolerance. */
  void setClusterTolerance(double tolerance);
  double getClusterTolerance() const { return instances_.distance; }
  /** \brief Points that an object has at least (default 1); smaller ones are left out. */
  void setMinClusterSize(pcl::uindex_t min_cluster_size) { instances_.least = min_cluster_size; }
  pcl::uindex_t getMinClusterSize() const { return static_cast<pcl::uindex_t>(instances_.least); }
  /** \brief Points that an object has at most; 0 (default): no limit. */
  void setMaxClusterSize(pcl::uindex_t max_cluster_size) { instances_.most = max_cluster_size; }
  pcl::uindex_t getMaxClusterSize() const { return static_cast<pcl::uindex_t>(instances_.most); }
  /** \brief Nearest neighbours that a point is joined to, at least 1 (default 16). */
  void setNumberOfNeighbours(unsigned int neighbours) { instances_.neighbours = static_cast<int>(neighbours); }
  unsigned int getNumberOfNeighbours() const { return static_cast<unsigned int>(instances_.neighbours); }

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
  bool label(const std::function<void(const CloudView&)>& use);

  std::vector<std::uint32_t> label_;  ///< one for each of the indices; the unknown id where the point is not chosen
  std::vector<float> confidence_;
  std::vector<std::uint32_t> cluster_classes_;
  InstanceOptions instances_;
};

/** \brief What of the labels of all points belongs to the queried ones. */
TREEWALK_EXPORT void gatherLabels(const Segmentation& segmentation, const std::vector<std::int8_t>& choice,
                                  const pcl::Indices& queries, std::uint32_t unknown_id,
                                  std::vector<std::uint32_t>& label, std::vector<float>& confidence);

/** \brief One cluster of ascending indices for each class; or for each instance, and their classes, where the distance
 * of `options` is not 0. label: one for each query; points: of the whole cloud. */
TREEWALK_EXPORT void gatherClusters(const CloudView& points, const std::vector<std::uint32_t>& label,
                                    const pcl::Indices& queries, const pcl::PCLHeader& header,
                                    const InstanceOptions& options, std::vector<std::uint32_t>& classes,
                                    std::vector<pcl::PointIndices>& clusters);

}  // namespace treewalk

#ifdef PCL_NO_PRECOMPILE
#include "treewalk/pcl/impl/semantic_segmentation.hpp"
#endif
