// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <vector>

#include "core/model/model_file.h"
#include "core/network/network.h"
#include "core/scene/normalise.h"
#include "core/scene/point_set.h"
#include "tests/support/input_scene.h"
#include "tests/support/placement.h"
#include "tests/support/small_scenes.h"

namespace treewalk::test {

/// Recipes of every kind of network, small.
inline Json recipe_of(const std::string& kind) {
  auto json = small_recipe();
  if (kind.find("ByPosition") != std::string::npos) {
    if (kind.rfind("Parts", 0) == 0) json = small_parts_recipe();
    json["network"]["hierarchy"] = "position";
    return json;
  }
  if (kind == "UpDown") return json;
  if (kind.rfind("Parts", 0) == 0) {
    json = small_parts_recipe();
    if (kind == "PartsInOneBlock") {
      json["network"]["blocks"] = 1;
      json["network"]["relations"] = {"siblings"};
      json["network"]["point_attention"] = false;
    }
    return json;
  }
  if (kind.find("Separate") != std::string::npos) json["network"]["softmax"] = "separate";
  if (kind.find("NoPosition") != std::string::npos) json["network"]["position"] = "none";
  if (kind.find("RelationPosition") != std::string::npos) json["network"]["position"] = "relation";
  auto& network = json["network"];
  if (kind.find("OnClusters") != std::string::npos) network["blocks_on"] = "clusters";
  if (kind.find("Grf") != std::string::npos) {
    network["attention"] = "grf";
    network["walks"] = {{"hops", 2}, {"walkers", 0}};
  }
  if (kind.find("GrfWalks") != std::string::npos)
    network["walks"] = {
        {"hops", 3}, {"walkers", 4}, {"halt", 0.1}, {"expected_last_hop", false}, {"feature_map", "relu"}};
  if (kind.find("GrfSymmetric") != std::string::npos) network["walks"]["mask"] = "symmetric";
  if (kind.find("GrfPerHead") != std::string::npos) {
    network["walks"]["walkers"] = 3;
    network["walks"]["drawn"] = "per-head";
  }
  if (kind.find("GrfWithoutTree") != std::string::npos) network["walks"]["tree"] = false;
  if (kind.find("GrfFactored") != std::string::npos)
    network["walks"] = {{"mask", "symmetric"}, {"path", "factored"}, {"hops", 1}, {"feature_map", "elu"}};
  if (kind.find("GrfThinned") != std::string::npos)
    network["walks"] = {{"hops", 4},           {"frontier", 5},
                        {"entries", 7},        {"feature_map", "exponential"},
                        {"mask", "symmetric"}, {"diagonal", "independent"}};
  if (kind.find("GrfAlternating") != std::string::npos) {
    network["attention"] = {"grf", "global", "family"};
    network["blocks"] = 3;
    network["walks"] = {{"feature_map", "favor"}, {"features", 6}, {"walkers", 3}, {"drawn", "per-block"}};
  }
  if (kind.rfind("UpDown", 0) == 0) return json;
  json["network"]["order"] = "together";
  json["network"]["widths"] = {16, 16, 16};
  json["network"]["relations"] = {"siblings", "children", "ancestors"};
  if (kind == "TogetherWithPoints") {
    json["network"]["blocks"] = 2;
    json["network"]["point_stage"] = 8;
    json["network"]["point_attention"] = true;
    json["network"]["standardise"] = true;
  }
  return json;
}

inline PointSet example_points(const Recipe& recipe, std::uint64_t seed, int size) {
  const auto cloud = recipe.categories.empty() ? small_table(seed, size) : small_object(seed % 2 == 0, seed, size);
  return normalised(make_point_set(cloud.view(), {}, {}), recipe.scene);
}

inline Scene example_scene(const Recipe& recipe, std::uint64_t seed, int size) {
  return test::input_scene(example_points(recipe, seed, size), recipe.scene, test::half_leaf_placement(recipe.scene));
}

/// Everything that is a network's input in double.
inline Scene in_double(Scene scene) {
  for (auto& features : scene.cell) features = features.to(at::kDouble);
  scene.offset = scene.offset.to(at::kDouble);
  scene.point = scene.point.to(at::kDouble);
  return scene;
}

/// Fresh weights with the terms that start at zero moved, so that nothing is trivial.
inline Weights moved_weights(const Network& network, at::ScalarType type = at::kFloat) {
  at::Tensor flat;
  auto weights = initial_weights(network.parameters(), 1, &flat);
  at::manual_seed(1);
  for (auto& w : weights) w = (w + 0.1 * at::randn_like(w)).to(type);
  return weights;
}

/// The kinds that recipe_of knows.
inline const std::vector<std::string> kNetworkKinds = {"UpDown",
                                                       "Together",
                                                       "UpDownSeparate",
                                                       "UpDownOnClusters",
                                                       "UpDownByPosition",
                                                       "PartsByPosition",
                                                       "UpDownGrfOnClusters",
                                                       "TogetherSeparateNoPosition",
                                                       "TogetherRelationPosition",
                                                       "TogetherWithPoints",
                                                       "Parts",
                                                       "PartsInOneBlock",
                                                       "UpDownGrf",
                                                       "UpDownGrfAlternating",
                                                       "TogetherGrf",
                                                       "TogetherGrfWalks",
                                                       "TogetherGrfSymmetric",
                                                       "TogetherGrfThinned",
                                                       "TogetherGrfWithoutTree",
                                                       "TogetherGrfPerHead",
                                                       "UpDownGrfPerHead",
                                                       "TogetherGrfFactored",
                                                       "TogetherGrfAlternating"};

/// A model with fresh weights, as it is read from a file.
inline std::shared_ptr<const Model> fresh_model(const Json& json, const Calibration& calibration = {}) {
  const test::TemporaryFolder folder;
  const auto recipe = parse_recipe(json);
  const Network network(recipe);
  at::Tensor flat;
  initial_weights(network.parameters(), 1, &flat);
  write_model(folder / "m.treewalk", recipe, network, flat, Json::object(), calibration);
  return load_model(folder / "m.treewalk");
}

}  // namespace treewalk::test
