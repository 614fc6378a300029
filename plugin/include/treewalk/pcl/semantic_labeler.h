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
 * outside them the unknown id and confidence 0. When a run fails, the output is empty. \note Called through a base
 * class with the input as output, pcl::Filter names the two new fields no more. \ingroup filters
 */
class TREEWALK_EXPORT SemanticLabeler : public pcl::Filter<pcl::PCLPointCloud2>, public SemanticSettings {
 public:
  using Ptr = pcl::shared_ptr<SemanticLabeler>;
  using ConstPtr = pcl::shared_ptr<const SemanticLabeler>;

  SemanticLabeler();

  /** \brief As in the base class, but right in place, too. */
  void filter(pcl::PCLPointCloud2& output);

 protected:
  void applyFilter(pcl::PCLPointCloud2& output) override;
};

}  // namespace treewalk
