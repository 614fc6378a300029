// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/geometry/box_tree.h"

namespace treewalk {

/// Points of a map and their numbers, ascending; positions in any order, so that they can lie as a tree has them.
struct NumberedPoints {
  std::vector<float> position;       ///< [n,3] finite
  std::vector<std::int32_t> name;    ///< [n] which of the numbers each position has: 0 .. n-1
  std::vector<std::int64_t> number;  ///< [n] ascending

  std::int64_t size() const { return static_cast<std::int64_t>(number.size()); }
  /// Others, whose numbers are higher.
  void append(const NumberedPoints& others);
};

/// One of the two searches of a map: a tree whose points can be taken away, by moving them to infinity, where nothing
/// finds them. A thread may read what is there (`append`) while another one takes points away.
struct MapPart {
  MapPart() = default;
  /// first_name: that of number[0] in the tree; it decides between equal distances in two trees.
  MapPart(NumberedPoints points, std::uint32_t first_name, Division division);

  BoxTreeMemory memory;
  std::vector<std::int64_t> number;  ///< [n] of each name, ascending
  Raw<std::uint32_t> place;          ///< [n] where each name lies in the leaves
  std::uint32_t first_name = 0;
  std::int64_t live = 0;        ///< points that can be found
  std::int64_t first_live = 0;  ///< none before this name can be

  std::int64_t size() const { return static_cast<std::int64_t>(number.size()); }
  const BoxTree* tree() const { return live > 0 ? &memory.tree : nullptr; }

  /// Takes a point away; false where it is not there any more.
  bool remove(std::int64_t name);
  /// Takes away those of the numbers, ascending, that are there; returns how many.
  std::int64_t remove_numbers(const std::vector<std::int64_t>& numbers);
  /// Takes away the first `count` that are there, and tells their numbers first; returns how many.
  std::int64_t remove_oldest(std::int64_t count, std::vector<std::int64_t>* numbers);
  /// Takes away all that are inside of the box (lower x y z, upper x y z, as the tree's positions are), or outside;
  /// tells their numbers first.
  std::int64_t remove_by_box(const double* box, bool inside, std::vector<std::int64_t>* numbers);

  /// Adds the points that are there, from this number on, behind those of `to`, whose numbers are lower.
  void append(NumberedPoints& to, std::int64_t from_number = 0) const;
};

}  // namespace treewalk
