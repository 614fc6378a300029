// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/model/model_file.h"
#include "core/recipe/strict_json.h"
#include "core/training/data_loader.h"
#include "treewalk/trainer.h"

namespace treewalk {

/// What a model file says of its training: nothing that differs between two runs of the same training. The recipe
/// carries the seed and the number of epochs that were used. loss: the mean of the last epoch.
/// Throws Error for a note that is not key=value.
Json training_card(const TrainingOptions& options, const Recipe& recipe, const DataLoader& load, c10::Device device,
                   double loss);

/// Calibration by the split "val" where the data have one, by the recipe otherwise; the figures on val are added to the
/// card. weights: flat, on the CPU.
Calibration calibrate_on_val(const TrainingOptions& options, const Recipe& recipe, const Network& network,
                             const at::Tensor& weights, Json& card);

}  // namespace treewalk
