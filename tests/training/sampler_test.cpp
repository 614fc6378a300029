// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/sampler.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace treewalk {
namespace {

std::vector<DataItem> items_named(const std::vector<std::string>& names) {
  std::vector<DataItem> items;
  for (const auto& name : names) {
    DataItem item;
    item.name = name;
    items.push_back(item);
  }
  return items;
}

const std::vector<std::string> kSites{"north_1.pcd", "north_2.pcd", "north_3.pcd",
                                      "south_1.pcd", "east_1.pcd",  "east_2.pcd"};

TEST(Sampler, EveryPassTakesEachCloudOnceInAnOrderOfItsOwn) {
  TrainingSpec training;
  training.batch = 2;
  const auto sampler = make_sampler(items_named(kSites), training);
  EXPECT_EQ(sampler.steps_per_epoch, 3);
  std::set<std::vector<std::size_t>> orders;
  for (std::uint64_t pass = 0; pass < 20; ++pass) {
    std::vector<std::size_t> order;
    for (std::uint64_t draw = 6 * pass; draw < 6 * pass + 6; ++draw) order.push_back(cloud_of(sampler, {4, draw}));
    EXPECT_EQ(std::set<std::size_t>(order.begin(), order.end()).size(), 6u) << pass;
    orders.insert(order);
  }
  EXPECT_GT(orders.size(), 15u);  // of 720 possible ones
}

TEST(Sampler, StepsOfAnEpochAreTheRecipesOrOnePass) {
  TrainingSpec training;
  training.batch = 4;
  EXPECT_EQ(make_sampler(items_named(kSites), training).steps_per_epoch, 1);
  training.batch = 9;
  EXPECT_EQ(make_sampler(items_named(kSites), training).steps_per_epoch, 1);
  training.steps_per_epoch = 50;
  EXPECT_EQ(make_sampler(items_named(kSites), training).steps_per_epoch, 50);
}

TEST(Sampler, BalanceMakesGroupsEquallyLikelyAndThenTheirClouds) {
  TrainingSpec training;
  training.balance = "^([a-z]+)_";
  const auto sampler = make_sampler(items_named(kSites), training);
  EXPECT_EQ(sampler.stratum, (std::vector<std::vector<std::size_t>>{{4, 5}, {0, 1, 2}, {3}}));  // east, north, south
  const std::uint64_t draws = 9000;
  std::vector<int> count(6);
  for (std::uint64_t draw = 0; draw < draws; ++draw) ++count[cloud_of(sampler, {1, draw})];
  // A third for each group; the tolerance is five standard deviations.
  for (const int north : {0, 1, 2}) EXPECT_NEAR(count[north], 1000, 5 * 30);
  EXPECT_NEAR(count[3], 3000, 5 * 45);
  for (const int east : {4, 5}) EXPECT_NEAR(count[east], 1500, 5 * 36);
  EXPECT_EQ(cloud_of(sampler, {1, 77}), cloud_of(sampler, {1, 77}));
}

TEST(Sampler, CloudsThatAreInNoGroupAreOneMoreGroup) {
  TrainingSpec training;
  training.balance = "^([a-z]+)_";
  const auto sampler = make_sampler(items_named({"north_1.pcd", "7.pcd", "north_2.pcd", "8.pcd"}), training);
  EXPECT_EQ(sampler.stratum, (std::vector<std::vector<std::size_t>>{{0, 2}, {1, 3}}));
  EXPECT_EQ(sampler.warning,
            "the recipe's training.balance \"^([a-z]+)_\" finds no group in the names of 2 of 4 clouds, such as \"7\"; "
            "they are one more group");
  EXPECT_EQ(make_sampler(items_named(kSites), training).warning, "");
}

// The recipe's pattern is of the data that the shipped model was trained on.
TEST(Sampler, ABalanceThatFitsNoNameIsNone) {
  TrainingSpec training, plain;
  training.balance = "^samp([0-9])";
  const auto sampler = make_sampler(items_named(kSites), training);
  EXPECT_TRUE(sampler.stratum.empty());
  EXPECT_NE(sampler.warning.find("6 of 6 clouds, such as \"north_1\"; clouds are drawn in turn"), std::string::npos)
      << sampler.warning;
  for (std::uint64_t draw = 0; draw < 12; ++draw)
    EXPECT_EQ(cloud_of(sampler, {1, draw}), cloud_of(make_sampler(items_named(kSites), plain), {1, draw}));
}

TEST(Choose, TakesEverySetEquallyOftenAndKeepsTheOrder) {
  const std::vector<std::int32_t> candidates{2, 3, 5, 8};
  std::map<std::vector<std::int32_t>, int> count;
  for (std::uint64_t i = 0; i < 6000; ++i) ++count[choose(candidates, 2, RandomStream(3, i))];
  ASSERT_EQ(count.size(), 6u);
  for (const auto& [set, times] : count) {
    EXPECT_LT(set[0], set[1]);
    EXPECT_NEAR(times, 1000, 5 * 29);
  }
}

TEST(Choose, TakesAllWhereThereAreNoMore) {
  EXPECT_EQ(choose({4, 1}, 2, RandomStream(1, 1)), (std::vector<std::int32_t>{4, 1}));
  EXPECT_EQ(choose({4, 1}, 9, RandomStream(1, 1)), (std::vector<std::int32_t>{4, 1}));
  EXPECT_TRUE(choose({}, 3, RandomStream(1, 1)).empty());
  EXPECT_TRUE(choose({4, 1}, 0, RandomStream(1, 1)).empty());
}

}  // namespace
}  // namespace treewalk
