// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <memory>

#include "core/model/model_file.h"
#include "core/recipe/recipe.h"
#include "tests/benchmark/row_process.h"

namespace treewalk {

/// A model with fresh weights, which take the same time as others.
std::shared_ptr<const Model> fresh_model(const Recipe& recipe);

/// Session::classify or Session::segment, whichever the model is for, from point records in memory, octree and features
/// included.
Figures our_inference(const Run& run, const std::shared_ptr<const Model>& model, std::int64_t points);

/// Steps of `batch` clouds of made-up surfaces by a classification recipe, whose own batch is replaced: octree,
/// features and the recipe's augmentation, forward and backward; with an update of the weights or without.
Figures our_training(const Run& run, Recipe recipe, int batch, std::int64_t points, bool update = true);

/// One block of family attention of width 128 over all nodes of the tree of `recipe`, or the attention in it without
/// its projections and its MLP; octree, neighbours and families included; forward, or forward and backward.
Figures our_layer(const Run& run, const Recipe& recipe, std::int64_t points, bool whole_block, bool backward);

}  // namespace treewalk
