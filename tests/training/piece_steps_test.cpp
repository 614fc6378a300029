// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/piece_steps.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/training/step.h"
#include "tests/support/small_networks.h"
#include "tests/support/training_fixture.h"

namespace treewalk {
namespace {

/// Tables of different sizes, some without a label.
class Tables : public DataSet {
 public:
  std::string name() const override { return "tables"; }
  std::vector<std::string> splits() const override { return {"train"}; }
  std::vector<DataEntry> list(const std::string&) const override {
    return {{"t1", "made up"}, {"t2", "made up"}, {"t3", "made up"}};
  }
  Cloud read(const DataEntry& entry) const override {
    const int number = entry.name[1] - '0';
    Cloud cloud = test::small_table(static_cast<std::uint64_t>(number), 200 * number);
    if (number == 2) cloud.set_field("label", std::vector<std::uint32_t>(static_cast<std::size_t>(cloud.size()), 0));
    return cloud;
  }
};

struct Case {
  std::string name;
  Json json;
  std::shared_ptr<const DataSet> data;
};

std::vector<Case> cases() {
  std::vector<Case> cases;
  const auto tables = std::make_shared<Tables>();
  const auto objects = std::make_shared<test::Objects>(3, 2);
  for (const char* kind :
       {"UpDown", "Together", "UpDownOnClusters", "UpDownByPosition", "TogetherWithPoints", "UpDownGrf"})
    cases.push_back({kind, test::recipe_of(kind), tables});
  cases.push_back({"Parts", test::recipe_of("Parts"), objects});
  auto json = test::recipe_of("UpDown");
  json["training"]["class_weights"] = {0.3, 2.5};
  json["training"]["label_smoothing"] = 0.1;
  cases.push_back({"weights of classes", json, tables});
  json = test::recipe_of("UpDown");
  json["network"]["hierarchy"] = "learned";
  json["training"].update({{"compact_weight", 0.2}, {"link_weight", 0.3}});
  cases.push_back({"learned clusters", json, tables});
  json = test::small_classification_recipe();
  json["training"]["label_smoothing"] = 0.1;
  for (auto& one : {"house", "lolly"}) json["classes"].push_back({{"id", json["classes"].size() + 1}, {"name", one}});
  cases.push_back({"classification", json, objects});
  for (auto& one : cases) one.json["training"].update({{"batch", 5}, {"dropout", 0}, {"head_dropout", 0}});
  return cases;
}

TEST(PieceSteps, GradientsOfPiecesSumToThatOfTheBatch) {
  for (const auto& [name, json, data] : cases()) {
    const auto recipe = parse_recipe(json);
    const Network network(recipe);
    const DataLoader load(recipe, network, list_data(*data, "train", recipe), data, 3);
    auto weights = test::moved_weights(network);
    for (auto& w : weights) w.requires_grad_(true);
    const auto batch = load(0);
    const auto whole = gradient_and_loss(batch_loss(network, weights, batch, recipe.training), weights);
    const auto all = loss_weights(batch, recipe.training);
    std::vector<double> sum(all.size());
    auto total = at::zeros_like(whole, whole.options().dtype(at::kDouble));
    for (const auto& [first, last] : {std::pair(0, 2), {2, 3}, {3, 5}}) {
      const auto piece = load.part(0, first, last);
      const auto own = loss_weights(piece, recipe.training);
      ASSERT_EQ(own.size(), all.size()) << name;
      for (std::size_t i = 0; i < all.size(); ++i) sum[i] += own[i];
      total += gradient_and_loss(batch_loss(network, weights, piece, recipe.training, nullptr, &all), weights);
    }
    for (std::size_t i = 0; i < all.size(); ++i) EXPECT_NEAR(sum[i], all[i], 1e-6 * all[i]) << name << " " << i;
    const auto norm = whole.to(at::kDouble).norm().item<double>();
    EXPECT_GT(norm, 1e-3) << name;
    EXPECT_LT((total - whole).norm().item<double>(), 1e-5 * norm) << name;
    EXPECT_NEAR(total[-1].item<double>(), whole[-1].item<double>(), 1e-5 * whole[-1].item<double>()) << name;
  }
}

TEST(PieceSteps, OnePieceIsTheWholeBatchBitForBit) {
  auto json = test::recipe_of("UpDown");
  json["training"].update({{"batch", 3}, {"dropout", 0.1}, {"head_dropout", 0.1}});
  const auto recipe = parse_recipe(json);
  const Network network(recipe);
  const auto data = std::make_shared<Tables>();
  const DataLoader load(recipe, network, list_data(*data, "train", recipe), data, 3);
  const auto stepped = [&](bool in_pieces) {
    at::Tensor flat;
    auto weights = initial_weights(network.parameters(), 1, &flat);
    Optimizer optimizer(network.parameters(), recipe.training, 5, flat);
    for (auto& w : weights) w.requires_grad_(true);
    PieceSteps steps(recipe, network, load, nullptr, false);
    for (std::int64_t step = 0; step < 5; ++step) {
      if (in_pieces) {
        steps.take([&] { return steps.pieces(step); }, weights, optimizer, false);
        continue;
      }
      Dropout dropout(recipe.training.seed, static_cast<std::uint64_t>(step), 0.1, 0.1);
      take_step(batch_loss(network, weights, load(step), recipe.training, &dropout), weights, optimizer, "");
    }
    EXPECT_EQ(steps.made(), in_pieces ? 15 : 0);
    return optimizer.state();
  };
  EXPECT_TRUE(at::equal(stepped(true), stepped(false)));
}

}  // namespace
}  // namespace treewalk
