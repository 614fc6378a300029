// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/ply_types.h"

#include <cstring>
#include <limits>

#include "treewalk/detail/words.h"

namespace treewalk {
namespace {

template <class Number, class Use>
void for_each_value(const Cloud& cloud, const Field& field, const Use& use) {
  for (std::int64_t i = 0; i < cloud.size(); ++i)
    for (std::size_t e = 0; e < field.count; ++e) {
      const std::size_t at = static_cast<std::size_t>(i) * cloud.stride + field.offset + e * sizeof(Number);
      Number value;
      std::memcpy(&value, cloud.data.data() + at, sizeof value);
      use(value, at);
    }
}

template <class Number>
struct Span {
  Number low = std::numeric_limits<Number>::max(), high = std::numeric_limits<Number>::min();
  Span(const Cloud& cloud, const Field& field) {
    for_each_value<Number>(cloud, field, [this](Number value, std::size_t) {
      if (value < low) low = value;
      if (value > high) high = value;
    });
  }
  /// Also where there is no value.
  bool within(Number least, Number most) const { return low > high || (low >= least && high <= most); }
};

constexpr std::int64_t exact = std::int64_t{1} << 53;  // up to here doubles hold every whole number
constexpr std::int64_t most_int = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t most_uint = std::numeric_limits<std::uint32_t>::max();

[[noreturn]] void refuse(const Field& field) {
  throw Error("the field '" + detail::printable(field.name) +
              "' holds 64-bit integers beyond 2^53, which a .ply cannot; write a .pcd");
}

Scalar type_of(const Cloud& cloud, const Field& field) {
  if (field.type == Scalar::int64) {
    const Span<std::int64_t> span(cloud, field);
    if (span.within(-most_int - 1, most_int)) return Scalar::int32;
    if (span.within(0, most_uint)) return Scalar::uint32;
    if (!span.within(-exact, exact)) refuse(field);
    return Scalar::float64;
  }
  if (field.type == Scalar::uint64) {
    const Span<std::uint64_t> span(cloud, field);
    if (span.within(0, most_int)) return Scalar::int32;
    if (span.within(0, most_uint)) return Scalar::uint32;
    if (!span.within(0, exact)) refuse(field);
    return Scalar::float64;
  }
  const bool label = field.name == "label" || field.name.rfind("label_", 0) == 0;
  if (label && field.type == Scalar::uint32 && Span<std::uint32_t>(cloud, field).within(0, most_int))
    return Scalar::int32;
  return field.type;
}

}  // namespace

std::vector<Scalar> ply_types(const Cloud& cloud) {
  std::vector<Scalar> types;
  for (const Field& field : cloud.fields) types.push_back(type_of(cloud, field));
  return types;
}

Cloud with_doubles(Cloud cloud, const std::vector<Scalar>& types) {
  for (std::size_t f = 0; f < types.size(); ++f) {
    Field& field = cloud.fields[f];
    const auto store = [&](auto value, std::size_t at) {
      const auto real = static_cast<double>(value);
      std::memcpy(cloud.data.data() + at, &real, sizeof real);
    };
    if (types[f] != Scalar::float64) continue;
    if (field.type == Scalar::int64) for_each_value<std::int64_t>(cloud, field, store);
    if (field.type == Scalar::uint64) for_each_value<std::uint64_t>(cloud, field, store);
    field.type = Scalar::float64;
  }
  return cloud;
}

}  // namespace treewalk
