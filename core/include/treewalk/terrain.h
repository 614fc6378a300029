// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "treewalk/cloud.h"
#include "treewalk/coordinate_system.h"

namespace treewalk {
/// \addtogroup io
/// @{

/// Heights over squares of the x-y plane, as GIS programs keep them: north is up. The square (column, row) covers
/// west + column cell <= x < west + (column + 1) cell and north - (row + 1) cell <= y < north - row cell.
struct HeightMap {
  static constexpr float no_data = -9999;  ///< of squares without a height
  double west = 0;                         ///< x of the left border, a multiple of `cell`
  double north = 0;                        ///< y of the upper border, a multiple of `cell`
  double cell = 1;                         ///< side of a square
  std::int64_t width = 0;                  ///< squares from west to east
  std::int64_t height = 0;                 ///< squares from north to south
  std::vector<float> value;                ///< [height][width]
};

/// What a point is to the models below.
enum class PointUse : std::uint8_t {
  none,   ///< left out: noise, or far from all others
  other,  ///< stands on the ground, or is not known to be of it
  ground  ///< of the ground
};

/// How terrain_model makes heights.
struct TerrainOptions {
  double cell = 1;     ///< side of a square, in the unit of x and y
  bool fill = true;    ///< squares without a point of the ground get a height too, from the points around
  double max_gap = 0;  ///< how far from any point they get one, in the unit of x and y; 0: 50 squares
};

/// The most that the functions below take at a time beside the cloud, in bytes. Throws Error for a `cell` that is not
/// above 0, for no points, and for more than 4,000,000 squares along a side.
/// \param cloud N points
/// \param use of each of them
/// \param cell side of a square
/// \return bytes
TREEWALK_EXPORT std::int64_t terrain_bytes(const CloudView& cloud, const std::vector<PointUse>& use, double cell);

/// The height of the ground in the middle of each square: linear in the triangles of the Delaunay triangulation of the
/// points of the ground, of which each square lends the one nearest to its middle (of several the first), and each row
/// and column of squares its outermost ones. Beyond the
/// outermost triangles a square has the height of its own point, or of the nearest square that has one. Squares further
/// than max_gap from every square with a point (of any use but none) have no height, nor have those beyond the
/// triangles that are further than that from the ground. The map covers all points that are not left out.
/// The same for any order of the points, but for equal distances. Throws Error where no point is of the ground, and as
/// terrain_bytes does; in builds without GeoTIFF always.
/// \param cloud N points; those that are not finite are left out
/// \param use of each of them
/// \param options cell and gaps
/// \return the heights
TREEWALK_EXPORT HeightMap terrain_model(const CloudView& cloud, const std::vector<PointUse>& use,
                                        const TerrainOptions& options);

/// The highest point of each square, whatever it is; the same squares as terrain_model has. A square without a point
/// has no height. Throws Error as terrain_bytes does.
/// \param cloud N points; those that are not finite are left out
/// \param use of each of them
/// \param cell side of a square
/// \return the heights
TREEWALK_EXPORT HeightMap surface_model(const CloudView& cloud, const std::vector<PointUse>& use, double cell);

/// z of each point less the terrain's height there: bilinear between the middles of the four squares around, of those
/// among them that have a height. Throws Error for a cloud without x, y and z.
/// \param cloud N points
/// \param terrain as terrain_model gives it
/// \return N heights; NaN for points without a finite position or a terrain below
TREEWALK_EXPORT std::vector<float> height_above(const CloudView& cloud, const HeightMap& terrain);

/// Writes a GeoTIFF: float32, compressed (deflate), the value no_data as GDAL marks it. The coordinate system stands in
/// it by the EPSG code that it has or that PROJ finds for it; where there is none, its text goes into a file beside it
/// that ends in .prj. Both appear whole or not at all. Throws Error naming the file; in builds without GeoTIFF always.
/// \param file that is made or replaced
/// \param map with at least one square
/// \param system of the points; one of which nothing is known is left out
/// \return a sentence to tell, where there is no code; else empty
TREEWALK_EXPORT std::string write_geotiff(const std::filesystem::path& file, const HeightMap& map,
                                          const CoordinateSystem& system);

/// @}
}  // namespace treewalk
