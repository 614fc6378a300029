// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <string>

#include "tests/benchmark/row_process.h"

namespace treewalk {

// The release of Sequoia (TMLR 2024) as specified (tests/sequoia_reference), from positions and normals in memory to
// scores, its tree included.

/// How the release is run.
enum class Release {
  as_it_is,
  repaired,         ///< without full sort, repeated neighbour search and discarded mlp
  with_our_search,  ///< and with its neighbours by treewalk's search
  at_its_best       ///< and without all levels and products that cannot reach the result
};

/// What a row calls it.
const char* name_of(Release release);

/// Memory that it takes for one cloud, roughly.
double estimated_mb(Release release, std::int64_t points);

/// task: "classification" or "segmentation" (of a category that is given), batch 1, in evaluation.
Figures released_inference(const Run& run, const std::string& task, Release release, std::int64_t points);

/// Classification: steps of `batch` clouds with Adam, trees included. Without the release's augmentation.
Figures released_training(const Run& run, Release release, int batch, std::int64_t points);

}  // namespace treewalk
