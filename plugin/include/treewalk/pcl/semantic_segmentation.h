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
class TREEWALK_EXPORT SemanticSegmentation : public pcl::PCLBase<PointT>, public SemanticSettings {
 public:
  using PointCloud = pcl::PointCloud<PointT>;                            ///< what the input is
  using Ptr = pcl::shared_ptr<SemanticSegmentation<PointT>>;             ///< shared
  using ConstPtr = pcl::shared_ptr<const SemanticSegmentation<PointT>>;  ///< shared, and only read

  /** \brief Neither input nor model is set. */
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
  /** \brief What each cluster of the last \a extract is.
   * \return a class id for each cluster */
  const std::vector<std::uint32_t>& getClusterClasses() const { return cluster_classes_; }

  /** \brief The points of each node of a level of the model's hierarchy: cells of an octree or, of a model whose recipe
   * says so, clusters that were found by position or that the network chose (superpoints). Classes, confidence and the
   * settings of objects play no part; points outside the indices do, as neighbours. After it \a getConfidence and
   * \a getClusterClasses are empty.
   * \param[in] level 0 for the leaf cells, 1 (the usual choice) for the nodes above them, and so on; one that the
   * hierarchy does not have is an error of the run, which says what it has
   * \param[out] clusters ascending indices into the input cloud, and its header: one for each cluster that holds points
   * of the indices, in the order of Session::clusters (neighbouring clusters are near each other). Points with a
   * non-finite coordinate are in none. Empty when there are no points, or when the run failed. */
  void getClusters(int level, std::vector<pcl::PointIndices>& clusters);

  /** \brief Tell the objects of a class apart: chosen points of it that are close belong to one object, through any
   * number of points between them (connected components of the graph of the nearest neighbours within the class).
   * \param[in] tolerance how far close points are apart at most, in the cloud's units; 0 (default): \a extract does not
   * tell objects of one class apart
   * \throws pcl::BadArgumentException for a negative or infinite tolerance. */
  void setClusterTolerance(double tolerance);
  /** \return how far points of one object are apart at most */
  double getClusterTolerance() const { return instances_.distance; }
  /** \brief Leave small objects out.
   * \param[in] min_cluster_size points that an object has at least (default 1) */
  void setMinClusterSize(pcl::uindex_t min_cluster_size) { instances_.least = min_cluster_size; }
  /** \return points that an object has at least */
  pcl::uindex_t getMinClusterSize() const { return static_cast<pcl::uindex_t>(instances_.least); }
  /** \brief Leave large objects out.
   * \param[in] max_cluster_size points that an object has at most; 0 (default): no limit */
  void setMaxClusterSize(pcl::uindex_t max_cluster_size) { instances_.most = max_cluster_size; }
  /** \return points that an object has at most; 0: no limit */
  pcl::uindex_t getMaxClusterSize() const { return static_cast<pcl::uindex_t>(instances_.most); }
  /** \brief Set how many neighbours within its class a point is joined to.
   * \param[in] neighbours the nearest so many, at least 1 (default 16); 0 is an error of the run */
  void setNumberOfNeighbours(unsigned int neighbours) { instances_.neighbours = static_cast<int>(neighbours); }
  /** \return how many neighbours a point is joined to */
  unsigned int getNumberOfNeighbours() const { return static_cast<unsigned int>(instances_.neighbours); }

  /** \brief The model's probability of the class that it gave each point, after \a segment or \a extract.
   * \return 0 to 1, in the order of the indices; 0 for non-finite points. A point whose confidence is too low to be
   * chosen keeps it. */
  const std::vector<float>& getConfidence() const { return confidence_; }

 protected:
  using pcl::PCLBase<PointT>::input_;
  using pcl::PCLBase<PointT>::indices_;
  using pcl::PCLBase<PointT>::fake_indices_;
  using pcl::PCLBase<PointT>::initCompute;
  using pcl::PCLBase<PointT>::deinitCompute;

 private:
  bool run(const std::function<void(const CloudView&)>& work);
  bool label(const std::function<void(const CloudView&)>& use);

  std::vector<std::uint32_t> label_;  ///< one for each of the indices; the unknown id where the point is not chosen
  std::vector<float> confidence_;
  std::vector<std::uint32_t> cluster_classes_;
  InstanceOptions instances_;
};

namespace detail {
/** \brief What of the labels of all points belongs to the queried ones.
 * \param[in] segmentation of all points
 * \param[in] choice of all points, as SemanticSettings::choose gives it
 * \param[in] queries the points that are asked for
 * \param[in] unknown_id for points that are not chosen
 * \param[out] label one for each query
 * \param[out] confidence one for each query
 * \ingroup segmentation
 */
TREEWALK_EXPORT void gatherLabels(const Segmentation& segmentation, const std::vector<std::int8_t>& choice,
                                  const pcl::Indices& queries, std::uint32_t unknown_id,
                                  std::vector<std::uint32_t>& label, std::vector<float>& confidence);

/** \brief One cluster of ascending indices for each class; or for each instance, and their classes, where the distance
 * of `options` is not 0.
 * \param[in] points the whole cloud
 * \param[in] label one for each query
 * \param[in] queries the points that are asked for
 * \param[in] header which the clusters get
 * \param[in] options what an instance is
 * \param[in,out] classes of \a getClasses; then the class of each cluster
 * \param[out] clusters ascending indices into the cloud
 * \ingroup segmentation
 */
TREEWALK_EXPORT void gatherClusters(const CloudView& points, const std::vector<std::uint32_t>& label,
                                    const pcl::Indices& queries, const pcl::PCLHeader& header,
                                    const InstanceOptions& options, std::vector<std::uint32_t>& classes,
                                    std::vector<pcl::PointIndices>& clusters);

/** \brief The queried points of each cluster.
 * \param[in] found of the whole cloud
 * \param[in] queries the points that are asked for
 * \param[in] header which the clusters get
 * \param[out] clusters ascending indices into the cloud; none for a cluster without queried points
 * \ingroup segmentation
 */
TREEWALK_EXPORT void gatherNodes(const Clustering& found, const pcl::Indices& queries, const pcl::PCLHeader& header,
                                 std::vector<pcl::PointIndices>& clusters);
}  // namespace detail

}  // namespace treewalk

#ifdef PCL_NO_PRECOMPILE
#include "treewalk/pcl/impl/semantic_segmentation.hpp"
#endif
