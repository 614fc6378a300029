// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/pcl_base.h>

#include "treewalk/pcl/guarded.h"
#include "treewalk/structure.h"

namespace treewalk {

/** \brief KnnGraph is the exact graph of the k nearest neighbours of every point, as CSR arrays.
 *
 * \details Where indices are set, the graph is that of the points in them alone, and rows and columns count their
 * positions in the indices. Non-finite points have no neighbours and are none. When a run fails, the arrays are empty.
 *
 * \code
 * treewalk::KnnGraph<pcl::PointXYZ> knn;
 * knn.setInputCloud (cloud);
 * knn.setK (16);
 * treewalk::KnnGraphArrays graph;
 * knn.compute (graph);  // neighbours of i: graph.column[graph.offset[i]] ... graph.column[graph.offset[i + 1] - 1]
 * \endcode
 */
template <typename PointT>
class KnnGraph : public pcl::PCLBase<PointT>, public Guarded {
 public:
  using PointCloud = pcl::PointCloud<PointT>;
  using Ptr = pcl::shared_ptr<KnnGraph<PointT>>;
  using ConstPtr = pcl::shared_ptr<const KnnGraph<PointT>>;

  KnnGraph() : Guarded("KnnGraph") {}

  /** \brief Number of neighbours, at least 1 (default 16). */
  void setK(int k) { k_ = k; }
  int getK() const { return k_; }

  /** \brief Directed (default), united (an edge where either point has the other), or mutual (where both have). */
  void setKind(GraphKind kind) { kind_ = kind; }
  GraphKind getKind() const { return kind_; }

  /** \brief Number of threads; 0 (default): as many as the machine has cores. */
  void setNumberOfThreads(unsigned int nr_threads = 0) { threads_ = nr_threads; }
  unsigned int getNumberOfThreads() const { return threads_; }

  void compute(KnnGraphArrays& graph);

 protected:
  using pcl::PCLBase<PointT>::input_;
  using pcl::PCLBase<PointT>::indices_;
  using pcl::PCLBase<PointT>::fake_indices_;
  using pcl::PCLBase<PointT>::initCompute;
  using pcl::PCLBase<PointT>::deinitCompute;

 private:
  int k_ = 16;
  GraphKind kind_ = GraphKind::directed;
  unsigned int threads_ = 0;
};

}  // namespace treewalk

#ifdef PCL_NO_PRECOMPILE
#include "treewalk/pcl/impl/knn_graph.hpp"
#endif
