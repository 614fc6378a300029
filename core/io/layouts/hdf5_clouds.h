// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "treewalk/dataset.h"

namespace treewalk {

/// Entries CLASS/STEM_INDEX for the clouds of an HDF5 file: `data` [n,points,3] and `label` [n] or [n,1], an index
/// into `classes`.
std::vector<DataEntry> hdf5_clouds(const std::filesystem::path& file, const std::vector<std::string>& classes);

/// One of them. `normal` [n,points,3] becomes the normals; `mask` [n,points] the label: 0 where it is -1 (background),
/// otherwise 1.
Cloud read_hdf5_cloud(const DataEntry& entry);

}  // namespace treewalk
