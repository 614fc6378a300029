// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Any bytes as an .off file: it is refused in one line, or a mesh whose points are finite.
#include "core/io/off.h"

#include <cmath>

#include "tests/fuzz/target.h"

using namespace treewalk;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const Mesh mesh = read_off(TextFile("fuzz.off", std::string(reinterpret_cast<const char*>(data), size)));
    for (const auto& corners : mesh.triangle)
      for (const std::uint32_t corner : corners) CLAIM(corner < mesh.vertex.size());
    const Cloud cloud = sample_mesh(mesh, 8, 0, "fuzz");
    CLAIM(cloud.size() == 8 && cloud.fields.size() == 6);
    const CloudView view = cloud.view();
    for (std::int64_t i = 0; i < view.size; ++i)
      for (const Field& field : view.fields) CLAIM(std::isfinite(view.value(i, field)));
  } catch (const Error& error) {
    CLAIM(fuzz::is_one_line(error.what()));
  }
  return 0;
}
