// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace treewalk {

/// What the keys of a GeoTIFF directory say, as far as units and codes go. 0: not given.
struct GeoKeys {
  static constexpr int kUserDefined = 32767;
  int model = 0;           ///< GTModelTypeGeoKey: 1 projected, 2 geographic, 3 geocentric
  int projected = 0;       ///< ProjectedCSTypeGeoKey
  int geographic = 0;      ///< GeographicTypeGeoKey
  int linear_unit = 0;     ///< ProjLinearUnitsGeoKey, or GeogLinearUnitsGeoKey of geocentric systems
  double linear_size = 0;  ///< ProjLinearUnitSizeGeoKey, or GeogLinearUnitSizeGeoKey
  bool has_linear_size = false;
  int vertical = 0;       ///< VerticalCSTypeGeoKey
  int vertical_unit = 0;  ///< VerticalUnitsGeoKey
  std::string citation;   ///< PCSCitationGeoKey, GTCitationGeoKey or GeogCitationGeoKey, the first of them
  std::string esri;       ///< the WKT that ESRI's programs keep in a citation ("ESRI PE String = ...")
};

/// Throws Error for a directory without a header; whatever else is wrong counts as not given. directory: not empty.
GeoKeys read_geokeys(const std::vector<std::uint16_t>& directory, const std::vector<double>& doubles,
                     std::string_view ascii);

}  // namespace treewalk
