// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>
#include <vector>

#include "core/scene/scene_options.h"

namespace treewalk {

/// What is said of a feature module wherever recipes are explained. The exact formula stands on top of its class.
struct FeatureInfo {
  std::string name, sentence;
  std::string unit;                        ///< of its numbers
  std::vector<std::string> columns;        ///< of a cell
  std::string repeated;                    ///< "ancestor" or "level": the columns stand there once for each
  std::vector<std::string> point_columns;  ///< of a point, if any
};

/// All modules that a recipe can name.
const std::vector<FeatureInfo>& feature_table();
std::vector<std::string> feature_names();
/// The input fields (input_field_names()) that the options' features read, in that order.
std::vector<std::string> fields_of_features(const SceneOptions& options);

/// "module.column" for every point column of the options' features, in order: by these a recipe names one.
std::vector<std::string> point_column_names(const SceneOptions& options);

}  // namespace treewalk
