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
  std::uint64_t faces = 0;                   ///< of any number of corners; 0: the vertices are a cloud of points
  std::vector<std::array<float, 3>> normal;  ///< of a cloud of points whose file announces them: [vertices], else none
  std::vector<std::array<float, 3>> color;   ///< the same: red, green, blue, 0 to 1
};

/// Reads an .off file (ascii). Faces of more corners become fans; colours and normals of meshes are passed over. The
/// word OFF may be left out, and the counts may follow it without a line break, as in many files of ModelNet. A vertex
/// or face is a line, or, where that does not fit, as many words as it needs. A vertex that no face uses may be
/// anything.
Mesh read_off(const std::filesystem::path& file);
Mesh read_off(TextFile file);

/// Points drawn evenly over the mesh's area, with the normals of their faces (by the order of their corners). The
/// result is a function of the mesh, `points`, the seed and `name`. Throws Error for a mesh without area.
Cloud sample_mesh(const Mesh& mesh, std::int64_t points, std::uint64_t seed, const std::string& name);

/// The vertices as x, y, z (float32, or float64 where one is beyond 1000), with normals and colours (rgb) if there are
/// any.
Cloud vertices_of(const Mesh& mesh);

/// Reads and samples, under the name of the file without its extension; of a file without faces, its vertices. Errors
/// name the file.
Cloud sample_off(const std::filesystem::path& file, std::int64_t points, std::uint64_t seed);
Cloud sample_off(TextFile file, std::int64_t points, std::uint64_t seed);

}  // namespace treewalk
