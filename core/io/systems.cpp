// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Coordinate systems by PROJ; no_proj.cpp stands in for it where TREEWALK_PROJ is off.
#include <algorithm>
#include <cmath>

#include "core/io/esri_wkt.h"
#include "core/io/geokeys.h"
#include "core/io/proj.h"
#include "treewalk/detail/words.h"

namespace treewalk {
namespace {

constexpr std::size_t most_text = 1 << 16;
constexpr int most_levels = 32;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r\n\f\v";
  text = text.substr(0, text.find('\0'));
  const std::size_t begin = text.find_first_not_of(white);
  return begin == text.npos ? std::string_view() : text.substr(begin, text.find_last_not_of(white) - begin + 1);
}

/// How deep its brackets are nested, outside of quotes. roots: how many stand side by side, and where each ends.
int levels_of(std::string_view wkt, std::vector<std::size_t>& roots) {
  int level = 0, most = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < wkt.size(); ++i) {
    const char c = wkt[i];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '[' || c == '(') most = std::max(most, ++level);
    if ((c == ']' || c == ')') && --level == 0) roots.push_back(i + 1);
  }
  return most;
}

/// ESRI writes a system of heights behind that of the plane, with a comma between them: a compound without its frame.
std::string framed(std::string_view wkt, const std::vector<std::size_t>& roots) {
  if (roots.size() == 2) {
    const std::string_view rest = trimmed(wkt.substr(roots[0]));
    if (!rest.empty() && rest[0] == ',')
      return "COMPD_CS[\"unnamed\"," + std::string(wkt.substr(0, roots[0])) + std::string(rest) + "]";
  }
  return std::string(wkt);
}

/// The name of a system, or of its parts where the whole is called nothing.
std::string name_of(const Proj& proj, const PJ* system) {
  const char* name = proj_get_name(system);
  if (name == nullptr) return {};
  if (proj_get_type(system) != PJ_TYPE_COMPOUND_CRS || std::string(name) != "unnamed") return detail::printable(name);
  std::string names;
  for (int part = 0; part < 2; ++part) {
    const ProjObject sub(proj_crs_get_sub_crs(proj.context(), system, part));
    names += (part > 0 ? " + " : "") + (sub != nullptr ? name_of(proj, sub.get()) : std::string());
  }
  return names;
}

bool is_code(int key) { return key > 0 && key < GeoKeys::kUserDefined; }

CoordinateSystem by_code(const Proj& proj, int code, const std::string& instead) {
  const ProjObject system = proj.system(code);
  if (system == nullptr) throw Error("PROJ's database has no coordinate system EPSG:" + std::to_string(code) + instead);
  CoordinateSystem result;
  describe(proj, system.get(), result);
  result.name = name_of(proj, system.get());
  result.wkt = proj.wkt(system.get());
  return result;
}

/// The unit that keys give for x and y by themselves; 0: none.
double unit_of(const Proj& proj, const GeoKeys& keys) {
  if (keys.linear_unit == GeoKeys::kUserDefined && keys.has_linear_size) return checked_unit(keys.linear_size);
  return is_code(keys.linear_unit) ? proj.unit(keys.linear_unit) : 0;
}

CoordinateSystem projected_by(const Proj& proj, const GeoKeys& keys) {
  const double unit = unit_of(proj, keys);
  CoordinateSystem result;
  if (is_code(keys.projected) && (unit == 0 || proj.system(keys.projected) != nullptr)) {
    result = by_code(proj, keys.projected, ", and no key gives a unit instead");
    if (result.degrees) return result;  // whatever the other keys say
  } else if (!keys.esri.empty()) {
    result = coordinate_system_of_wkt(keys.esri);
  } else {
    result.kind = CoordinateKind::projected;
    result.name = detail::printable(keys.citation);
  }
  if (unit > 0) {
    // Feet of either kind under the code of the other are the same system to all but surveyors.
    if (std::abs(unit - result.horizontal_metres) > 1e-5 * unit) result.epsg = 0, result.wkt.clear();
    result.horizontal_metres = unit;
  }
  return result;
}

CoordinateSystem on_globe_by(const Proj& proj, const GeoKeys& keys) {
  CoordinateSystem result;
  if (is_code(keys.geographic) && proj.system(keys.geographic) != nullptr) {
    result = by_code(proj, keys.geographic, "");
  } else if (!keys.esri.empty()) {
    result = coordinate_system_of_wkt(keys.esri);
  } else {
    result.name = detail::printable(keys.citation);
  }
  if (keys.model != 3) {
    if (result.kind != CoordinateKind::unknown) return result;  // a code of a plane where one of a globe belongs, too
    result.kind = CoordinateKind::geographic;
    result.degrees = true;
  } else if (result.kind != CoordinateKind::geocentric) {  // a code of the globe names the datum alone
    const double unit = unit_of(proj, keys);
    result.kind = CoordinateKind::geocentric;
    result.degrees = false;
    result.epsg = 0;
    result.wkt.clear();
    result.horizontal_metres = result.vertical_metres = unit > 0 ? unit : 1;  // metres, says the standard
  }
  return result;
}

