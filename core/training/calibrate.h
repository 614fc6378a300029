// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <memory>

#include "core/model/model_file.h"
#include "treewalk/trainer.h"

namespace treewalk {

/// Temperatures that make a model's confidences fit the given split (Guo et al., ICML 2017): one for the classes and,
/// for models of parts, one for the categories, each with the least mean -log p(truth): over all objects, and of scenes
/// the median of what each of them alone would have, so that an odd one does not spoil it. Of every cloud up to
/// `kCalibrationPoints` points count, evenly spread. The note holds the expected calibration errors before and after.
Calibration calibrate(std::shared_ptr<const Model> model, const EvaluationOptions& options);

constexpr std::int64_t kCalibrationPoints = 4096;

}  // namespace treewalk
