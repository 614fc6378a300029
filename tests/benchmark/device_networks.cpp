// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <torch/csrc/autograd/autograd.h>

#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "core/attention/family.h"
#include "core/model/model_file.h"
#include "core/recipe/recipe.h"
#include "core/training/data_loader.h"
#include "core/training/dataset.h"
#include "core/training/optimizer.h"
#include "tests/benchmark/device_stages.h"
#include "tests/support/input_scene.h"
#include "tests/support/placement.h"
#include "tests/support/small_scenes.h"
#include "treewalk/session.h"

namespace treewalk {
namespace {

at::Tensor tensor_of(const std::vector<float>& numbers) {
  return at::from_blob(const_cast<float*>(numbers.data()), {static_cast<std::int64_t>(numbers.size())}, at::kFloat)
      .clone();
}

std::shared_ptr<const Model> shipped(const std::string& models, const std::string& name) {
  return load_model(models + "/" + name + ".treewalk");
}

/// From a cloud in memory to its labels there.
void labels_of(DeviceSides& sides, const std::string& name, const std::shared_ptr<const Model>& model,
               const Cloud& cloud) {
  std::map<bool, Session> session;  // by whether it is the CPU's
  const auto session_on = [&](c10::Device device) -> const Session& {
    RunOptions options;
    options.device = device.str();
    return session.try_emplace(device.is_cpu(), model, options).first->second;
  };
  sides.stage(name, 0, 1e-4, [&](c10::Device device) {
    const auto found = session_on(device).segment(cloud.view());
    const auto label = at::empty({static_cast<std::int64_t>(found.label.size())}, at::kInt);
    std::memcpy(label.mutable_data_ptr(), found.label.data(), label.nbytes());
    return DeviceSides::Results{label, tensor_of(found.confidence)};
  });
}

/// One made-up table, again and again.
class Tables : public DataSet {
 public:
  explicit Tables(std::int64_t points) : points_(points) {}
  std::string name() const override { return "tables"; }
  std::vector<std::string> splits() const override { return {"train"}; }
  std::vector<DataEntry> list(const std::string&) const override { return {{"t1", "made up", 0}}; }
  Cloud read(const DataEntry&) const override { return test::small_table(1, static_cast<int>(points_)); }

 private:
  std::int64_t points_;
};

/// A step of a training: its batch, and weights that stay as they are, so that it can be taken again.
struct TrainingStep {
  Batch batch;
  at::Tensor flat;
  Weights weights;
  std::unique_ptr<Optimizer> optimizer;  // of a copy of the weights
};

}  // namespace

void network_stages(DeviceSides& sides, std::int64_t points, const std::string& models) {
  const auto terrain = shipped(models, "terrain"), tabletop = shipped(models, "tabletop");
  const auto field = test::small_terrain(static_cast<int>(points)),
             table = test::small_table(1, static_cast<int>(points));
  const auto& recipe = tabletop->recipe;
  BothSides<PointSet> set;
  set.cpu = make_point_set(table.view(), {}, {});
  if (!sides.device().is_cpu()) set.there = to(set.cpu, sides.device());
  BothSides<Scene> scene;
  sides.stage("a scene of tabletop, with its features", 0, 1e-5, [&](c10::Device device) {
    auto& made = scene.on(device);
    made = test::input_scene(set.on(device), recipe.scene, test::half_leaf_placement(recipe.scene));
    DeviceSides::Results all{made.octree.order, made.position, made.hierarchy.node, made.offset};
    for (int l = 0; l < made.hierarchy.levels(); ++l)
      all.insert(all.end(), {made.hierarchy.siblings[l].offset, made.hierarchy.siblings[l].column, made.cell[l]});
    return all;
  });
  FamilyChoice everyone;
  everyone.ancestors = 2;
  const auto family = [&](c10::Device device) {
    const auto& hierarchy = scene.on(device).hierarchy;
    return family_rows(hierarchy, 0, hierarchy.levels() - 1, everyone);
  };
  double entries = 0, nodes = 0;
  if (!scene.on(sides.device()).hierarchy.first.empty()) {
    const auto rows = family(sides.device());
    entries = static_cast<double>(rows.rows.entries()), nodes = static_cast<double>(rows.rows.rows());
  }
  sides.stage("families of its cells", 9 * entries + 28 * nodes, 0, [&](c10::Device device) {
    const auto rows = family(device);
    return DeviceSides::Results{rows.rows.offset, rows.rows.column, rows.relation};
  });
  labels_of(sides, "labels by tabletop", tabletop, table);
  labels_of(sides, "labels by terrain", terrain, field);
  labels_of(sides, "labels by parts, of 3,000 points", shipped(models, "parts"), test::small_object(true, 2, 3000));
}

void training_stages(DeviceSides& sides, std::int64_t points, const std::string& recipes) {
  auto json = Json::parse(read_recipe(recipes + "/tabletop.json").text);
  json["classes"][0]["from"] = Json::array({"1"});  // what the made-up table has
  json["classes"][1]["from"] = Json::array({"2"});
  json["network"]["cell_size"] = 0.004;
  json["training"]["augment"] = Json::object();
  const auto recipe = parse_recipe(json);
  const Network network(recipe);
  const auto data = std::make_shared<Tables>(points);
  const auto items = list_data(*data, "train", recipe);
  BothSides<TrainingStep> step;
  const auto prepare = [&](c10::Device device) {
    auto& one = step.on(device);
    if (one.flat.defined()) return;
    one.batch = DataLoader(recipe, network, items, data, 1, device)(0);
    initial_weights(network.parameters(), 1, &one.flat);
    one.flat = one.flat.to(device);
    one.weights = weight_views(network.parameters(), one.flat);
    for (auto& w : one.weights) w.requires_grad_(true);
    one.optimizer = std::make_unique<Optimizer>(network.parameters(), recipe.training, 1000, one.flat.clone());
  };
  const auto taken = [&](c10::Device device, const Weights& used) {
    auto& one = step.on(device);
    const auto loss = batch_loss(network, used, one.batch, recipe.training);
    auto gradients = torch::autograd::grad({loss}, one.weights, {}, std::nullopt, false, true);
    const auto norm = one.optimizer->update(gradients);
    gradients.insert(gradients.end(), {loss.detach(), norm});
    return gradients;
  };
  sides.stage("a step of training, forward and backward", 0, 1e-3, [&](c10::Device device) {
    prepare(device);
    return taken(device, step.on(device).weights);
  });
  sides.stage_there("the same with products in bfloat16", [&] {
    prepare(sides.device());
    const auto& weights = step.on(sides.device()).weights;
    taken(sides.device(), with_products_in(at::kBFloat16, network.parameters(), weights));
  });
}

}  // namespace treewalk
