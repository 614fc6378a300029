// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/steps.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace treewalk {
namespace {

/// The steps of a network over so many levels.
std::vector<Step> steps_of(const NetworkSpec& spec, int levels) {
  ParameterTable table;
  Recipe recipe;
  recipe.network = spec;
  recipe.network.widths.assign(levels, 16);
  recipe.scene.levels = levels;
  return build_steps(table, recipe);
}

/// In the order of Step.
enum Kind : std::size_t { kPool, kUnpool, kFamily, kMask, kCategorise };

TEST(Steps, GoUpWithoutAncestorsAndDownWithThem) {
  NetworkSpec spec;
  const auto steps = steps_of(spec, 3);
  const std::vector<std::pair<Kind, int>> expected{{kFamily, 0}, {kPool, 1},   {kFamily, 1}, {kPool, 2},  {kFamily, 2},
                                                   {kUnpool, 1}, {kFamily, 1}, {kUnpool, 0}, {kFamily, 0}};
  ASSERT_EQ(steps.size(), expected.size());
  for (std::size_t s = 0; s < steps.size(); ++s) {
    EXPECT_EQ(steps[s].index(), expected[s].first) << s;
    const auto levels = levels_of(steps[s]);
    EXPECT_EQ(levels.to, expected[s].second) << s;
    if (const auto* family = std::get_if<FamilyStep>(&steps[s])) {
      EXPECT_EQ(family->family().ancestors, s > 4 ? 1 : 0) << s;
      EXPECT_EQ(family->sources().from, std::max(0, levels.to - 1)) << s;
      EXPECT_EQ(family->sources().to, levels.to + (s > 4 ? 1 : 0)) << s;
    }
  }
}

TEST(Steps, OnClustersLeaveTheLeavesToPoolingAndUnpooling) {
  NetworkSpec spec;
  spec.blocks_on = "clusters";
  spec.blocks = 2;
  const auto steps = steps_of(spec, 3);
  const std::vector<std::pair<Kind, int>> expected{{kPool, 1},   {kFamily, 1}, {kFamily, 1}, {kPool, 2},
                                                   {kFamily, 2}, {kFamily, 2}, {kUnpool, 1}, {kFamily, 1},
                                                   {kFamily, 1}, {kUnpool, 0}};
  ASSERT_EQ(steps.size(), expected.size());
  for (std::size_t s = 0; s < steps.size(); ++s) {
    EXPECT_EQ(steps[s].index(), expected[s].first) << s;
    EXPECT_EQ(levels_of(steps[s]).to, expected[s].second) << s;
  }
  EXPECT_EQ(std::get<FamilyStep>(steps[1]).sources().from, 0);  // clusters do attend to the leaves below them
}

TEST(Steps, TogetherPoolUpwardsAndThenAttendAtAllLevels) {
  NetworkSpec spec;
  spec.order = "together";
  spec.blocks = 2;
  spec.relations.ancestors = 2;
  const auto steps = steps_of(spec, 3);
  ASSERT_EQ(steps.size(), 4u);
  EXPECT_EQ(steps[0].index(), kPool);
  EXPECT_EQ(steps[1].index(), kPool);
  for (int s : {2, 3}) {
    ASSERT_EQ(steps[s].index(), kFamily);
    EXPECT_TRUE((levels_of(steps[s]) == LevelRange{0, 2}));
    EXPECT_EQ(std::get<FamilyStep>(steps[s]).sources().to, 2);
  }
}

TEST(Steps, KindsOfAttentionTakeTurnsOverAllBlocks) {
  NetworkSpec spec;
  spec.attention = {"grf", "family"};
  for (const char* order : {"up-down", "together"}) {
    spec.order = order;
    spec.blocks = spec.order == "together" ? 5 : 1;
    std::vector<std::size_t> found;
    for (const auto& step : steps_of(spec, 3))
      if (step.index() != kPool && step.index() != kUnpool) found.push_back(step.index());
    EXPECT_EQ(found, (std::vector<std::size_t>{kMask, kFamily, kMask, kFamily, kMask})) << order;
  }
}

TEST(Steps, OfPartsCategoriseBeforeTheFirstBlock) {
  ParameterTable table;
  Recipe recipe;
  recipe.network.order = "together";
  recipe.network.blocks = 2;
  recipe.network.widths = {16, 16, 16};
  recipe.scene.levels = 3;
  recipe.categories = {"house", "lolly"};
  std::vector<std::size_t> kinds;
  for (const auto& step : build_steps(table, recipe)) kinds.push_back(step.index());
  EXPECT_EQ(kinds, (std::vector<std::size_t>{kPool, kPool, kCategorise, kFamily, kFamily}));
  // Model files hold its tensors behind those of the other steps, whose numbers leave it out.
  std::vector<std::string> owners;
  for (const auto& tensor : table.all()) {
    const auto owner = tensor.name.substr(0, tensor.name.find('.'));
    if (owners.empty() || owners.back() != owner) owners.push_back(owner);
  }
  EXPECT_EQ(owners,
            (std::vector<std::string>{"step0", "step1", "step2", "step3", "tower0", "tower1", "tower", "category"}));
}

/// Changes by a step to a level: (step, level).
using Change = std::pair<int, int>;

/// Which changes reach the levels that are read, found forwards: what each level depends on after each step, as the
/// steps say it: pool and unpool add one level to another, and a node attends to its own level, the children's and the
/// ancestors'.
std::set<Change> changes_that_matter(const std::vector<Step>& steps, const std::vector<bool>& read) {
  const int levels = static_cast<int>(read.size());
  std::vector<std::set<Change>> known(levels);
  for (int s = 0; s < static_cast<int>(steps.size()); ++s) {
    const auto& step = steps[s];
    const auto range = levels_of(step);
    const auto before = known;
    const auto add = [&](int to, int from) { known[to].insert(before[from].begin(), before[from].end()); };
    for (int l = range.from; l <= range.to; ++l) {
      known[l].insert({s, l});
      if (step.index() == kPool) add(l, l - 1);
      if (step.index() == kUnpool) add(l, l + 1);
      if (step.index() != kFamily) continue;
      const auto& family = std::get<FamilyStep>(step).family();
      if (family.children && l > 0) add(l, l - 1);
      for (int up = 1; up <= family.ancestors && l + up < levels; ++up) add(l, l + up);
    }
  }
  std::set<Change> matter;
  for (int l = 0; l < levels; ++l)
    if (read[l]) matter.insert(known[l].begin(), known[l].end());
  return matter;
}

std::set<Change> changes_of(const std::vector<Step>& steps) {
  std::set<Change> changes;
  for (int s = 0; s < static_cast<int>(steps.size()); ++s)
    for (int l = levels_of(steps[s]).from; l <= levels_of(steps[s]).to; ++l) changes.insert({s, l});
  return changes;
}

TEST(Steps, PrunedKeepExactlyWhatReachesTheLevelsThatAreRead) {
  for (const char* order : {"up-down", "clusters", "together"})
    for (const int levels : {1, 2, 3, 5})
      for (const int blocks : {1, 2, 3})
        for (const bool children : {false, true})
          for (const int ancestors : {0, 1, 4})
            for (int last = 0; last < levels; ++last) {
              NetworkSpec spec;
              const bool clusters = order == std::string("clusters");
              spec.order = clusters ? "up-down" : order;
              spec.blocks_on = clusters ? "clusters" : "cells";
              spec.blocks = blocks;
              spec.relations.children = children;
              spec.relations.ancestors = ancestors;
              const auto steps = steps_of(spec, levels);
              std::vector<bool> read(levels, false);
              std::fill(read.begin(), read.begin() + last + 1, true);
              EXPECT_EQ(changes_of(pruned(steps, read)), changes_that_matter(steps, read))
                  << order << ", " << levels << " levels, " << blocks << " blocks, children " << children
                  << ", ancestors " << ancestors << ", read up to " << last;
            }
}

TEST(Steps, PrunedByHand) {
  NetworkSpec spec;
  spec.order = "together";
  spec.blocks = 2;
  spec.relations.ancestors = 1;
  // Leaves are read: the last block changes the leaves alone and reads them and their parents; so the first block
  // changes these two and reads three levels; the fourth and fifth are never looked at.
  const auto steps = pruned(steps_of(spec, 5), {true, false, false, false, false});
  ASSERT_EQ(steps.size(), 6u);
  for (const int s : {0, 1}) EXPECT_FALSE(levels_of(steps[s]).empty()) << s;
  for (const int s : {2, 3}) EXPECT_TRUE(levels_of(steps[s]).empty()) << s;
  const auto &first = std::get<FamilyStep>(steps[4]), &second = std::get<FamilyStep>(steps[5]);
  EXPECT_TRUE((first.levels == LevelRange{0, 1}));
  EXPECT_TRUE((first.sources() == LevelRange{0, 2}));
  EXPECT_TRUE((second.levels == LevelRange{0, 0}));
  EXPECT_TRUE((second.sources() == LevelRange{0, 1}));
  // Up and down, with only the last level read, the way down is left out.
  NetworkSpec both;
  const auto up = pruned(steps_of(both, 3), {false, false, true});
  for (std::size_t s = 0; s < up.size(); ++s) EXPECT_EQ(levels_of(up[s]).empty(), s > 4) << s;
}

}  // namespace
}  // namespace treewalk
