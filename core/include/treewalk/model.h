// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "treewalk/export.h"

namespace treewalk {
/// \addtogroup core
/// @{

/// One row of a model's class table. Results are written as `id`.
struct ClassInfo {
  std::uint32_t id = 0;                                                ///< what results hold
  std::string name;                                                    ///< unique within the model
  std::string color;                                                   ///< "#rrggbb"
  std::vector<std::pair<std::uint32_t, std::uint32_t>> source_labels;  ///< inclusive ranges of training labels
  std::string category = "";  ///< models of parts: the kind of object that this is a part of; else empty
};

/// What a model file says about itself.
struct ModelInfo {
  std::string task;                          ///< "segmentation" or "classification"
  std::vector<ClassInfo> classes;            ///< in the model's order
  std::uint32_t unknown_id = 255;            ///< label of points that have no class
  std::vector<std::string> required_fields;  ///< besides x, y and z
  std::vector<std::string> optional_fields;  ///< replaced by the model's defaults where a cloud lacks them
  std::string recipe;                        ///< the whole recipe, JSON
  std::string attention;                     ///< what the blocks are, and how masks are made, in words
  std::vector<std::string> categories;       ///< models of parts: the kinds of objects
  double temperature = 1;                    ///< what scores are divided by before they become confidences
  double category_temperature = 1;           ///< the same for the scores of categories
  std::string calibration;      ///< JSON: the temperatures, the data that they fit, the error before and after; or ""
  std::string training_card;    ///< JSON: data set, licence, split, points, seed, epochs, accuracy, command
  std::string library_version;  ///< of treewalk, which wrote the file
  std::string sha256;           ///< of the file
  std::int64_t parameters = 0;  ///< number of weights
  /// Points farther away than this (horizontally, in the units of the training data) have no part in a point's label;
  /// infinite: all points of the cloud may have.
  double reach = 0;
  std::string hierarchy;  ///< how levels are made, in words
  int levels = 0;         ///< of the hierarchy, its leaf cells among them
  int features = 0;       ///< version of the features that it was trained with; see docs/how_it_works.md
};

/// A network with its weights and tables; immutable, so one model may serve many threads.
class Model;

/// Loads and checks a *.treewalk file. Throws Error with a sentence when the file is missing, damaged, or does not
/// match the network it describes; nothing large is allocated before the header has been checked.
/// \param file a path; find_model() gives that of a shipped model
/// \return the model, never null
TREEWALK_EXPORT std::shared_ptr<const Model> load_model(const std::filesystem::path& file);
/// What a model says about itself.
/// \param model a loaded model
/// \return its classes, fields and origin; lives as long as the model
TREEWALK_EXPORT const ModelInfo& model_info(const Model& model);

/// @}
}  // namespace treewalk
