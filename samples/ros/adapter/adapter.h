// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// treewalk's filter and labeler as a robot's node needs them. Knows no version of ROS.
#pragma once

#include <pcl/PCLPointCloud2.h>
#include <pcl/filters/filter_indices.h>
#include <treewalk/pcl/semantic_settings.h>

#include <memory>
#include <string>
#include <vector>

namespace treewalk_ros {

struct Settings {
  std::string model;                 ///< a file, or the name of a shipped model
  std::vector<std::string> classes;  ///< names or ids; none: every class
  bool negative = false;             ///< filter: keep the other points
  bool keep_organized = false;       ///< filter: removed points become NaN, and the cloud keeps its shape
  double min_confidence = 0;         ///< 0 to 1
  std::string category;              ///< models of parts: what the cloud shows; empty: the model finds it
  std::string device = "auto";       ///< auto, cpu, cuda or cuda:i
  int threads = 0;                   ///< 0: as many as the machine has cores
  int memory = 0;                    ///< megabytes; 0: three quarters of what is free
};

enum class Task { filter, label };

/// Serves one thread at a time.
class Adapter {
 public:
  /// Loads the model and tries it on an empty cloud, so that whatever is wrong with the settings shows now.
  /// Throws std::exception with a sentence.
  Adapter(Task task, const Settings& settings);

  /// No effect on labelling.
  void keepOrganized(bool keep);

  /// indices: null for all points. The output has the input's header, also when something is wrong with the input:
  /// then it has no points, and the result says why (else it is empty). Never throws.
  std::string run(const pcl::PCLPointCloud2::ConstPtr& input, const pcl::IndicesPtr& indices,
                  pcl::PCLPointCloud2& output);

 private:
  void check(const pcl::PCLPointCloud2& input, const pcl::IndicesPtr& indices) const;

  pcl::PCLPointCloud2::ConstPtr nothing_;  ///< what the algorithm holds between two clouds
  std::shared_ptr<pcl::Filter<pcl::PCLPointCloud2>> algorithm_;
  treewalk::SemanticSettings* semantic_ = nullptr;                ///< the same object
  pcl::FilterIndices<pcl::PCLPointCloud2>* selection_ = nullptr;  ///< the same object where it filters
};

}  // namespace treewalk_ros
