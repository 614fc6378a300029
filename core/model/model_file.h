// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "core/model/safetensors.h"
#include "core/network/network.h"
#include "core/recipe/recipe.h"
#include "core/scene/cloud_measure.h"
#include "treewalk/session.h"

namespace treewalk {

/// What load_model returns; complete only inside the core.
class Model {
 public:
  /// What the recipe says is filled into the description.
  explicit Model(const Recipe& recipe_read, ModelInfo description = {});
  Recipe recipe;
  Network network;
  ModelInfo info;
  at::Tensor flat;               ///< all weights, float32
  Weights weights;               ///< views into `flat`
  MeasureRange spacing, extent;  ///< of the clouds that it was trained on, where the card tells
};

/// Temperatures that scores are divided by before they become confidences, and how well these then fit: see
/// core/training/calibrate.h.
struct Calibration {
  double temperature = 1, category_temperature = 1;
  std::string note = "{}";  ///< JSON: on which data, and the errors before and after
};

/// Writes a *.treewalk file: a safetensors file whose __metadata__ holds format, task, recipe, classes and training
/// card and calibration (all as strings of JSON). Appears whole or not at all. flat: the network's weights in table
/// order.
void write_model(const std::filesystem::path& file, const Recipe& recipe, const Network& network,
                 const at::Tensor& flat, const Json& training_card, const Calibration& calibration = {});

/// As from a file: what load_model does once it is open.
std::shared_ptr<const Model> load_model(SafetensorsFile& file);

/// Names and shapes of a network's parameters.
std::vector<TensorEntry> tensor_entries(const ParameterTable& table);

}  // namespace treewalk
