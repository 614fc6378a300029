// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/proj.h"

#include <cmath>
#include <cstdlib>
#include <cstring>

#include "treewalk/detail/words.h"

namespace treewalk {
namespace {

struct Axis {
  double metres = 0;  ///< 0: not known
  bool angle = false;
  bool down = false;
};

bool is_angle(const char* unit) {
  const std::string name = unit == nullptr ? "" : detail::lower_case(unit);
  for (const char* word : {"degree", "radian", "grad", "gon"})
    if (name.find(word) == 0) return true;
  return false;
}

Axis axis_of(const Proj& proj, const PJ* axes, int index) {
  const char *direction = nullptr, *unit = nullptr;
  double factor = 0;
  Axis axis;
  if (!proj_cs_get_axis_info(proj.context(), axes, index, nullptr, nullptr, &direction, &factor, &unit, nullptr,
                             nullptr))
    return axis;
  const PJ_COORDINATE_SYSTEM_TYPE type = proj_cs_get_type(proj.context(), axes);
  const bool on_globe = (type == PJ_CS_TYPE_ELLIPSOIDAL || type == PJ_CS_TYPE_SPHERICAL) && index < 2;
  axis.angle = on_globe || is_angle(unit);  // a plane whose unit is called degree is one only by mistake
  if (!axis.angle && type != PJ_CS_TYPE_ORDINAL && type != PJ_CS_TYPE_PARAMETRIC) axis.metres = checked_unit(factor);
  axis.down = direction != nullptr && std::strcmp(direction, "down") == 0;
  return axis;
}

void set_height(const Axis& axis, CoordinateSystem& out) {
  if (axis.angle) throw Error("the coordinate system gives heights in angles");
  out.vertical_metres = axis.metres;
  out.down = axis.down;
}

int epsg_code(const PJ* system) {
  const char *authority = proj_get_id_auth_name(system, 0), *code = proj_get_id_code(system, 0);
  if (authority == nullptr || code == nullptr || detail::lower_case(authority) != "epsg") return 0;
  char* end = nullptr;
  const long number = std::strtol(code, &end, 10);
  return *end == 0 && number > 0 && number < 1000000 ? static_cast<int>(number) : 0;
}

CoordinateKind kind_of(PJ_TYPE type, bool angle) {
  if (angle) return CoordinateKind::geographic;
  if (type == PJ_TYPE_GEOCENTRIC_CRS) return CoordinateKind::geocentric;
  return type == PJ_TYPE_ENGINEERING_CRS ? CoordinateKind::local : CoordinateKind::projected;
}

void describe_heights(const Proj& proj, const PJ* system, const PJ* axes, CoordinateSystem& out) {
  set_height(axis_of(proj, axes, 0), out);
  out.vertical_epsg = epsg_code(system);
}

void describe_plane(const Proj& proj, const PJ* system, const PJ* axes, CoordinateSystem& out) {
  const int count = proj_cs_get_axis_count(proj.context(), axes);
  const Axis x = axis_of(proj, axes, 0), y = count > 1 ? axis_of(proj, axes, 1) : x;
  if (x.angle != y.angle || std::abs(x.metres - y.metres) > 1e-9 * x.metres)
    throw Error("the coordinate system has different units for x and y");
  out.degrees = x.angle;
  out.horizontal_metres = x.metres;
  out.kind = kind_of(proj_get_type(system), x.angle);
  out.epsg = epsg_code(system);
  if (count > 2) set_height(axis_of(proj, axes, 2), out);
}

void describe(const Proj& proj, const PJ* system, CoordinateSystem& out, int level) {
  if (system == nullptr || level > 4) throw Error("the coordinate system has a part that PROJ does not know");
  const PJ_TYPE type = proj_get_type(system);
  if (type == PJ_TYPE_COMPOUND_CRS) {
    for (int part = 0; part < 2; ++part)
      describe(proj, ProjObject(proj_crs_get_sub_crs(proj.context(), system, part)).get(), out, level + 1);
    return;
  }
  if (type == PJ_TYPE_BOUND_CRS)
    return describe(proj, ProjObject(proj_get_source_crs(proj.context(), system)).get(), out, level + 1);
  if (type == PJ_TYPE_TEMPORAL_CRS) return;
  const ProjObject axes(proj_crs_get_coordinate_system(proj.context(), system));
  if (axes == nullptr || proj_cs_get_axis_count(proj.context(), axes.get()) < 1)
    throw Error("the coordinate system has no axes that PROJ knows");
  if (type == PJ_TYPE_VERTICAL_CRS || proj_cs_get_type(proj.context(), axes.get()) == PJ_CS_TYPE_VERTICAL)
    return describe_heights(proj, system, axes.get(), out);
  describe_plane(proj, system, axes.get(), out);
}

}  // namespace

double checked_unit(double metres) {
  if (metres >= 1e-6 && metres <= 1e6) return metres;
  throw Error("the coordinate system has a unit of " + std::to_string(metres) + " m, which is no unit of length");
}

void describe(const Proj& proj, const PJ* system, CoordinateSystem& out) { describe(proj, system, out, 0); }

Proj::Proj() : context_(proj_context_create()) {
  if (context_ == nullptr) throw Error("PROJ, which reads coordinate systems, cannot be started: no memory is left");
  proj_log_func(context(), this, &Proj::keep);
  proj_context_set_enable_network(context(), 0);
}

void Proj::keep(void* self, int, const char* message) {
  if (message != nullptr) static_cast<Proj*>(self)->said_ = message;
}

std::string Proj::reason() const {
  std::string reason = said_.empty() ? "PROJ does not say why" : said_.substr(0, 300);
  // It says the name of its function first.
  if (const auto colon = reason.find(": "); colon != std::string::npos && reason.compare(0, 5, "proj_") == 0)
    reason.erase(0, colon + 2);
  return detail::printable(reason);
}

void Proj::need_database() const {
  if (proj_context_get_database_path(context()) == nullptr)
    throw Error(
        "PROJ finds no proj.db, its table of coordinate systems: install proj-data, or let PROJ_DATA (PROJ_LIB "
        "before PROJ 9.1) name the folder that holds it");
}

ProjObject Proj::system(int code) const {
  need_database();
  return ProjObject(
      proj_create_from_database(context(), "EPSG", std::to_string(code).c_str(), PJ_CATEGORY_CRS, 0, nullptr));
}

double Proj::unit(int code) const {
  need_database();
  const char* category = nullptr;
  double metres = 0;
  if (!proj_uom_get_info_from_database(context(), "EPSG", std::to_string(code).c_str(), nullptr, &metres, &category) ||
      category == nullptr || std::strcmp(category, "linear") != 0)
    return 0;
  return checked_unit(metres);
}

ProjObject Proj::parse(const std::string& wkt) const {
  PROJ_STRING_LIST warnings = nullptr, errors = nullptr;
  ProjObject system(proj_create_from_wkt(context(), wkt.c_str(), nullptr, &warnings, &errors));
  proj_string_list_destroy(warnings);
  proj_string_list_destroy(errors);
  return system;
}

std::string Proj::wkt(const PJ* system) const {
  const char* const options[] = {"MULTILINE=NO", nullptr};
  const char* text = proj_as_wkt(context(), system, PJ_WKT2_2019, options);
  return text == nullptr ? "" : text;
}

}  // namespace treewalk
