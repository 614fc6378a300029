// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace treewalk {

/// A place in whole numbers, 0 to 2^30.
struct Site {
  std::int32_t x, y;
};

/// Bytes that triangles_of takes for a site at its most; measured, by the process's VmHWM.
constexpr std::int64_t bytes_of_site = 450;

/// The triangles of the Delaunay triangulation: three numbers of sites each, turning to the left. Of several
/// sites at one place one is taken. Where more than three sites lie on a circle, as on a lattice, the triangles share
/// one of its corners. Fewer than three sites, and sites on a line, have none.
std::vector<std::array<std::int32_t, 3>> triangles_of(const std::vector<Site>& sites);

}  // namespace treewalk
