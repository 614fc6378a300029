// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <treewalk/model.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "labels.h"

namespace program {

/// What `--map` says of labels whose values a model does not know: each value that it names gets a label of its own, of
/// which the model is told what it means.
struct LabelMap {
  LabelChange change;                                         ///< none where nothing is said
  std::map<std::uint32_t, std::vector<std::string>> meaning;  ///< for treewalk::EvaluationOptions
};

/// pairs: VALUE=CLASS, or VALUE=CLASS|CLASS for a value that may stand for any of several, not all. Throws UsageError.
LabelMap label_map(const std::vector<std::string>& pairs, const treewalk::ModelInfo& info);

}  // namespace program
