// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <cstring>

#include "tests/sequoia_reference/surfaces.h"
#include "treewalk/cloud.h"

namespace treewalk {

/// A made-up surface as point records with x, y, z and the normal, which a recipe may use or not.
inline Cloud surface_cloud(const sequoia_reference::Surface& surface) {
  Cloud cloud;
  cloud.stride = 6 * sizeof(float);
  const char* names[] = {"x", "y", "z", "normal_x", "normal_y", "normal_z"};
  for (std::size_t f = 0; f < 6; ++f) cloud.fields.push_back({names[f], f * sizeof(float), Scalar::float32, 1});
  cloud.width = surface.position.size(0);
  cloud.data.resize(static_cast<std::size_t>(cloud.width) * cloud.stride);
  for (std::int64_t i = 0; i < cloud.width; ++i) {
    std::byte* record = cloud.data.data() + static_cast<std::size_t>(i) * cloud.stride;
    std::memcpy(record, surface.position.const_data_ptr<float>() + 3 * i, 3 * sizeof(float));
    std::memcpy(record + 3 * sizeof(float), surface.normal.const_data_ptr<float>() + 3 * i, 3 * sizeof(float));
  }
  return cloud;
}

}  // namespace treewalk
