// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/filters/filter_indices.h>

#include "treewalk/pcl/semantic_settings.h"

namespace treewalk {

/** \brief SemanticFilter keeps or removes the points of chosen classes, which a learned model gives them.
 *
 * \details It keeps the chosen points (see SemanticSettings); with \a setNegative (true) it keeps the other finite
 * points instead. Non-finite points are removed in both cases. All of the input cloud is labelled, so that points
 * outside the indices serve as neighbours; only points in the indices are kept or removed. The kept and the removed
 * indices are ascending. `is_dense` of the output is true exactly where every point in it is finite (most of PCL's
 * filters inherit it). When a run fails, outputs and removed indices are empty; a cloud that is filtered in place and
 * whose run throws stays as it was.
 *
 * \code
 * treewalk::SemanticFilter<pcl::PointXYZ> filter;
 * filter.setModelFile ("terrain");
 * filter.setClasses ({"ground"});
 * filter.setInputCloud (cloud);
 * filter.filter (*ground);
 * \endcode
 * \ingroup filters
 */
template <typename PointT>
class TREEWALK_EXPORT SemanticFilter : public pcl::FilterIndices<PointT>, public SemanticSettings {
 protected:
  using PointCloud = typename pcl::FilterIndices<PointT>::PointCloud;  ///< what is filtered
  using PointCloudPtr = typename PointCloud::Ptr;                      ///< shared
  using PointCloudConstPtr = typename PointCloud::ConstPtr;            ///< shared, and only read

 public:
  using Ptr = pcl::shared_ptr<SemanticFilter<PointT>>;             ///< shared
  using ConstPtr = pcl::shared_ptr<const SemanticFilter<PointT>>;  ///< shared, and only read

  /** \param[in] extract_removed_indices Set to true to get the removed points by \a getRemovedIndices. */
  explicit SemanticFilter(bool extract_removed_indices = false);

 protected:
  using pcl::PCLBase<PointT>::input_;
  using pcl::PCLBase<PointT>::indices_;
  using pcl::PCLBase<PointT>::fake_indices_;
  using pcl::Filter<PointT>::filter_name_;
  using pcl::Filter<PointT>::removed_indices_;
  using pcl::FilterIndices<PointT>::negative_;
  using pcl::FilterIndices<PointT>::keep_organized_;
  using pcl::FilterIndices<PointT>::extract_removed_indices_;

  /** \brief What \a filter calls for indices.
   * \param[out] indices the kept points, ascending */
  void applyFilter(pcl::Indices& indices) override;
  /** \brief What \a filter calls for points.
   * \param[out] output the kept points, or all of them with \a setKeepOrganized (true) */
  void applyFilter(PointCloud& output) override;
};

/** \brief The same on blobs of any field order, type and padding.
 *
 * With \a setKeepOrganized, x, y and z of the removed points become the user's value, in their own type. The output has
 * no padding at the end of rows.
 * \ingroup filters
 */
template <>
class TREEWALK_EXPORT SemanticFilter<pcl::PCLPointCloud2> : public pcl::FilterIndices<pcl::PCLPointCloud2>,
                                                            public SemanticSettings {
 public:
  using Ptr = pcl::shared_ptr<SemanticFilter<pcl::PCLPointCloud2>>;             ///< shared
  using ConstPtr = pcl::shared_ptr<const SemanticFilter<pcl::PCLPointCloud2>>;  ///< shared, and only read

  /** \param[in] extract_removed_indices Set to true to get the removed points by \a getRemovedIndices. */
  explicit SemanticFilter(bool extract_removed_indices = false);

 protected:
  /** \brief What \a filter calls for indices.
   * \param[out] indices the kept points, ascending */
  void applyFilter(pcl::Indices& indices) override;
  /** \brief What \a filter calls for points.
   * \param[out] output the kept points, or all of them with \a setKeepOrganized (true) */
  void applyFilter(pcl::PCLPointCloud2& output) override;

 private:
  bool select(pcl::Indices& kept, pcl::Indices& removed);
};

namespace detail {
/** \brief What both have in common: the queried points, kept or removed.
 * \param[in] choice of every point of the cloud, as SemanticSettings::choose gives it
 * \param[in] queries the points that are asked for
 * \param[in] negative whether the points that are not chosen are kept
 * \param[out] kept ascending
 * \param[out] removed ascending; non-finite points are among them
 * \ingroup filters
 */
TREEWALK_EXPORT void splitIndices(const std::vector<std::int8_t>& choice, const pcl::Indices& queries, bool negative,
                                  pcl::Indices& kept, pcl::Indices& removed);
}  // namespace detail

}  // namespace treewalk

#ifdef PCL_NO_PRECOMPILE
#include "treewalk/pcl/impl/semantic_filter.hpp"
#endif
