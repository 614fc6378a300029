// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/coordinate_system.h"

#include <cmath>
#include <cstdio>

namespace treewalk {
namespace {

constexpr double us_survey_foot = 1200.0 / 3937.0;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

bool differ(double a, double b) { return std::abs(a - b) > 0.01 * b; }

std::string beside_hand(const CoordinateSystem& system, const std::array<double, 3>& by_hand) {
  if (system.degrees) return "its coordinates are angles, says its coordinate system, but --scale is taken";
  const auto contradiction = [](const char* what, double found, double said) {
    return std::string(what) + " in " + unit_name(found) + ", says its coordinate system, but --scale " + number(said) +
           " is taken";
  };
  const double plane = system.horizontal_metres, up = system.vertical_metres;
  if (plane > 0 && differ(by_hand[0], plane)) return contradiction("x and y are", plane, by_hand[0]);
  if (up > 0 && differ(by_hand[2], up)) return contradiction("heights are", up, by_hand[2]);
  return {};
}

std::string remark_on(const CoordinateSystem& system, double metres) {
  const double plane = system.horizontal_metres, up = system.vertical_metres;
  if (plane == 0 && up == 0)
    return "it says no unit of length, and metres are assumed; where it is another, --scale XY,Z says it (0.3048 for "
           "feet)";
  std::string remark;
  if (metres != 1 && (plane == 0 || up == 0))
    remark = std::string("its coordinate system has no unit of ") + (up == 0 ? "heights" : "x and y") + ", and " +
             unit_name(metres) + " are assumed as of " + (up == 0 ? "x and y" : "heights") +
             "; where it is another, --scale XY,Z says it";
  if (system.kind == CoordinateKind::geocentric)
    remark += std::string(remark.empty() ? "" : "; ") + "its coordinates are geocentric, so z does not point up";
  if (system.down)
    remark += std::string(remark.empty() ? "" : "; ") + "its z grows downwards, says its coordinate system";
  return remark;
}

}  // namespace

std::string unit_name(double metres) {
  const auto is = [metres](double unit) { return std::abs(metres - unit) <= 1e-9 * unit; };
  if (metres == 0) return "no known unit";
  return is(1)                ? "metres"
         : is(0.3048)         ? "feet"
         : is(us_survey_foot) ? "US survey feet"
                              : "units of " + number(metres) + " m";
}

CoordinateSystem coordinate_system_of(std::string_view wkt, const std::vector<std::uint16_t>& directory,
                                      const std::vector<double>& doubles, std::string_view ascii) {
  if (wkt.find_first_not_of(std::string_view(" \t\r\n\0", 5)) == wkt.npos)
    return directory.empty() ? CoordinateSystem() : coordinate_system_of_geokeys(directory, doubles, ascii);
  CoordinateSystem system = coordinate_system_of_wkt(wkt);
  if (directory.empty() || system.vertical_metres > 0) return system;
  try {
    const CoordinateSystem keys = coordinate_system_of_geokeys(directory, doubles, ascii);
    system.vertical_metres = keys.vertical_metres;
    system.vertical_epsg = keys.vertical_epsg;
    system.down = keys.down;
  } catch (const Error&) {  // the text says enough
  }
  return system;
}

ToMetres to_metres(const CoordinateSystem* system, const std::array<double, 3>* by_hand, const std::string& file) {
  ToMetres result;
  if (by_hand != nullptr) {
    result.factor = *by_hand;
    if (system != nullptr) result.remark = beside_hand(*system, *by_hand);
  } else if (system != nullptr) {
    if (system->degrees)
      throw Error(file + ": its coordinates are angles" + (system->name.empty() ? "" : " (" + system->name + ")") +
                  ", and models need lengths: project it into a system in metres, such as the UTM zone of the place, "
                  "or say with --scale what a unit is where it is none");
    const double plane = system->horizontal_metres, up = system->vertical_metres;
    const double x = plane > 0 ? plane : up > 0 ? up : 1;
    result.factor = {x, x, up > 0 ? up : x};
    result.remark = remark_on(*system, x);
  }
  if (!result.remark.empty()) result.remark = file + ": " + result.remark;
  return result;
}

}  // namespace treewalk
