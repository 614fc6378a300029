// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/io/text_file.h"

namespace treewalk {

struct Mesh {
  std::vector<std::array<double, 3>> vertex;
  std::vector<std::array<std::uint32_t, 3>> triangle;
};

/// Reads an .off file (ascii). Faces of more corners become fans; colours and normals are passed over; the counts may
/// follow OFF without a line break, as in many files of ModelNet.
Mesh read_off(const std::filesystem::path& file);
Mesh read_off(TextFile file);

/// Points drawn evenly over the mesh's area, with the normals of their faces (by the order of their corners). The
/// result is a function of the mesh, `points`, the seed and `name`. Throws Error for a mesh without area.
Cloud sample_mesh(const Mesh& mesh, std::int64_t points, std::uint64_t seed, const std::string& name);

/// Both, under the name of the file without its extension; errors name the file.
Cloud sample_off(const std::filesystem::path& file, std::int64_t points, std::uint64_t seed);

}  // namespace treewalk
