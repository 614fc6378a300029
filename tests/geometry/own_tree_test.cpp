// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/own_tree.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/support/error_of.h"
#include "tests/support/support.h"

namespace treewalk {
namespace {

using nn::Tree;
using nn::TreeLevel;
using Ints = std::vector<int>;

Ints ints(const at::Tensor& t) { return {t.const_data_ptr<int>(), t.const_data_ptr<int>() + t.numel()}; }

TreeLevel level_of(std::int64_t size, std::vector<std::int32_t> parent) {
  TreeLevel level;
  level.size = size;
  level.parent = std::move(parent);
  return level;
}

/// Four leaves, two nodes, a root; the leaves of the nodes lie crosswise.
Tree seven_nodes() { return {{level_of(4, {1, 0, 1, 0}), level_of(2, {0, 0}), level_of(1, {})}}; }

TEST(OwnTree, ChildrenSiblingsAndRecordsFollowFromTheParents) {
  const auto hierarchy = hierarchy_of(seven_nodes(), 8);
  EXPECT_EQ(hierarchy.first, (std::vector<std::int64_t>{0, 4, 6, 7}));
  EXPECT_EQ(ints(hierarchy.parent[0]), (Ints{1, 0, 1, 0}));
  EXPECT_EQ(ints(hierarchy.children[1].offset), (Ints{0, 2, 4}));
  EXPECT_EQ(ints(hierarchy.children[1].column), (Ints{1, 3, 0, 2}));
  EXPECT_EQ(ints(hierarchy.children[2].column), (Ints{0, 1}));
  EXPECT_EQ(ints(hierarchy.siblings[0].offset), (Ints{0, 1, 2, 3, 4}));
  EXPECT_EQ(ints(hierarchy.siblings[0].column), (Ints{2, 3, 0, 1}));
  EXPECT_EQ(ints(hierarchy.siblings[1].column), (Ints{1, 0}));
  EXPECT_EQ(hierarchy.siblings[2].entries(), 0);
  EXPECT_FALSE(hierarchy.parent[2].defined());
  EXPECT_TRUE(at::equal(hierarchy.node.select(1, 7), at::tensor({1.f, 1.f, 1.f, 1.f, 2.f, 2.f, 4.f})));
  EXPECT_TRUE(at::equal(hierarchy.node.select(1, 3), at::ones({7})));
  EXPECT_EQ(hierarchy.node.narrow(1, 0, 3).abs().sum().item<float>(), 0);
}

TEST(OwnTree, WhatIsGivenIsTaken) {
  auto tree = seven_nodes();
  tree.level[1].record = {1, 2, 3, 4, 0, 0, 1, 5, 6, 7, 8, 9, 1, 0, 0, 2};
  tree.level[0].sibling_offset = {0, 3, 3, 4, 4};
  tree.level[0].sibling = {3, 1, 2, 0};
  const auto hierarchy = hierarchy_of(tree, 2);
  EXPECT_TRUE(at::equal(hierarchy.records(1), at::tensor(tree.level[1].record).view({2, 8})));
  EXPECT_EQ(ints(hierarchy.siblings[0].offset), (Ints{0, 3, 3, 4, 4}));
  EXPECT_EQ(ints(hierarchy.siblings[0].column), (Ints{3, 1, 2, 0}));
  EXPECT_EQ(ints(hierarchy.beside(0).column), (Ints{3, 1, 0})) << "the first two of each row";
}

TEST(OwnTree, NodesMayHaveNoChildrenAndLevelsNoNodes) {
  const auto hierarchy = hierarchy_of({{level_of(2, {1, 1}), level_of(2, {0, 0}), level_of(1, {})}}, 8);
  EXPECT_EQ(ints(hierarchy.children[1].offset), (Ints{0, 0, 2}));
  EXPECT_EQ(hierarchy.records(1)[0][7].item<float>(), 0);
  EXPECT_EQ(hierarchy_of({{level_of(0, {}), level_of(0, {})}}, 8).node.size(0), 0);
}

TEST(OwnTree, ErrorsNameTheLevelAndTheNode) {
  struct Case {
    std::function<void(Tree&)> spoil;
    const char* expected;
  };
  const Case cases[] = {
      {[](Tree& t) { t.level.clear(); }, "tree: there must be 1 to 22 levels, found 0"},
      {[](Tree& t) { t.level.resize(23); }, "tree: there must be 1 to 22 levels, found 23"},
      {[](Tree& t) { t.level[0].parent[2] = -1; },
       "tree: level 0, node 2: is an orphan; every node needs a parent in the next level"},
      {[](Tree& t) { t.level[0].parent[3] = 2; },
       "tree: level 0, node 3: has the parent 2, but the next level has 2 nodes, counted from 0"},
      {[](Tree& t) { t.level[1].parent[0] = -7; },
       "tree: level 1, node 0: has the parent -7, but the next level has 1 nodes, counted from 0"},
      {[](Tree& t) { t.level[1].parent.pop_back(); }, "tree: level 1: has 1 parents, but there must be 2"},
      {[](Tree& t) { t.level[2].parent = {0}; },
       "tree: level 2: has parents, but is the last level; give the level of the parents"},
      {[](Tree& t) { std::swap(t.level[0], t.level[1]); },
       "tree: level 1: has more nodes than the level before, 4 against 2; levels stand in order, finest first"},
      {[](Tree& t) { t.level[1].size = -1; }, "tree: level 1: has -1 nodes"},
      {[](Tree& t) { t.level[1].record.resize(8); },
       "tree: level 1: has 8 numbers in its records, but there must be 16, or none"},
      {[](Tree& t) { t.level[2].record = {0, 0, 0, 0, 0, 0, 0, 4}; },
       "tree: level 2, node 0: the size must be above 0, but is 0.000000"},
      {[](Tree& t) { t.level[2].record = {0, 0, 0, 1, 0, 0, 0, -4}; },
       "tree: level 2, node 0: the number of leaves must not be negative, but is -4.000000"},
      {[](Tree& t) { t.level[2].record.assign(8, std::numeric_limits<float>::quiet_NaN()); },
       "tree: level 2, node 0: the record holds a number that is not finite"},
      {[](Tree& t) { t.level[1].sibling = {0}; },
       "tree: level 1: has siblings, but no offsets that say whose they are"},
      {[](Tree& t) {
         t.level[1].sibling_offset = {0, 1};
       },
       "tree: level 1: has 2 offsets of siblings, but there must be 3, or none"},
      {[](Tree& t) {
         t.level[1].sibling_offset = {0, 1, 1};
       },
       "tree: level 1: the offsets of siblings must go from 0 to their number 0, but go from 0 to 1"},
      {[](Tree& t) {
         t.level[1].sibling_offset = {0, 2, 1}, t.level[1].sibling = {1};
       },
       "tree: level 1, node 1: the offsets of siblings decrease"},
      {[](Tree& t) {
         t.level[1].sibling_offset = {0, 1, 1}, t.level[1].sibling = {2};
       },
       "tree: level 1, node 0: has the sibling 2, but the level has 2 nodes, counted from 0"},
      {[](Tree& t) {
         t.level[1].sibling_offset = {0, 0, 1}, t.level[1].sibling = {1};
       },
       "tree: level 1, node 1: is its own sibling"},
  };
  for (const auto& [spoil, expected] : cases) {
    auto tree = seven_nodes();
    spoil(tree);
    EXPECT_EQ(error_of([&, t = tree] { hierarchy_of(t, 8); }), expected);
  }
}

TEST(OwnTree, TooManySiblingsAreRefusedBeforeTheyTakeMemory) {
  const Tree star{{level_of(70000, std::vector<std::int32_t>(70000, 0)), level_of(1, {})}};
  try {
    hierarchy_of(star, 8);
    ADD_FAILURE() << "4.9 G siblings were taken";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "tree: its nodes have 4899930000 siblings, more than 2^31 - 1; give siblings of your own");
  }
}

TEST(TreeOfParents, LevelsOfAnUnevenTreeAreThoseWorkedByHand) {
  // 0 is the root of 1 and 2, 1 of the leaves 3 and 4; 2 is a leaf, and 5 a root by itself.
  const auto tree = nn::tree_of_parents({-1, 0, 0, 1, 1, -1});
  ASSERT_EQ(tree.level.size(), 3u);
  EXPECT_EQ(tree.level[0].name, (Ints{2, 3, 4, 5}));
  EXPECT_EQ(tree.level[0].parent, (Ints{1, 0, 0, 2}));
  EXPECT_EQ(tree.level[1].name, (Ints{1, 2, 5}));
  EXPECT_EQ(tree.level[1].parent, (Ints{0, 0, 1}));
  EXPECT_EQ(tree.level[2].name, (Ints{0, 5}));
  EXPECT_TRUE(tree.level[2].parent.empty());
  const auto hierarchy = hierarchy_of(tree, 8);
  EXPECT_EQ(ints(hierarchy.children[2].offset), (Ints{0, 2, 3}));
  EXPECT_EQ(nn::tree_of_parents({}).level.size(), 1u);
}

TEST(TreeOfParents, EveryNodeKeepsItsAncestorsInRandomForests) {
  std::mt19937 random(1);
  for (int round = 0; round < 30; ++round) {
    std::vector<std::int32_t> parent(1 + random() % 60);
    for (int u = 0; u < static_cast<int>(parent.size()); ++u)  // near ones, so that trees are high, but not too high
      parent[u] = u == 0 || random() % 9 == 0 ? -1 : static_cast<int>(random() % u);
    const auto tree = nn::tree_of_parents(parent);
    hierarchy_of(tree, 8);
    std::vector<bool> has_children(parent.size(), false);
    for (const auto p : parent)
      if (p >= 0) has_children[p] = true;
    for (std::size_t i = 0; i < tree.level[0].name.size(); ++i) {
      EXPECT_FALSE(has_children[tree.level[0].name[i]]);
      Ints expected, found{tree.level[0].name[i]};
      for (int u = tree.level[0].name[i]; u >= 0; u = parent[u]) expected.push_back(u);
      auto at = static_cast<std::int32_t>(i);
      for (std::size_t l = 0; l + 1 < tree.level.size(); ++l) {
        at = tree.level[l].parent[at];
        if (tree.level[l + 1].name[at] != found.back()) found.push_back(tree.level[l + 1].name[at]);
      }
      EXPECT_EQ(found, expected);
    }
  }
}

TEST(TreeOfParents, CyclesAndParentsThatAreNoNodesAreNamed) {
  EXPECT_EQ(error_of([] {
              nn::tree_of_parents({-1, 2, 3, 1, 0});
            }),
            "tree: node 1 is its own ancestor: 1 -> 2 -> 3 -> 1");
  EXPECT_EQ(error_of([] { nn::tree_of_parents({1, 1}); }), "tree: node 1 is its own ancestor: 1 -> 1");
  EXPECT_EQ(error_of([] {
              nn::tree_of_parents({-1, 2});
            }),
            "tree: node 1 has the parent 2, but there are 2 nodes, counted from 0, and -1 stands for none");
  std::vector<std::int32_t> path(23);
  for (int u = 0; u < 23; ++u) path[u] = u - 1;
  EXPECT_EQ(error_of([&] { nn::tree_of_parents(path); }), "tree: there are 23 levels, but may be 22 at most");
}

TEST(SequenceTree, IsTheOneWorkedByHand) {
  const auto tree = nn::sequence_tree(10, 3, 4, 3);
  ASSERT_EQ(tree.level.size(), 3u);
  EXPECT_EQ(tree.level[0].parent, (Ints{0, 0, 0, 0, 1, 1, 1, 1, 2, 2}));
  EXPECT_EQ(tree.level[1].parent, (Ints{0, 0, 0}));
  EXPECT_EQ(tree.level[0].sibling_offset[10], 30);
  EXPECT_EQ((Ints{tree.level[0].sibling.begin(), tree.level[0].sibling.begin() + 9}),
            (Ints{1, 2, 3, 0, 2, 3, 1, 3, 0}));
  EXPECT_EQ(tree.level[1].sibling, (Ints{1, 2, 0, 2, 1, 0}));
  EXPECT_EQ(tree.level[1].record, (std::vector<float>{1.5, 0, 0, 4, 0, 0, 0, 4,  //
                                                      5.5, 0, 0, 4, 0, 0, 0, 4,  //
                                                      8.5, 0, 0, 4, 0, 0, 0, 2}))
      << "the last one is shorter; nothing is repeated";
  EXPECT_EQ(tree.level[2].record, (std::vector<float>{4.5, 0, 0, 16, 0, 0, 0, 10}));
  const auto hierarchy = sequence_hierarchy(10, 3, 4, 3);
  EXPECT_EQ(ints(hierarchy.beside(1).offset), (Ints{0, 1, 3, 4}));
  EXPECT_EQ(ints(hierarchy.beside(1).column), (Ints{1, 0, 2, 1}));
  EXPECT_EQ(nn::sequence_tree(0, 2).level[1].size, 0);
  EXPECT_EQ(nn::sequence_tree(5, 22, 1024).level[21].size, 1);
  EXPECT_NO_THROW(hierarchy_of(nn::sequence_tree(5, 22, 1024), 8));
  EXPECT_EQ(error_of([] { nn::sequence_tree(3, 2, 1); }), "sequence: a node must have 2 to 1024 children, found 1");
}

}  // namespace
}  // namespace treewalk
