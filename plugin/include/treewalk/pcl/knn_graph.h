// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/pcl_base.h>

#include <string>
#include <vector>

#include "treewalk/pcl/guarded.h"
#include "treewalk/pcl/searched.h"
#include "treewalk/structure.h"

namespace treewalk {

/** \brief KnnGraph is the exact graph of the k nearest neighbours of every point, as CSR arrays.
 *
 * \details Points are near each other by x, y and z, or in the space of any fields (\a setFields). Where indices are
 * set, the graph is that of the points in them alone, and rows and columns count their
 * positions in the indices. Non-finite points have no neighbours and are none. When a run fails, the arrays are empty.
 *
 * \code
 * treewalk::KnnGraph<pcl::PointXYZ> knn;
 * knn.setInputCloud (cloud);
 * knn.setK (16);
 * treewalk::KnnGraphArrays graph;
 * knn.compute (graph);  // neighbours of i: graph.column[graph.offset[i]] ... graph.column[graph.offset[i + 1] - 1]
 * \endcode
 * \ingroup search
 */
template <typename PointT>
class TREEWALK_EXPORT KnnGraph : public pcl::PCLBase<PointT>, public detail::Guarded {
 public:
  using PointCloud = pcl::PointCloud<PointT>;                ///< what the input is
  using Ptr = pcl::shared_ptr<KnnGraph<PointT>>;             ///< shared
  using ConstPtr = pcl::shared_ptr<const KnnGraph<PointT>>;  ///< shared, and only read

  /** \brief No input is set; 16 neighbours, directed. */
  KnnGraph() : detail::Guarded("KnnGraph") {}

  /** \brief Set the number of neighbours.
   * \param[in] k at least 1 (default 16); anything less is an error of the run */
  void setK(int k) { k_ = k; }
  /** \return the number of neighbours */
  int getK() const { return k_; }

  /** \brief Set which edges there are.
   * \param[in] kind directed (default), united (an edge where either point has the other), or mutual (where both have)
   */
  void setKind(GraphKind kind) { kind_ = kind; }
  /** \return which edges there are */
  GraphKind getKind() const { return kind_; }

  /** \brief Set the fields in whose space points are near each other, for types that are registered with PCL.
   * \param[in] names of fields, in the order of their columns, such as x, y, z and rgb, which stands for red, green and
   * blue from 0 to 1; none (default): x, y and z. A name that the points do not have is an error of the run
   * \param[in] weights what each field's numbers are multiplied by; none: 1. As many as names, else an error of the run
   */
  void setFields(const std::vector<std::string>& names, const std::vector<double>& weights = {}) {
    names_ = names;
    weights_ = weights;
    view_ = [](const PointCloud& cloud) { return viewOf(cloud); };
  }
  /** \return the names that were set */
  const std::vector<std::string>& getFields() const { return names_; }

  /** \brief Set the number of threads.
   * \param[in] nr_threads 0 (default): as many as the machine has cores */
  void setNumberOfThreads(unsigned int nr_threads = 0) { threads_ = nr_threads; }
  /** \return the number of threads that was set */
  unsigned int getNumberOfThreads() const { return threads_; }

  /** \brief Make the graph.
   * \param[out] graph a row for each of the indices, in their order */
  void compute(KnnGraphArrays& graph);

 protected:
  using pcl::PCLBase<PointT>::input_;
  using pcl::PCLBase<PointT>::indices_;
  using pcl::PCLBase<PointT>::fake_indices_;
  using pcl::PCLBase<PointT>::initCompute;
  using pcl::PCLBase<PointT>::deinitCompute;

 private:
  std::vector<std::string> names_;
  std::vector<double> weights_;
  CloudView (*view_)(const PointCloud& cloud) = nullptr;  ///< not asked of types that are not registered
  int k_ = 16;
  GraphKind kind_ = GraphKind::directed;
  unsigned int threads_ = 0;
};

}  // namespace treewalk

#ifdef PCL_NO_PRECOMPILE
#include "treewalk/pcl/impl/knn_graph.hpp"
#endif
