// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// In place of terrain.cpp, triangles.cpp and geotiff.cpp where TREEWALK_GEOTIFF is off.
#include "treewalk/terrain.h"

namespace treewalk {
namespace {

[[noreturn]] void refuse() {
  throw Error("this build makes no rasters of terrain: it has no GeoTIFF; build with TREEWALK_GEOTIFF=ON");
}

}  // namespace

std::int64_t terrain_bytes(const CloudView&, const std::vector<PointUse>&, double) { refuse(); }
HeightMap terrain_model(const CloudView&, const std::vector<PointUse>&, const TerrainOptions&) { refuse(); }
HeightMap surface_model(const CloudView&, const std::vector<PointUse>&, double) { refuse(); }
std::vector<float> height_above(const CloudView&, const HeightMap&) { refuse(); }
std::string write_geotiff(const std::filesystem::path&, const HeightMap&, const CoordinateSystem&) { refuse(); }

}  // namespace treewalk
