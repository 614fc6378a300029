// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/geometry/graph.h"
#include "core/geometry/node_record.h"

namespace treewalk {

/// A hierarchy as data: levels of nodes, finest first, numbered through in one array, and between two levels rows of
/// children. A fixed octree has contiguous rows of weight 1; a learned hierarchy may have any rows. Tensors lie on one
/// device.
struct Hierarchy {
  std::vector<std::int64_t> first;  ///< [levels+1]: nodes of level l are first[l] .. first[l+1]
  at::Tensor node;                  ///< [M,8] float32 records, see kNodeRecord
  std::vector<Csr> children;        ///< [levels]: rows = nodes of level l, columns = nodes of level l-1, both counted
                                    ///  within their level; entry 0 undefined
  std::vector<at::Tensor> parent;   ///< [levels]: [n_l] int32 node of level l+1, within its level; last undefined
  std::vector<Csr> siblings;        ///< [levels]: rows of nearest nodes of the same level, self excluded
  std::vector<Csr> near;            ///< [levels]: rows of the nodes beside each, as seeds of clusters (clusters.h), at
                                    ///  most as many as a recipe's neighbours; none at all where these are the siblings
  double step = 0;                  ///< of the lattice on which the nodes lie, a power of two; 0: any
  int levels() const { return static_cast<int>(first.size()) - 1; }
  std::int64_t size(int level) const { return first[level + 1] - first[level]; }
  const Csr& beside(int level) const { return near.empty() ? siblings[level] : near[level]; }
  at::Tensor records(int level) const { return node.narrow(0, first[level], size(level)); }
};

// The functions below answer on the device of what they are given, and the host waits for nothing.

/// Of nodes of the first level ([n] int32), the node of `level` above each, [n] int32; of level 0 the nodes themselves.
/// parent: as a hierarchy's.
at::Tensor nodes_above(at::Tensor node, const std::vector<at::Tensor>& parent, int level);

/// [m] int64: how many leaves lie below each of m nodes. leaves [n] int64: below each node of the level before; members
/// [m] x [n]: the children. No nodes: an empty tensor.
at::Tensor leaves_above(const at::Tensor& leaves, const Csr& members);

/// [n,8] float32 records of nodes without places of their own: all at 0, of size 1, with that many leaves ([n] int64).
at::Tensor records_at_one_place(const at::Tensor& leaves);

}  // namespace treewalk
