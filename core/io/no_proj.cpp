// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// In place of proj.cpp where TREEWALK_PROJ is off.
#include "core/io/esri_wkt.h"
#include "treewalk/coordinate_system.h"

namespace treewalk {
namespace {

[[noreturn]] void refuse() {
  throw Error(
      "the coordinate system is not read, so its units are not known: this build has no PROJ; build with "
      "TREEWALK_PROJ=ON");
}

}  // namespace

CoordinateSystem coordinate_system_of_wkt(std::string_view) { refuse(); }

CoordinateSystem coordinate_system_of_geokeys(const std::vector<std::uint16_t>&, const std::vector<double>&,
                                              std::string_view) {
  refuse();
}

CoordinateSystem coordinate_system_of_epsg(int) { refuse(); }

int epsg_of(const CoordinateSystem&) { return 0; }

std::string esri_wkt(const CoordinateSystem& system) { return system.wkt; }

}  // namespace treewalk
