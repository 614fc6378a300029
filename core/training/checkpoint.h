// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "core/recipe/recipe.h"
#include "core/training/dataset.h"
#include "core/training/optimizer.h"

namespace treewalk {

/// How far a training is.
struct Progress {
  std::int64_t step = 0;  ///< steps done
  double loss_sum = 0;    ///< of the epoch so far
  std::int64_t loss_count = 0;
  double seconds = 0;  ///< spent by earlier processes
};

/// What must be equal for a checkpoint to go on: everything that the remaining steps depend on, but for the device and
/// the precision, between which a training may move. reading: see TrainingOptions.
std::string fingerprint(const Recipe& recipe, const std::vector<DataItem>& items, std::uint64_t seed,
                        std::int64_t steps, const std::map<std::string, std::string>& reading);

/// Into how many pieces the training that wrote this file cuts its batches; 0 where its recipe does not say, or for a
/// file that is no checkpoint.
int checkpoint_pieces(const std::filesystem::path& file);

void write_checkpoint(const std::filesystem::path& file, const std::string& print, const Optimizer& optimizer,
                      const Progress& progress);

/// Restores the optimizer of `numel` weights. Throws Error for a file that is no checkpoint, or that of another
/// training.
Progress read_checkpoint(const std::filesystem::path& file, const std::string& print, Optimizer& optimizer,
                         std::int64_t numel);

}  // namespace treewalk
