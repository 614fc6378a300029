// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "tests/support/error_of.h"
#include "tests/support/io_support.h"
#include "treewalk/las.h"

/// LAS files that are put together byte by byte after the specification, with no code of the reader.
namespace treewalk {

inline constexpr std::size_t las_record_bytes[11] = {20, 28, 26, 34, 57, 63, 30, 36, 38, 59, 67};
inline constexpr std::size_t las_header_bytes[6] = {227, 227, 227, 235, 375, 393};

template <class T>
void set(std::string& text, std::size_t at, T value) {
  text.replace(at, sizeof value, reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
T number(const std::string& text, std::size_t at) {
  T value;
  std::memcpy(&value, text.data() + at, sizeof value);
  return value;
}

/// user: the zero behind it may be followed by anything.
inline std::string las_vlr(const std::string& user, unsigned id, const std::string& payload, unsigned reserved = 0) {
  std::string head(54, '\0');
  set(head, 0, static_cast<std::uint16_t>(reserved));
  head.replace(2, user.size(), user);
  set(head, 18, static_cast<std::uint16_t>(id));
  set(head, 20, static_cast<std::uint16_t>(payload.size()));
  head.replace(22, 7, "a text\x01");
  return head + payload;
}

inline std::string las_evlr(const std::string& user, unsigned id, const std::string& payload) {
  std::string head(60, '\0');
  head.replace(2, user.size(), user);
  set(head, 18, static_cast<std::uint16_t>(id));
  set(head, 20, static_cast<std::uint64_t>(payload.size()));
  head.replace(28, 6, "behind");
  return head + payload;
}

/// A description of an extra dimension. type 0: of so many bytes as options says.
inline std::string las_extra(const std::string& name, int type, int options = 0, double scale = 0, double offset = 0) {
  std::string block(192, '\0');
  block[2] = static_cast<char>(type);
  block[3] = static_cast<char>(options);
  block.replace(4, name.size(), name);
  for (std::size_t i = 0; i < 3; ++i) {
    set(block, 112 + 8 * i, scale);
    set(block, 136 + 8 * i, offset);
  }
  block.replace(160, 7, "by hand");
  return block;
}

struct LasParts {
  int minor = 2, format = 0;
  std::string user_bytes;  ///< behind the standard header
  std::vector<std::string> vlrs;
  std::string gap;
  std::size_t extra = 0;  ///< bytes behind each record of the format
  std::vector<std::string> records;
  std::vector<std::string> evlrs;
  bool waveform = false;  ///< the first of the extended records holds packets
  std::array<double, 3> scale{0.01, 0.01, 0.001}, offset{500000, 5400000, 100};
  bool legacy_counts = true;

  std::string bytes() const {
    std::string h(las_header_bytes[minor], '\0');
    h.replace(0, 4, "LASF");
    set<std::uint16_t>(h, 4, 77);
    set<std::uint16_t>(h, 6, minor >= 4 ? 17 : 1);
    for (std::size_t i = 0; i < 16; ++i) h[8 + i] = static_cast<char>(i);
    h[24] = 1;
    h[25] = static_cast<char>(minor);
    h.replace(26, 9, std::string("SENSOR\0ru", 9));
    h.replace(58, 7, "by hand");
    set<std::uint16_t>(h, 90, 123);
    set<std::uint16_t>(h, 92, 2024);
    set(h, 94, static_cast<std::uint16_t>(h.size() + user_bytes.size()));
    std::string before;
    for (const auto& vlr : vlrs) before += vlr;
    before += gap;
    set(h, 96, static_cast<std::uint32_t>(h.size() + user_bytes.size() + before.size()));
    set(h, 100, static_cast<std::uint32_t>(vlrs.size()));
    h[104] = static_cast<char>(format);
    set(h, 105, static_cast<std::uint16_t>(las_record_bytes[format] + extra));
    if (format < 6 || !legacy_counts) set(h, 107, static_cast<std::uint32_t>(legacy_counts ? records.size() : 0));
    for (std::size_t axis = 0; axis < 3; ++axis) {
      set(h, 131 + 8 * axis, scale[axis]);
      set(h, 155 + 8 * axis, offset[axis]);
      set(h, 179 + 16 * axis, 17.25 + static_cast<double>(axis));  // bounds that nobody should trust
    }
    std::string points;
    for (const auto& record : records) points += record;
    const std::uint64_t end = h.size() + user_bytes.size() + before.size() + points.size();
    if (minor >= 3 && waveform) set(h, 227, end);
    if (minor >= 4) {
      set<std::uint64_t>(h, 235, evlrs.empty() ? 0 : end);
      set(h, 243, static_cast<std::uint32_t>(evlrs.size()));
      set<std::uint64_t>(h, 247, records.size());
    }
    std::string after;
    for (const auto& evlr : evlrs) after += evlr;
    return h + user_bytes + before + points + after;
  }
};

/// Records as scanners make them, near each other, but with every bit of every field in use.
inline std::vector<std::string> las_records(int format, std::size_t extra, std::size_t count, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::vector<std::string> records;
  double time = 1e5;
  std::int32_t place[3] = {1000, -2000, 30};
  for (std::size_t i = 0; i < count; ++i) {
    std::string r(las_record_bytes[format] + extra, '\0');
    for (char& c : r)
      if (random() % 4 == 0) c = static_cast<char>(random());
    for (std::size_t axis = 0; axis < 3; ++axis)
      set(r, 4 * axis, place[axis] += static_cast<std::int32_t>(random() % 201) - 100);
    set(r, 12, static_cast<std::uint16_t>(random() % 3000));
    const bool extended = format >= 6;
    if (extended || format == 1 || format >= 3) set(r, extended ? 22 : 20, time += 1e-5 * (random() % 7));
    records.push_back(std::move(r));
  }
  return records;
}

/// What write_changed_las throws, or "".
inline std::string refusal(const std::filesystem::path& in, const std::filesystem::path& out,
                           const LasChanges& changes = {}) {
  return error_of([&] { write_changed_las(in, out, changes); });
}

}  // namespace treewalk