/// Heights as keys give them. Codes of GeoTIFF 1.0 that EPSG uses for something else (5103) say no unit.
void add_heights(const Proj& proj, const GeoKeys& keys, CoordinateSystem& out) {
  if (is_code(keys.vertical)) {
    const ProjObject heights = proj.system(keys.vertical);
    CoordinateSystem found;
    if (heights != nullptr) describe(proj, heights.get(), found);
    if (found.vertical_metres > 0) {
      out.vertical_metres = found.vertical_metres;
      out.vertical_epsg = found.vertical_epsg;
      out.down = found.down;
      if (!out.wkt.empty() && found.vertical_epsg != 0)
        out.wkt = "COMPOUNDCRS[\"unnamed\"," + out.wkt + "," + proj.wkt(heights.get()) + "]";
    }
  }
  const double unit = is_code(keys.vertical_unit) ? proj.unit(keys.vertical_unit) : 0;
  if (unit > 0) out.vertical_metres = unit;
}

}  // namespace

CoordinateSystem coordinate_system_of_wkt(std::string_view wkt) {
  wkt = trimmed(wkt);
  CoordinateSystem result;
  if (wkt.empty()) return result;
  std::vector<std::size_t> roots;
  if (wkt.size() > most_text)
    throw Error("the coordinate system is a text of " + std::to_string(wkt.size()) + " bytes; at most " +
                std::to_string(most_text) + " are read");
  if (const int levels = levels_of(wkt, roots); levels > most_levels)
    throw Error("the coordinate system has brackets in " + std::to_string(levels) + " levels; at most " +
                std::to_string(most_levels) + " are read");
  const Proj proj;
  result.wkt = framed(wkt, roots);
  const ProjObject system = proj.parse(result.wkt);
  if (system == nullptr) throw Error("the coordinate system (WKT) cannot be read: " + proj.reason());
  describe(proj, system.get(), result);
  result.name = name_of(proj, system.get());
  return result;
}

CoordinateSystem coordinate_system_of_geokeys(const std::vector<std::uint16_t>& directory,
                                              const std::vector<double>& doubles, std::string_view ascii) {
  if (directory.empty()) return {};
  const GeoKeys keys = read_geokeys(directory, doubles, ascii);
  const Proj proj;
  CoordinateSystem result;
  if (keys.projected != 0 || keys.model == 1)
    result = projected_by(proj, keys);
  else if (keys.geographic != 0 || keys.model == 2 || keys.model == 3)
    result = on_globe_by(proj, keys);
  add_heights(proj, keys, result);
  return result;
}

CoordinateSystem coordinate_system_of_epsg(int code) { return by_code(Proj(), code, ""); }

std::string esri_wkt(const CoordinateSystem& system) try {
  if (system.wkt.empty()) return {};
  const Proj proj;
  const ProjObject parsed = proj.parse(system.wkt);
  const char* const options[] = {"MULTILINE=NO", nullptr};
  const char* text = parsed == nullptr ? nullptr : proj_as_wkt(proj.context(), parsed.get(), PJ_WKT1_ESRI, options);
  return text == nullptr ? system.wkt : text;
} catch (const Error&) {
  return system.wkt;
}

int epsg_of(const CoordinateSystem& system) try {
  const Proj proj;
  if (system.epsg != 0 && proj.system(system.epsg) != nullptr) {
    const CoordinateSystem found = by_code(proj, system.epsg, "");
    // A code may have been left where the unit was changed.
    if (found.degrees == system.degrees &&
        std::abs(found.horizontal_metres - system.horizontal_metres) <= 1e-5 * found.horizontal_metres)
      return system.epsg;
  }
  ProjObject plane = proj.parse(system.wkt);
  if (plane != nullptr && proj_get_type(plane.get()) == PJ_TYPE_BOUND_CRS)
    plane.reset(proj_get_source_crs(proj.context(), plane.get()));
  if (plane != nullptr && proj_get_type(plane.get()) == PJ_TYPE_COMPOUND_CRS)
    plane.reset(proj_crs_get_sub_crs(proj.context(), plane.get(), 0));
  if (plane == nullptr) return 0;
  int* confidence = nullptr;
  PJ_OBJ_LIST* found = proj_identify(proj.context(), plane.get(), "EPSG", nullptr, &confidence);
  int code = 0;
  if (found != nullptr && proj_list_get_count(found) > 0 && confidence != nullptr && confidence[0] >= 90) {
    const ProjObject first(proj_list_get(proj.context(), found, 0));
    CoordinateSystem same;
    if (first != nullptr) describe(proj, first.get(), same);
    code = same.epsg;
  }
  proj_int_list_destroy(confidence);
  proj_list_destroy(found);
  return code;
} catch (const Error&) {
  return 0;
}

}  // namespace treewalk
