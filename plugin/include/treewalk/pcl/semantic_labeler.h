// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/filters/filter.h>

#include "treewalk/pcl/semantic_settings.h"

namespace treewalk {

/** \brief SemanticLabeler appends a `label` (uint32) and a `confidence` (float32) to every point of a blob.
 *
 * \details All other fields, the order of the points and the organisation stay; padding at the end of rows goes. Fields
 * of these names are replaced. A point that is chosen (see SemanticSettings) gets its class and its confidence; any
 * other finite point the model's unknown id with its confidence; non-finite points and, where indices are set, points
 * outside them the unknown id and confidence 0. When a run fails, the output is empty.
 * \note Called through a base class with the input as output, pcl::Filter names the two new fields no more.
 * \ingroup filters
 */
class TREEWALK_EXPORT SemanticLabeler : public pcl::Filter<pcl::PCLPointCloud2>, public SemanticSettings {
 public:
  using Ptr = pcl::shared_ptr<SemanticLabeler>;             ///< shared
  using ConstPtr = pcl::shared_ptr<const SemanticLabeler>;  ///< shared, and only read

  /** \brief Neither input nor model is set. */
  SemanticLabeler();

  /** \brief Label the points; as in the base class, but right in place, too.
   * \param[out] output the input with the two fields; may be the input */
  void filter(pcl::PCLPointCloud2& output);

 protected:
  /** \brief What the base class's \a filter calls.
   * \param[out] output the input with the two fields */
  void applyFilter(pcl::PCLPointCloud2& output) override;
};

}  // namespace treewalk
