// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace treewalk {

/// The point formats 0 to 10 of the LAS specification (1.0 to 1.5): where a record holds what. 0: it does not.
struct PointFormat {
  int id = 0;
  std::size_t bytes = 0;  ///< without extra bytes
  std::size_t gps_time = 0, red = 0, near_infrared = 0, wave_packet = 0;

  /// Formats 6 to 10: more returns and classes, flags in a byte of their own, finer angles.
  constexpr bool extended() const { return id >= 6; }
};

constexpr int kPointFormats = 11;
/// id: 0 to 10.
const PointFormat& point_format(int id);

/// Places that all formats of a kind share.
constexpr std::size_t kIntensity = 12, kReturns = 14;
constexpr std::size_t kOldClass = 15, kOldAngle = 16, kOldUserData = 17, kOldSource = 18;
constexpr std::size_t kFlags = 15, kClass = 16, kUserData = 17, kAngle = 18, kSource = 20;

/// Bits of classification flags as formats 6 to 10 have them; the others know no overlap.
constexpr unsigned kSynthetic = 1, kKeyPoint = 2, kWithheld = 4, kOverlap = 8;

unsigned class_of(const PointFormat& format, const std::byte* record);
unsigned flags_of(const PointFormat& format, const std::byte* record);
/// Leaves the flags, which share the byte in formats 0 to 5. value: at most 31 there, else 255.
void set_class(const PointFormat& format, std::byte* record, unsigned value);
/// The largest class that a record can hold.
constexpr unsigned largest_class(const PointFormat& format) { return format.extended() ? 255 : 31; }

/// Number of this return, and of all of its pulse.
std::array<unsigned, 2> returns_of(const PointFormat& format, const std::byte* record);

}  // namespace treewalk
