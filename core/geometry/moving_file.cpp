// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/moving_file.h"

#include <cmath>
#include <cstring>
#include <istream>
#include <limits>
#include <numeric>
#include <ostream>
#include <string>

#include "core/device/sha256.h"
#include "treewalk/cloud.h"

namespace treewalk {
namespace {

constexpr char kMagic[16] = "treewalk map 1\n";
constexpr std::int64_t kDigits = 64, kPoint = sizeof(std::int64_t) + 3 * sizeof(float);

struct Header {
  char magic[sizeof kMagic];
  double origin[3];
  std::int64_t next, size;
};
static_assert(sizeof(Header) == 56, "without gaps, as it is in the file");

void write_part(std::ostream& to, Sha256& hash, const void* data, std::size_t bytes) {
  to.write(static_cast<const char*>(data), static_cast<std::streamsize>(bytes));
  hash.add(data, bytes);
}

void read_part(std::istream& from, Sha256* hash, void* data, std::size_t bytes) {
  if (!from.read(static_cast<char*>(data), static_cast<std::streamsize>(bytes))) throw Error("cannot be read");
  if (hash != nullptr) hash->add(data, bytes);
}

Header read_header(std::istream& from, std::int64_t size, Sha256& hash) {
  Header header;
  if (size < static_cast<std::int64_t>(sizeof header))
    throw Error("is no map that MovingSearch saved: it is too short");
  read_part(from, &hash, &header, sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) {
    const bool other = std::memcmp(header.magic, kMagic, std::strlen("treewalk map ")) == 0;
    throw Error(other ? "is a map of another version of treewalk; this one reads version 1"
                      : "is no map that MovingSearch saved: it begins otherwise");
  }
  return header;
}

/// Everything that no map of MovingSearch can have.
void check(const SavedMap& map) {
  for (const double x : map.origin)
    if (!std::isfinite(x)) throw Error("has an origin that is not finite");
  constexpr std::int64_t kMostRows = std::int64_t{1} << 62;  // nobody has added as many, and more still have numbers
  if (map.next < 0 || map.next > kMostRows) throw Error("has the next number " + std::to_string(map.next));
  std::int64_t least = 0;
  for (const std::int64_t number : map.points.number) {
    if (number < least || number >= map.next)
      throw Error("has the number " + std::to_string(number) + " where one from " + std::to_string(least) + " to " +
                  std::to_string(map.next - 1) + " belongs");
    least = number + 1;
  }
  for (const float x : map.points.position)
    if (!std::isfinite(x)) throw Error("has a position that is not finite");
}

}  // namespace

void write_map(std::ostream& to, const SavedMap& map) {
  Sha256 hash;
  Header header;
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  for (std::size_t axis = 0; axis < 3; ++axis) header.origin[axis] = map.origin[axis];
  header.next = map.next;
  header.size = map.points.size();
  write_part(to, hash, &header, sizeof header);
  write_part(to, hash, map.points.number.data(), map.points.number.size() * sizeof(std::int64_t));
  write_part(to, hash, map.points.position.data(), map.points.position.size() * sizeof(float));
  to << hash.digits();
}

SavedMap read_map(std::istream& from, std::int64_t size) {
  Sha256 hash;
  const Header header = read_header(from, size, hash);
  const auto bytes = [](std::int64_t points) {
    return static_cast<std::int64_t>(sizeof(Header)) + points * kPoint + kDigits;
  };
  if (header.size < 0 || header.size >= std::numeric_limits<std::int32_t>::max())
    throw Error("says that it has " + std::to_string(header.size) + " points; it is damaged");
  if (size != bytes(header.size))
    throw Error("has " + std::to_string(size) + " bytes where " + std::to_string(header.size) + " points need " +
                std::to_string(bytes(header.size)) + "; it is damaged");
  SavedMap map;
  map.next = header.next;
  for (std::size_t axis = 0; axis < 3; ++axis) map.origin[axis] = header.origin[axis];
  NumberedPoints& points = map.points;
  points.number.resize(static_cast<std::size_t>(header.size));
  points.position.resize(3 * points.number.size());
  points.name.resize(points.number.size());
  std::iota(points.name.begin(), points.name.end(), 0);
  read_part(from, &hash, points.number.data(), points.number.size() * sizeof(std::int64_t));
  read_part(from, &hash, points.position.data(), points.position.size() * sizeof(float));
  std::string digits(kDigits, ' ');
  read_part(from, nullptr, digits.data(), digits.size());
  if (digits != hash.digits()) throw Error("is damaged: its checksum is not that of its points");
  check(map);
  return map;
}

}  // namespace treewalk
