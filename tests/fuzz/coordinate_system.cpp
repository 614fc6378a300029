// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Any bytes as well-known text, or as GeoTIFF keys with their numbers and texts: they are refused in one line, or give
// units that are lengths, and a text that says the same again.
#include "treewalk/coordinate_system.h"

#include <cmath>

#include "tests/fuzz/target.h"

using namespace treewalk;

namespace {

bool is_unit(double metres) { return metres == 0 || (metres >= 1e-6 && metres <= 1e6); }

CoordinateSystem system_of(fuzz::Bytes& bytes) {
  if (bytes.flag()) return coordinate_system_of_wkt({reinterpret_cast<const char*>(bytes.rest()), bytes.left()});
  std::vector<std::uint16_t> directory(bytes.up_to(64));
  for (std::uint16_t& number : directory) number = bytes.take<std::uint16_t>();
  std::vector<double> doubles(bytes.up_to(4));
  for (double& number : doubles) number = bytes.take<double>();
  return coordinate_system_of_geokeys(directory, doubles, {reinterpret_cast<const char*>(bytes.rest()), bytes.left()});
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  try {
    const CoordinateSystem system = system_of(bytes);
    CLAIM(is_unit(system.horizontal_metres) && is_unit(system.vertical_metres));
    CLAIM(system.degrees == (system.kind == CoordinateKind::geographic));
    CLAIM(!system.degrees || system.horizontal_metres == 0);
    CLAIM(system.name.empty() || fuzz::is_one_line(system.name));
    if (system.degrees) return 0;
    const ToMetres to = to_metres(&system, nullptr, "fuzz");
    CLAIM(is_unit(to.factor[0]) && to.factor[0] > 0 && to.factor[1] == to.factor[0]);
    CLAIM(is_unit(to.factor[2]) && to.factor[2] > 0);
    CLAIM(to.remark.empty() || fuzz::is_one_line(to.remark));
  } catch (const Error& error) {
    CLAIM(fuzz::is_one_line(error.what()));
  }
  return 0;
}
