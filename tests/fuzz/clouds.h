// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <set>
#include <sstream>
#include <string>

#include "core/io/formats.h"
#include "tests/fuzz/target.h"

namespace treewalk::fuzz {

/// What every reader promises of the cloud that it gives.
inline void claim_consistent(const Cloud& cloud) {
  CLAIM(cloud.width >= 0 && cloud.height >= 1);
  CLAIM(cloud.data.size() == cloud.stride * static_cast<std::size_t>(cloud.size()));
  CLAIM(!cloud.fields.empty());
  std::set<std::string> names;
  for (const Field& field : cloud.fields) {
    CLAIM(!field.name.empty() && names.insert(field.name).second);
    CLAIM(field.count > 0 && field.offset + field.count * size_of(field.type) <= cloud.stride);
  }
  for (const double value : cloud.viewpoint) CLAIM(std::isfinite(value));
  for (const double value : cloud.orientation) CLAIM(std::isfinite(value));
}

inline const std::byte* value_at(const Cloud& cloud, const Field& field, std::int64_t point) {
  return cloud.data.data() + static_cast<std::size_t>(point) * cloud.stride + field.offset;
}

inline bool has_64_bits(const Field& field) { return field.type == Scalar::int64 || field.type == Scalar::uint64; }

/// The same fields, in the same order, with the same bits. ply: it has three bytes for "rgb" and four for "rgba",
/// whatever their type was; its labels are int, and integers of 64 bits have the same values in another type.
inline void claim_same(const Cloud& a, const Cloud& b, bool ply = false) {
  CLAIM(a.width == b.width && a.height == b.height && a.fields.size() == b.fields.size());
  for (std::size_t f = 0; f < a.fields.size(); ++f) {
    const Field &from = a.fields[f], &to = b.fields[f];
    std::size_t bytes = size_of(from.type) * from.count;
    const bool color = ply && bytes == 4 && (from.name == "rgb" || from.name == "rgba");
    const bool label = ply && from.type == Scalar::uint32 && from.name.rfind("label", 0) == 0;
    CLAIM(from.name == to.name && from.count == to.count);
    if (ply && has_64_bits(from)) {
      for (std::int64_t i = 0; i < a.size(); ++i) CLAIM(a.view().value(i, from) == b.view().value(i, to));
      continue;
    }
    CLAIM(color || label ? size_of(to.type) == 4 : from.type == to.type);
    if (color && from.name == "rgb") bytes = 3;
    for (std::int64_t i = 0; i < a.size(); ++i)
      CLAIM(std::memcmp(value_at(a, from, i), value_at(b, to, i), bytes) == 0);
  }
}

/// False where a writer would refuse the cloud because of a name, which all readers take as it is.
inline bool has_writable_names(const Cloud& cloud) {
  for (const Field& field : cloud.fields)
    for (const char c : field.name)
      if (static_cast<unsigned char>(c) <= ' ') return false;
  return true;
}

template <class Write>
std::string written(const Write& write) {
  std::ostringstream stream;
  write(stream);
  CLAIM(stream.good());
  return std::move(stream).str();
}

template <class Read>
Cloud read_again(const std::string& text, const char* name, const Read& read) {
  Memory memory(text.data(), text.size());
  Source source{memory, name, text.size()};
  return read(source);
}

}  // namespace treewalk::fuzz
