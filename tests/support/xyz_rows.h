// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "treewalk/cloud.h"

namespace treewalk {

/// x, y and z of many points, float or double.
template <class T>
struct XyzRows {
  std::vector<T> xyz;
  CloudView view() const {
    const Scalar type = std::is_same_v<T, float> ? Scalar::float32 : Scalar::float64;
    return {reinterpret_cast<const std::byte*>(xyz.data()),
            static_cast<std::int64_t>(xyz.size() / 3),
            3 * sizeof(T),
            {{"x", 0, type, 1}, {"y", sizeof(T), type, 1}, {"z", 2 * sizeof(T), type, 1}}};
  }
};

}  // namespace treewalk
