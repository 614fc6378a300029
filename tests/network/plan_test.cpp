// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace treewalk {
namespace {

TEST(Plan, GoesUpWithoutAncestorsAndDownWithThem) {
  NetworkSpec spec;
  const auto plan = make_plan(spec, 3);
  const std::vector<std::pair<PlanStep::Kind, int>> expected{
      {PlanStep::attend, 0}, {PlanStep::pool, 1},   {PlanStep::attend, 1}, {PlanStep::pool, 2},  {PlanStep::attend, 2},
      {PlanStep::spread, 1}, {PlanStep::attend, 1}, {PlanStep::spread, 0}, {PlanStep::attend, 0}};
  ASSERT_EQ(plan.size(), expected.size());
  for (std::size_t s = 0; s < plan.size(); ++s) {
    EXPECT_EQ(plan[s].kind, expected[s].first) << s;
    EXPECT_EQ(plan[s].to, expected[s].second) << s;
    if (plan[s].kind == PlanStep::attend) {
      EXPECT_EQ(plan[s].family.ancestors, s > 4 ? 1 : 0) << s;
      EXPECT_EQ(plan[s].first_source, std::max(0, plan[s].to - 1)) << s;
      EXPECT_EQ(plan[s].last_source, plan[s].to + (s > 4 ? 1 : 0)) << s;
    }
  }
}

TEST(Plan, TogetherPoolsUpwardsAndThenAttendsAtAllLevels) {
  NetworkSpec spec;
  spec.order = "together";
  spec.blocks = 2;
  spec.relations.ancestors = 2;
  const auto plan = make_plan(spec, 3);
  ASSERT_EQ(plan.size(), 4u);
  EXPECT_EQ(plan[0].kind, PlanStep::pool);
  EXPECT_EQ(plan[1].kind, PlanStep::pool);
  for (int s : {2, 3}) {
    EXPECT_EQ(plan[s].kind, PlanStep::attend);
    EXPECT_EQ(plan[s].from, 0);
    EXPECT_EQ(plan[s].to, 2);
    EXPECT_EQ(plan[s].last_source, 2);
  }
}

TEST(Plan, KindsOfAttentionTakeTurnsOverAllBlocks) {
  NetworkSpec spec;
  spec.attention = {"grf", "family"};
  for (const char* order : {"up-down", "together"}) {
    spec.order = order;
    spec.blocks = spec.order == "together" ? 5 : 1;
    std::vector<PlanStep::Attention> found;
    for (const auto& step : make_plan(spec, 3))
      if (step.kind == PlanStep::attend) found.push_back(step.attention);
    const auto grf = PlanStep::masked_attention, family = PlanStep::family_attention;
    EXPECT_EQ(found, (std::vector<PlanStep::Attention>{grf, family, grf, family, grf})) << order;
  }
}

/// Changes by a step to a level: (step, level).
using Change = std::pair<int, int>;

/// Which changes reach the levels that are read, found forwards: what each level depends on after each step, as the
/// steps say it: pool and spread add one level to another, and a node attends to its own level, the children's and the
/// ancestors'.
std::set<Change> changes_that_matter(const Plan& plan, const std::vector<bool>& read) {
  const int levels = static_cast<int>(read.size());
  std::vector<std::set<Change>> known(levels);
  for (int s = 0; s < static_cast<int>(plan.size()); ++s) {
    const auto& step = plan[s];
    const auto before = known;
    const auto add = [&](int to, int from) { known[to].insert(before[from].begin(), before[from].end()); };
    for (int l = step.from; l <= step.to; ++l) {
      known[l].insert({s, l});
      if (step.kind == PlanStep::pool) add(l, l - 1);
      if (step.kind == PlanStep::spread) add(l, l + 1);
      if (step.kind != PlanStep::attend) continue;
      if (step.family.children && l > 0) add(l, l - 1);
      for (int up = 1; up <= step.family.ancestors && l + up < levels; ++up) add(l, l + up);
    }
  }
  std::set<Change> matter;
  for (int l = 0; l < levels; ++l)
    if (read[l]) matter.insert(known[l].begin(), known[l].end());
  return matter;
}

std::set<Change> changes_of(const Plan& plan) {
  std::set<Change> changes;
  for (int s = 0; s < static_cast<int>(plan.size()); ++s)
    for (int l = plan[s].from; l <= plan[s].to; ++l) changes.insert({s, l});
  return changes;
}

TEST(Plan, PrunedKeepsExactlyWhatReachesTheLevelsThatAreRead) {
  for (const char* order : {"up-down", "together"})
    for (const int levels : {1, 2, 3, 5})
      for (const int blocks : {1, 2, 3})
        for (const bool children : {false, true})
          for (const int ancestors : {0, 1, 4})
            for (int last = 0; last < levels; ++last) {
              NetworkSpec spec;
              spec.order = order;
              spec.blocks = blocks;
              spec.relations.children = children;
              spec.relations.ancestors = ancestors;
              const auto plan = make_plan(spec, levels);
              std::vector<bool> read(levels, false);
              std::fill(read.begin(), read.begin() + last + 1, true);
              EXPECT_EQ(changes_of(pruned(plan, read)), changes_that_matter(plan, read))
                  << order << ", " << levels << " levels, " << blocks << " blocks, children " << children
                  << ", ancestors " << ancestors << ", read up to " << last;
            }
}

TEST(Plan, PrunedByHand) {
  NetworkSpec spec;
  spec.order = "together";
  spec.blocks = 2;
  spec.relations.ancestors = 1;
  // Leaves are read: the last block changes the leaves alone and reads them and their parents; so the first block
  // changes these two and reads three levels; the fourth and fifth are never looked at.
  const auto plan = pruned(make_plan(spec, 5), {true, false, false, false, false});
  ASSERT_EQ(plan.size(), 6u);
  for (const int s : {0, 1}) EXPECT_FALSE(plan[s].skipped()) << s;
  for (const int s : {2, 3}) EXPECT_TRUE(plan[s].skipped()) << s;
  EXPECT_EQ(std::make_pair(plan[4].from, plan[4].to), std::make_pair(0, 1));
  EXPECT_EQ(std::make_pair(plan[4].first_source, plan[4].last_source), std::make_pair(0, 2));
  EXPECT_EQ(std::make_pair(plan[5].from, plan[5].to), std::make_pair(0, 0));
  EXPECT_EQ(std::make_pair(plan[5].first_source, plan[5].last_source), std::make_pair(0, 1));
  // Up and down, with only the last level read, the way down is left out.
  NetworkSpec both;
  const auto up = pruned(make_plan(both, 3), {false, false, true});
  for (std::size_t s = 0; s < up.size(); ++s) EXPECT_EQ(up[s].skipped(), s > 4) << s;
}

}  // namespace
}  // namespace treewalk
