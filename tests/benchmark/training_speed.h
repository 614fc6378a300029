// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <string>

namespace treewalk {

// Clouds per second of whole training steps on one process's threads, nothing made ahead in the background: hierarchies
// and batches, forward, backward, and the optimiser's update. Medians of `repeat` steps after one that does not count.

/// The released classifier as specified, with Adam. Without the release's augmentation, which costs next to nothing.
double released_training_clouds_per_second(int batch, std::int64_t points, int repeat);

/// treewalk's steps by a classification recipe, its augmentation included; the recipe's batch is replaced.
double our_training_clouds_per_second(const std::string& recipe, int batch, std::int64_t points, int repeat);

}  // namespace treewalk
