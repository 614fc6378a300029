// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <filesystem>

#include "treewalk/cloud.h"
#include "treewalk/write_file.h"

namespace treewalk {
/// \addtogroup io
/// @{

/// Whether a file's name ends in .pcd or .ply, in any case.
/// \param file that need not exist
/// \return whether it does
TREEWALK_EXPORT bool is_cloud_file(const std::filesystem::path& file);

/// Reads a .pcd (ascii, binary, binary_compressed) or .ply (ascii, binary of either byte order) file, format by
/// extension. Every value keeps its type and bits; padding ("_" in a .pcd) is dropped; an empty cloud is not an error.
/// Names follow PCL: "rgb" is a float32 that holds the packed colour; in a .ply the uchar properties red, green, blue
/// (and alpha) become "rgb" ("rgba"), and nx, ny, nz become normal_x, normal_y, normal_z. Of a .ply only the vertices,
/// the camera (viewpoint) and the grid's size are read.
/// A triangle mesh (.off) gives 2048 points with normals, drawn evenly over its area: those that open_data gives with
/// its defaults.
/// Throws Error, in one line that begins with the file's name, for anything that the file cannot be: the header is
/// checked against the file's size before any memory for points is taken.
/// \param file a .pcd, .ply or .off
/// \return all points and fields
TREEWALK_EXPORT Cloud read_cloud(const std::filesystem::path& file);

/// Writes every field, the organisation and the viewpoint; the inverse of read_cloud. A .pcd is binary_compressed
/// unless `compress` is false (or the points exceed the 4 GB that the format can hold compressed, or the library was
/// built without liblzf, as it can be: it then reads no compressed .pcd either, and says so), a .ply binary;
/// fields of several values become name_0, name_1, ... in a .ply, which also cannot hold 64-bit integers.
/// The file appears whole or not at all (see write_file). Throws Error.
/// \param file a .pcd or .ply
/// \param cloud all of which is written
/// \param compress whether a .pcd is compressed
TREEWALK_EXPORT void write_cloud(const std::filesystem::path& file, const Cloud& cloud, bool compress = true);

/// @}
}  // namespace treewalk
