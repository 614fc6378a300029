// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "treewalk/dataset.h"

namespace treewalk {
/// \addtogroup training
/// @{

/// How open_data understands a folder.
struct LayoutOptions {
  std::string layout = "auto";  ///< one of layout_names(), or auto: the only one that the folder looks like
  std::int64_t points = 2048;   ///< sampled on each mesh
  std::uint64_t seed = 0;       ///< of that sampling
};

/// Opens a folder of labelled clouds in treewalk's own layout or in that of a public data set, as it was unpacked.
/// Class names, labels and splits are those of the data set; see layout_help. Fields are x, y, z (float32) and what
/// else there is of normal_x, normal_y, normal_z, intensity (float32), rgb (as in PCL), label and instance (uint32).
/// Meshes are sampled evenly over their area; the points depend on the seed and the name of the mesh's file alone, and
/// carry the normals of their faces.
/// Throws Error in one line: for a folder that is not laid out as asked (what was expected, what was found), one that
/// looks like no layout or like several, and an unknown layout (which are known, and the nearest). Clouds in HDF5 files
/// are refused by a library that was built without HDF5, as it can be.
/// \param folder as it was unpacked
/// \param options which layout, and how meshes are sampled
/// \return the data set; clouds are read when they are asked for
TREEWALK_EXPORT std::shared_ptr<const DataSet> open_data(const std::filesystem::path& folder,
                                                         const LayoutOptions& options = {});

/// The layouts that open_data knows.
/// \return the names that LayoutOptions::layout may have, "auto" left out
TREEWALK_EXPORT std::vector<std::string> layout_names();

/// The layouts in words, for a program's help.
/// \return a line for each layout: its names, and what lies in the folder
TREEWALK_EXPORT std::string layout_help();

/// @}
}  // namespace treewalk
