// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/recipe/recipe.h"
#include "core/training/sample.h"
#include "treewalk/dataset.h"

namespace treewalk {

/// One cloud of a split.
struct DataItem : DataEntry {
  int cloud_label = -1;  ///< classification: index of the class; models of parts: of the category
  /// The last part of the name, without an extension.
  std::string stem() const { return std::filesystem::path(name).stem().string(); }
  /// What messages call the cloud.
  std::string where() const { return file.string() + (index < 0 ? "" : ", cloud " + std::to_string(index)); }
};

/// The clouds of a split, sorted by name (byte order); the first part of a name is the class (classification) or the
/// category (models of parts).
/// only, without: regular expressions that are searched in the stem (use ^ and $ to bind them); "" chooses all.
/// Throws Error that says what is there and what was expected for a split that is missing or without clouds, a class
/// that the recipe does not have, and choices that leave nothing.
std::vector<DataItem> list_data(const DataSet& data, const std::string& split, const Recipe& recipe,
                                const std::string& only = "", const std::string& without = "");

/// Class index of every point from the cloud's label_field (any integer type, or whole numbers stored as floats), or
/// what stands for one of its coarse label (see Recipe::class_of); -1 where there is no label and where the recipe
/// ignores it. Throws Error for a missing field and for a label that the recipe does not know.
std::vector<std::int8_t> class_of_points(const CloudView& cloud, const Recipe& recipe);

/// The finite points of a cloud with the recipe's fields and their labels; classification: every point carries -1 and
/// the sample the class of `item`. Of a scene the bulk only (see parts_of), uncut: the sample's note says how many
/// points were left out and where.
Sample make_sample(const CloudView& cloud, const DataItem& item, const Recipe& recipe);

/// Reads a cloud and makes a sample of it; errors and notes name the file. A cloud without a finite point gives an
/// empty sample whose note says so.
Sample read_sample(const DataItem& item, const Recipe& recipe, const DataSet& data);

}  // namespace treewalk
