// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Training on a device that stands in for a GPU: the CPU's steps and updates, its losses, checkpoints that move, and
// mixed precision.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/model/model_file.h"
#include "core/network/ops.h"
#include "core/training/data_loader.h"
#include "core/training/optimizer.h"
#include "tests/stand_in/device.h"
#include "tests/support/error_of.h"
#include "tests/support/small_networks.h"
#include "tests/support/training_fixture.h"

namespace treewalk {
namespace {

using test::tested_device;

Cloud read_table(const std::filesystem::path& file) { return test::small_table(test::seed_of(file), 1500); }

class DeviceTraining : public test::TrainingTest {
 protected:
  DeviceTraining() : TrainingTest(test::small_recipe()) {
    for (int i = 1; i <= 4; ++i) test::touch(folder / ("data/train/t" + std::to_string(i) + ".pcd"));
    test::touch(folder / "data/val/t11.pcd");
    for (const char* name : {"sphere", "box"})
      for (int i = 1; i <= 4; ++i)
        test::touch(folder / ("shapes/train/" + std::string(name) + "/s" + std::to_string(i) + ".pcd"));
    tables = folder_data(folder / "data", read_table);
    shapes = folder_data(folder / "shapes", test::read_shape);
    options.data = tables;
  }
  std::string device() const { return tested_device().str(); }
  /// The loss after each step of a training: means over the epoch so far.
  std::vector<double> losses(TrainingOptions how) {
    std::vector<double> loss;
    const auto own = how.progress;
    how.progress = [&](const TrainingProgress& p) {
      if (p.step > 0 && p.message.find("on val") == std::string::npos) loss.push_back(p.loss);
      return !own || own(p);
    };
    try {
      train(how);
    } catch (const Cancelled&) {
    }
    return loss;
  }
  std::vector<double> losses(const std::string& where) {
    auto how = options;
    how.device = where;
    return losses(how);
  }
  std::shared_ptr<const DataSet> tables, shapes;
};

void expect_near(const std::vector<double>& found, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(found[i], expected[i], tolerance) << "step " << i;
}

/// Recipes as test::recipe_of knows them, and "Coarse": points of the table may also be of a wall.
Json recipe_of(const std::string& kind) {
  if (kind != "Coarse") return test::recipe_of(kind);
  auto json = test::recipe_of("UpDown");
  json["classes"][0]["from"] = {"3"};
  json["classes"].push_back({{"id", 11}, {"name", "wall"}, {"from", {"4"}}});
  json["coarse"] = {{"1", {"table", "wall"}}};
  return json;
}

TEST_F(DeviceTraining, BatchesHaveTheCpusBits) {
  for (const std::string kind : {"UpDown", "Coarse", "TogetherWithPoints", "TogetherGrfWalks", "Parts"}) {
    auto json = recipe_of(kind);
    json["training"]["feature_dropout"] = 0.2;
    const auto recipe = parse_recipe(json);
    const Network network(recipe);
    const std::shared_ptr<const DataSet> data = kind == "Parts" ? std::make_shared<test::Objects>(3, 3) : tables;
    const auto items = list_data(*data, "train", recipe);
    const auto here = DataLoader(recipe, network, items, data, 1)(3);
    const auto there = DataLoader(recipe, network, items, data, 1, tested_device())(3);
    EXPECT_EQ(there.target.device(), tested_device());
    const auto same = [](const at::Tensor& a, const at::Tensor& b) { return at::equal(a.cpu(), b); };
    EXPECT_TRUE(same(there.target, here.target)) << kind;
    EXPECT_TRUE(same(there.input.points.place, here.input.points.place)) << kind;
    ASSERT_EQ(there.cell_target.size(), here.cell_target.size());
    for (std::size_t l = 0; l < here.cell_target.size(); ++l)
      EXPECT_TRUE(same(there.cell_target[l], here.cell_target[l])) << kind << l;
    for (std::size_t l = 0; l < here.input.scene.cell.size(); ++l)
      EXPECT_TRUE(same(there.input.scene.cell[l], here.input.scene.cell[l])) << kind << l;
    if (kind == "Parts") {
      EXPECT_TRUE(same(there.category_target, here.category_target));
    }
  }
}

TEST_F(DeviceTraining, UpdatesAreTheCpus) {
  ParameterTable table;
  table.add({"matrix", {4, 3}, Init::uniform, 1, true});
  table.add({"unused", {5}, Init::uniform, 1, true});
  table.add({"bias", {4}, Init::uniform, 1, false});
  TrainingSpec spec;
  spec.warmup = 3;
  at::Tensor here, there;
  initial_weights(table, 1, &here);
  there = here.to(tested_device());
  Optimizer on_cpu(table, spec, 20, here), on_device(table, spec, 20, there);
  at::manual_seed(1);
  for (int step = 0; step < 20; ++step) {
    const auto matrix = at::randn({4, 3}) * (step % 2 ? 10 : 0.01), bias = at::randn({4}) * 0.01;
    const auto norm = on_cpu.update({matrix, at::Tensor(), bias}).item<double>();
    const auto found = on_device.update({matrix.to(tested_device()), at::Tensor(), bias.to(tested_device())});
    EXPECT_NEAR(found.cpu().item<double>(), norm, 1e-12 * norm);
  }
  for (int row = 0; row < 4; ++row) {  // of the largest: a GPU multiplies and adds in one, and moments nearly cancel
    const auto found = on_device.state()[row], expected = on_cpu.state()[row];
    EXPECT_LE((found - expected).abs().max().item<float>(), 1e-6 * expected.abs().max().item<float>()) << row;
  }
  if (test::counts_traffic()) {
    EXPECT_TRUE(at::allclose(on_device.state(), on_cpu.state(), 1e-6, 1e-9));
  }
  EXPECT_TRUE(at::equal(on_device.state()[0], there.cpu()));
}

// In float32, as trainings are. A parameter that the loss does not depend on (a bias under a softmax) has noise for a
// gradient: what counts is the largest of its own, or a thousandth of the largest of all.
TEST_F(DeviceTraining, AStepHasTheCpusLossAndGradients) {
  for (const std::string kind :
       {"UpDown", "Coarse", "TogetherWithPoints", "TogetherGrfSymmetric", "UpDownGrfAlternating", "Parts"}) {
    const auto recipe = parse_recipe(recipe_of(kind));
    const Network network(recipe);
    const std::shared_ptr<const DataSet> data = kind == "Parts" ? std::make_shared<test::Objects>(3, 3) : tables;
    const auto items = list_data(*data, "train", recipe);
    const auto step = [&](c10::Device where) {
      const auto batch = DataLoader(recipe, network, items, data, 1, where)(2);
      Weights weights;
      for (const auto& w : test::moved_weights(network)) weights.push_back(w.to(where).requires_grad_(true));
      Dropout dropout(1, 2, 0.1, 0.1);
      const auto loss = batch_loss(network, weights, batch, recipe.training, &dropout);
      auto results = torch::autograd::grad({loss}, weights, {}, std::nullopt, false, true);
      results.push_back(loss.detach());
      return results;
    };
    const auto here = step(c10::kCPU), there = step(tested_device());
    EXPECT_NEAR(there.back().cpu().item<double>(), here.back().item<double>(), 1e-5) << kind;
    double largest = 0;
    for (const auto& g : here)
      if (g.defined()) largest = std::max(largest, g.abs().max().item<double>());
    for (std::size_t i = 0; i + 1 < here.size(); ++i) {
      const auto& name = network.parameters().all()[i].name;
      ASSERT_EQ(there[i].defined(), here[i].defined()) << kind << " " << name;
      if (!here[i].defined()) continue;
      EXPECT_EQ(there[i].device(), tested_device());
      const double own = std::max(here[i].abs().max().item<double>(), 1e-3 * largest);
      EXPECT_LE((there[i].cpu() - here[i]).abs().max().item<double>(), 1e-4 * own) << kind << " " << name;
    }
  }
}

TEST_F(DeviceTraining, RecipesLearnThereAsOnTheCpu) {
  for (const auto& kind : test::kNetworkKinds) {
    if (kind.find("Grf") != std::string::npos && kind != "TogetherGrfWalks" && kind != "UpDownGrfAlternating") continue;
    auto recipe = test::recipe_of(kind);
    recipe["training"]["epochs"] = 1;
    write_recipe(recipe);
    options.data = kind.rfind("Parts", 0) == 0 ? std::make_shared<test::Objects>(3, 3) : tables;
    SCOPED_TRACE(kind);
    expect_near(losses(device()), losses("cpu"), 5e-3);
  }
  write_recipe(test::small_classification_recipe());
  options.data = shapes;
  expect_near(losses(device()), losses("cpu"), 5e-3);
}

TEST_F(DeviceTraining, AStepWaitsOnce) {
  auto how = options;
  how.device = device();
  how.threads = 1;
  std::vector<std::vector<std::string>> waits;
  how.progress = [&](const TrainingProgress& p) {
    if (p.step > 0 && p.message.find("on val") == std::string::npos) waits.push_back(test::traffic().waits);
    test::reset_traffic();
    return true;
  };
  train(how);
  ASSERT_EQ(waits.size(), 10u);
  for (const auto& step : waits) EXPECT_TRUE(test::waits_are(step, {"copy to the host"}));
}

TEST_F(DeviceTraining, CheckpointsMoveBetweenDevices) {
  const auto expected = losses("cpu");
  const auto until = [&](int step, const std::string& where, bool resume) {
    auto how = options;
    how.device = where;
    how.resume = resume;
    how.progress = [&](const TrainingProgress& p) { return p.step != step; };
    return losses(how);
  };
  auto found = until(3, "cpu", false);
  for (const auto& more : {until(7, device(), true), until(-1, "cpu", true)})
    found.insert(found.end(), more.begin(), more.end());
  expect_near(found, expected, 5e-3);
  EXPECT_FALSE(std::filesystem::exists(options.output.string() + ".checkpoint"));
}

TEST_F(DeviceTraining, TheModelSaysWhereItWasTrainedAndRunsAnywhere) {
  auto how = options;
  how.device = device();
  train(how);
  const auto model = load_model(options.output);
  EXPECT_EQ(model->flat.device(), c10::kCPU);
  EXPECT_EQ(model->flat.scalar_type(), at::kFloat);
  const auto card = Json::parse(model_info(*model).training_card);
  EXPECT_EQ(card.at("device"), c10::DeviceTypeName(tested_device().type(), true));
  EXPECT_FALSE(card.contains("precision"));
  EvaluationOptions check;
  check.data = options.data;
  check.split = "val";
  const auto here = evaluate(model, check);
  EXPECT_EQ(here.device, "cpu");
  check.run.device = device();
  const auto there = evaluate(model, check);
  EXPECT_EQ(there.device, device());
  EXPECT_NEAR(there.overall_accuracy, here.overall_accuracy, 2e-3);  // but for points whose classes tie
}

TEST_F(DeviceTraining, MixedPrecisionLearnsWithWeightsInFloat32) {
  auto how = options;
  how.device = device();
  how.precision = "bfloat16";
  const auto found = losses(how), expected = losses("cpu");
  expect_near(found, expected, 0.05);
  EXPECT_NE(found, losses(device())) << "nothing was rounded";
  train(how);
  const auto model = load_model(options.output);
  EXPECT_EQ(model->flat.scalar_type(), at::kFloat);
  EXPECT_FALSE(at::equal(model->flat, model->flat.to(at::kBFloat16).to(at::kFloat)));
  EXPECT_EQ(Json::parse(model_info(*model).training_card).at("precision"), "bfloat16");
}

TEST_F(DeviceTraining, MixedProductsAreThoseOfRoundedNumbers) {
  at::manual_seed(3);
  const auto round = [](const at::Tensor& x) { return x.to(at::kBFloat16).to(at::kFloat); };
  const auto x = at::randn({37, 24}), weight = at::randn({16, 24}), bias = at::randn({16});
  const auto lx = x.to(tested_device()).requires_grad_(), lw = weight.to(tested_device()).requires_grad_(),
             lb = bias.to(tested_device()).requires_grad_();
  for (const bool with_bias : {true, false}) {
    const auto y = linear(lx, lw.to(at::kBFloat16), with_bias ? lb : at::Tensor());
    EXPECT_EQ(y.scalar_type(), at::kFloat);
    const auto product = round(x).mm(round(weight).t());
    const auto expected = with_bias ? product + bias : product;
    // The product is rounded too: eight bits of it stay.
    EXPECT_LT((y.detach().cpu() - expected).abs().max().item<float>(), product.abs().max().item<float>() / 256);
    const auto dy = at::randn({37, 16});
    auto wanted = std::vector<at::Tensor>{lx, lw};
    if (with_bias) wanted.push_back(lb);
    const auto gradients = torch::autograd::grad({y}, wanted, {dy.to(tested_device())});
    for (const auto& g : gradients) EXPECT_EQ(g.scalar_type(), at::kFloat);
    const auto dx = round(dy).mm(round(weight)), dw = round(dy).t().mm(round(x));
    EXPECT_LT((gradients[0].cpu() - dx).abs().max().item<float>(), dx.abs().max().item<float>() / 256);
    EXPECT_LT((gradients[1].cpu() - dw).abs().max().item<float>(), dw.abs().max().item<float>() / 256);
    if (with_bias) {
      EXPECT_TRUE(at::allclose(gradients[2].cpu(), dy.sum(0), 1e-5, 1e-5));
    }
  }
}

TEST_F(DeviceTraining, RefusalsAreSentences) {
  auto how = options;
  how.device = "cpu";
  how.precision = "bfloat16";
  EXPECT_NE(error_of([&] { train(how); }).find("use float32"), std::string::npos);
  how.precision = "half";
  EXPECT_NE(error_of([&] { train(how); }).find("\"half\"; known are float32 and bfloat16"), std::string::npos);
  how = options;
  how.device = "abacus";
  EXPECT_NE(error_of([&] { train(how); }).find("unknown device"), std::string::npos);
  auto recipe = test::small_recipe();
  recipe["training"]["learning_rate"] = recipe["training"]["weight_decay"] = 10;  // weights grow a hundredfold a step
  recipe["training"]["epochs"] = 6;
  recipe["training"]["warmup"] = 0;
  write_recipe(recipe);
  for (const auto& where : {std::string("cpu"), device()}) {
    how = options;
    how.device = where;
    EXPECT_NE(error_of([&] { train(how); }).find("the gradient is not finite at step"), std::string::npos) << where;
  }
}

}  // namespace
}  // namespace treewalk
