// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "treewalk/cloud.h"

/// The numbers of fields, for treewalk's own libraries.
namespace treewalk::detail {

/// What use(Number{}) gives, Number being the type's. Throws Error for what is no type.
template <class Use>
auto with_number(Scalar type, const Use& use) {
  switch (type) {
    case Scalar::int8:
      return use(std::int8_t{});
    case Scalar::uint8:
      return use(std::uint8_t{});
    case Scalar::int16:
      return use(std::int16_t{});
    case Scalar::uint16:
      return use(std::uint16_t{});
    case Scalar::int32:
      return use(std::int32_t{});
    case Scalar::uint32:
      return use(std::uint32_t{});
    case Scalar::int64:
      return use(std::int64_t{});
    case Scalar::uint64:
      return use(std::uint64_t{});
    case Scalar::float32:
      return use(float{});
    case Scalar::float64:
      return use(double{});
  }
  throw Error("unknown scalar type " + std::to_string(static_cast<int>(type)));
}

/// The number at this place, which need not be aligned.
inline double number_at(const std::byte* place, Scalar type) {
  return with_number(type, [place](auto number) {
    std::memcpy(&number, place, sizeof number);
    return static_cast<double>(number);
  });
}

}  // namespace treewalk::detail
