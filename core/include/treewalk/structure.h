// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "treewalk/cloud.h"
#include "treewalk/vector_search.h"

namespace treewalk {
/// \addtogroup core
/// @{

/// Which edges a graph of nearest neighbours has.
enum class GraphKind {
  directed,  ///< from each point to its nearest
  united,    ///< both ways where either point has the other
  mutual     ///< both ways where both have each other
};

/// k-NN graph as CSR arrays: row i is column[offset[i]] to column[offset[i + 1] - 1], the neighbours of point i,
/// nearest first for a directed graph (equal distances by lower index), ascending index otherwise. A point is not its
/// own neighbour. Points with a non-finite coordinate have an empty row and are nobody's neighbour.
struct KnnGraphArrays {
  std::vector<std::int64_t> offset;     ///< [N+1]
  std::vector<std::int32_t> column;     ///< [E]
  std::vector<float> squared_distance;  ///< [E]
};
/// The exact graph of nearest neighbours. An empty cloud has an empty graph. Throws Error for k < 1, a missing
/// position, or a cloud that is too small or too large for float32's squared distances, as PointSearch does, whose
/// distances these are; points farther apart than those reach are no neighbours. \param cloud N points \param k
/// neighbours of each point, at least 1; fewer where the cloud has fewer points \param kind which edges there are
/// \param threads 0: as many as the machine has cores \return N rows
TREEWALK_EXPORT KnnGraphArrays knn_graph(const CloudView& cloud, int k, GraphKind kind = GraphKind::directed,
                                         int threads = 0);
/// The same among rows of a cloud's fields, such as positions with weighted colours: neighbours as VectorSearch finds
/// them, and its distances. Points with a number that is not finite have an empty row and are nobody's neighbour.
/// Throws Error as above, and as rows_of and VectorSearch do.
/// \param cloud N points
/// \param fields in the order of their columns
/// \param k neighbours of each point, at least 1; fewer where the cloud has fewer points
/// \param kind which edges there are
/// \param threads 0: as many as the machine has cores
/// \return N rows
TREEWALK_EXPORT KnnGraphArrays knn_graph(const CloudView& cloud, const std::vector<SearchField>& fields, int k,
                                         GraphKind kind = GraphKind::directed, int threads = 0);

/// One level of an octree: occupied cells in Morton order.
struct OctreeLevelArrays {
  double cell_size = 0;                    ///< edge of a cell, in the cloud's units
  std::vector<std::uint64_t> key;          ///< [n] Morton key, ascending
  std::vector<std::int32_t> point_offset;  ///< [n+1] into OctreeArrays::order
  std::vector<std::int32_t> child_offset;  ///< [n+1] into the next finer level; empty for the leaves
  std::vector<std::int32_t> parent;        ///< [n] into the next coarser level; empty for the last
  std::vector<float> mean;                 ///< [n,3] mean position, relative to OctreeArrays::origin
};
/// An octree as plain arrays.
struct OctreeArrays {
  std::array<double, 3> origin{0, 0, 0};  ///< corner of the cube: the least x, y and z
  std::vector<OctreeLevelArrays> level;   ///< leaves first
  std::vector<std::int32_t> order;        ///< finite points in Morton order (ties by input order)
  std::vector<std::int32_t> leaf;         ///< [N] leaf cell of each input point, -1 for non-finite points
};
/// Fixed octree over the cube that starts at the cloud's minimum: `depth` halvings, so depth+1 levels with the root
/// last. An empty cloud gives depth+1 empty levels. Throws Error for another depth or a missing position.
/// \param cloud N points
/// \param depth 0..20
/// \param threads 0: as many as the machine has cores
/// \return all levels, and where each point is
TREEWALK_EXPORT OctreeArrays octree(const CloudView& cloud, int depth, int threads = 0);

/// @}
}  // namespace treewalk
