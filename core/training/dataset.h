// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/model/recipe.h"
#include "core/training/augment.h"
#include "treewalk/trainer.h"

namespace treewalk {

/// One cloud of a split.
struct DataItem {
  std::filesystem::path file;
  std::string name;      ///< path relative to the split's folder, with '/'
  int cloud_label = -1;  ///< classification: index of the class; models of parts: of the category
  std::string stem() const { return file.stem().string(); }
};

/// The clouds of a split, sorted by name (byte order): segmentation data/split/**/*.pcd|ply, classification
/// data/split/CLASS/**/*.pcd|ply (models of parts: the categories). Names that start with a dot are passed over.
/// only, without: regular expressions that are searched in the file stem (use ^ and $ to bind them); "" chooses all.
/// Throws Error that says what is there and what was expected for a folder that is missing, a split without clouds,
/// a classification folder that is no class of the recipe, and choices that leave nothing.
std::vector<DataItem> list_data(const std::filesystem::path& data, const std::string& split, const Recipe& recipe,
                                const std::string& only = "", const std::string& without = "");

/// Class index of every point from the field "label" (any integer type, or whole numbers stored as floats); -1 where
/// the recipe ignores it. Throws Error for a missing field and for a label that the recipe does not know.
std::vector<std::int8_t> class_of_points(const CloudView& cloud, const Recipe& recipe);

/// The finite points of a cloud with the recipe's fields and their labels; classification: every point carries -1 and
/// the sample the class of `item`.
Sample make_sample(const CloudView& cloud, const DataItem& item, const Recipe& recipe);

/// Reads a file and makes a sample of it; errors name the file. A file without a finite point is an error.
Sample read_sample(const DataItem& item, const Recipe& recipe, const CloudReader& read);

}  // namespace treewalk
