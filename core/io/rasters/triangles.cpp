// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/rasters/triangles.h"

#include <boost/polygon/voronoi.hpp>

// Boost.Polygon makes the Voronoi diagram of whole numbers, exactly, however they lie; the triangulation is its dual.
namespace boost::polygon {

template <>
struct geometry_concept<treewalk::Site> {
  using type = point_concept;
};

template <>
struct point_traits<treewalk::Site> {
  using coordinate_type = std::int32_t;
  static coordinate_type get(const treewalk::Site& site, const orientation_2d& axis) {
    return axis == HORIZONTAL ? site.x : site.y;
  }
};

}  // namespace boost::polygon

namespace treewalk {

std::vector<std::array<std::int32_t, 3>> triangles_of(const std::vector<Site>& sites) {
  std::vector<std::array<std::int32_t, 3>> triangles;
  if (sites.size() < 3) return triangles;
  boost::polygon::voronoi_diagram<double> diagram;
  boost::polygon::construct_voronoi(sites.begin(), sites.end(), &diagram);
  triangles.reserve(2 * sites.size());
  const auto site = [](const auto* edge) { return static_cast<std::int32_t>(edge->cell()->source_index()); };
  for (const auto& vertex : diagram.vertices()) {  // the middle of a circle through the sites around it
    const auto* first = vertex.incident_edge();
    const auto* last = first->rot_next();
    for (const auto* edge = last->rot_next(); edge != first; last = edge, edge = edge->rot_next())
      triangles.push_back({site(first), site(last), site(edge)});
  }
  return triangles;
}

}  // namespace treewalk
