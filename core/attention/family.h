// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/attention/attention.h"
#include "core/geometry/graph.h"

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
  int levels() const { return static_cast<int>(first.size()) - 1; }
  std::int64_t size(int level) const { return first[level + 1] - first[level]; }
};

/// Relations in the order in which they stand in a row. ancestor t >= 2 levels up is `parent + t - 1`.
enum Relation : std::uint8_t { kSelf = 0, kSibling = 1, kChild = 2, kParent = 3 };

struct FamilyChoice {
  bool siblings = true;
  bool children = true;
  int ancestors = 1;  ///< 0: no parent; 1: the parent; t: all ancestors up to t levels up
  bool self = true;
};

/// Rows for the nodes of levels from..to (inclusive) as queries: self, siblings, children, ancestors nearest first.
/// Keys are the nodes of a contiguous range of levels: first_key is the first node that any row may name
/// (children of `from`), and rows.columns reaches to the last (ancestors of `to`); both depend on the choice only,
/// so a relation that is absent at the ends of the hierarchy just leaves its levels out. On the hierarchy's device; the
/// host waits for nothing, as the lists' lengths tell how many entries there are.
AttentionRows family_rows(const Hierarchy& hierarchy, int from, int to, const FamilyChoice& choice);

}  // namespace treewalk
