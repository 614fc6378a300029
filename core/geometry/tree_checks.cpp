// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/tree_checks.h"

#include <cmath>
#include <limits>
#include <string>

#include "core/geometry/node_record.h"

namespace treewalk {
namespace {

[[noreturn]] void fail(const std::string& where, const std::string& complaint) {
  throw Error("tree: " + where + ": " + complaint);
}
std::string at_level(std::size_t l) { return "level " + std::to_string(l); }
std::string at_node(std::size_t l, std::int64_t u) { return at_level(l) + ", node " + std::to_string(u); }

/// A list of so many numbers of each node, or none where it may be left out.
template <class Number>
void check_length(std::size_t l, const std::vector<Number>& list, std::int64_t expected, const char* what,
                  bool optional) {
  const auto length = static_cast<std::int64_t>(list.size());
  if (length == expected || (optional && length == 0)) return;
  fail(at_level(l), "has " + std::to_string(length) + " " + what + ", but there must be " + std::to_string(expected) +
                        (optional ? ", or none" : ""));
}

void check_parents(const nn::Tree& tree, std::size_t l) {
  const auto& level = tree.level[l];
  if (l + 1 == tree.level.size()) {
    if (!level.parent.empty()) fail(at_level(l), "has parents, but is the last level; give the level of the parents");
    return;
  }
  check_length(l, level.parent, level.size, "parents", false);
  const auto above = tree.level[l + 1].size;
  for (std::int64_t u = 0; u < level.size; ++u) {
    const auto parent = level.parent[u];
    if (parent == -1) fail(at_node(l, u), "is an orphan; every node needs a parent in the next level");
    if (parent < 0 || parent >= above)
      fail(at_node(l, u), "has the parent " + std::to_string(parent) + ", but the next level has " +
                              std::to_string(above) + " nodes, counted from 0");
  }
}

void check_records(const nn::TreeLevel& level, std::size_t l) {
  check_length(l, level.record, level.size * kNodeRecord, "numbers in its records", true);
  for (std::size_t i = 0; i < level.record.size(); ++i) {
    const auto u = static_cast<std::int64_t>(i / kNodeRecord);
    const float x = level.record[i];
    if (!std::isfinite(x)) fail(at_node(l, u), "the record holds a number that is not finite");
    if (i % kNodeRecord == 3 && !(x > 0)) fail(at_node(l, u), "the size must be above 0, but is " + std::to_string(x));
    if (i % kNodeRecord == 7 && x < 0)
      fail(at_node(l, u), "the number of leaves must not be negative, but is " + std::to_string(x));
  }
}

void check_siblings(const nn::TreeLevel& level, std::size_t l) {
  check_length(l, level.sibling_offset, level.size + 1, "offsets of siblings", true);
  const auto entries = static_cast<std::int64_t>(level.sibling.size());
  if (level.sibling_offset.empty()) {
    if (entries > 0) fail(at_level(l), "has siblings, but no offsets that say whose they are");
    return;
  }
  if (entries > std::numeric_limits<std::int32_t>::max()) fail(at_level(l), "has more than 2^31 - 1 siblings");
  const auto& offset = level.sibling_offset;
  if (offset.front() != 0 || offset.back() != entries)
    fail(at_level(l), "the offsets of siblings must go from 0 to their number " + std::to_string(entries) +
                          ", but go from " + std::to_string(offset.front()) + " to " + std::to_string(offset.back()));
  for (std::int64_t u = 0; u < level.size; ++u)
    if (offset[u] > offset[u + 1]) fail(at_node(l, u), "the offsets of siblings decrease");
  for (std::int64_t u = 0; u < level.size; ++u)
    for (auto e = offset[u]; e < offset[u + 1]; ++e) {
      const auto v = level.sibling[e];
      if (v < 0 || v >= level.size)
        fail(at_node(l, u), "has the sibling " + std::to_string(v) + ", but the level has " +
                                std::to_string(level.size) + " nodes, counted from 0");
      if (v == u) fail(at_node(l, u), "is its own sibling");
    }
}

}  // namespace

void check(const nn::Tree& tree) {
  if (tree.level.empty() || tree.level.size() > kMostTreeLevels)
    throw Error("tree: there must be 1 to " + std::to_string(kMostTreeLevels) + " levels, found " +
                std::to_string(tree.level.size()));
  std::int64_t nodes = 0;
  for (std::size_t l = 0; l < tree.level.size(); ++l) {
    const auto size = tree.level[l].size;
    if (size < 0) fail(at_level(l), "has " + std::to_string(size) + " nodes");
    if (l > 0 && size > tree.level[l - 1].size)
      fail(at_level(l), "has more nodes than the level before, " + std::to_string(size) + " against " +
                            std::to_string(tree.level[l - 1].size) + "; levels stand in order, finest first");
    nodes += size;
  }
  if (nodes > std::numeric_limits<std::int32_t>::max())
    throw Error("tree: " + std::to_string(nodes) + " nodes are more than 32-bit numbers can count");
  for (std::size_t l = 0; l < tree.level.size(); ++l) {
    check_parents(tree, l);
    check_records(tree.level[l], l);
    check_siblings(tree.level[l], l);
  }
}

}  // namespace treewalk
