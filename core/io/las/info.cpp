// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <array>
#include <cmath>
#include <fstream>

#include "core/io/formats.h"
#include "core/io/las/las.h"
#include "core/io/las/laz.h"
#include "treewalk/detail/words.h"
#include "treewalk/las.h"

namespace treewalk {
namespace {

constexpr char kProjection[] = "LASF_Projection";
constexpr unsigned kWkt = 2112, kKeys = 34735, kDoubles = 34736, kAscii = 34737;
// Longer ones are no coordinate system.
constexpr std::uint64_t kMostWkt = 1 << 20;

std::string text_of(const Bytes& bytes) {
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return text.substr(0, text.find('\0'));
}

template <class T>
std::vector<T> numbers_of(const LasVlr* vlr) {
  if (vlr == nullptr) return {};
  std::vector<T> numbers(vlr->payload.size() / sizeof(T));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = get<T>(vlr->payload.data() + i * sizeof(T));
  return numbers;
}

}  // namespace

bool is_laz_name(const std::filesystem::path& file) { return detail::lower_case(file.extension().string()) == ".laz"; }

bool is_las_name(const std::filesystem::path& file) {
  return is_laz_name(file) || detail::lower_case(file.extension().string()) == ".las";
}

bool is_las(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return false;
  std::ifstream stream(file, std::ios::binary);
  char beginning[4] = {};
  stream.read(beginning, sizeof beginning);
  return stream && begins_like_las({beginning, sizeof beginning});
}

bool knows_laz() { return has_laz(); }

LasInfo las_info(const std::filesystem::path& file) {
  std::ifstream stream;
  Source source = open_file(file.string(), stream);
  const LasHeader header = read_las_header(source);
  LasInfo info;
  info.version = "1." + std::to_string(header.minor);
  info.point_format = header.format.id;
  info.compressed = header.compressed;
  info.copc = header.vlr("copc", 1) != nullptr;
  info.points = header.points;
  info.record = header.record;
  info.scale = header.scale;
  info.offset = header.offset;
  for (const ExtraDimension& dimension : extra_bytes_of(source, header).dimensions)
    info.extra.push_back(dimension.name);
  if (const LasVlr* wkt = header.vlr(kProjection, kWkt)) info.wkt = text_of(wkt->payload);
  for (const LasEvlr& evlr : header.evlrs) {
    if (!evlr.is(kProjection, kWkt) || evlr.size > kMostWkt) continue;
    Bytes text(static_cast<std::size_t>(evlr.size));
    go_to(source, evlr.at + evlr.head.size(), header.file_size);
    source.read(text.data(), text.size());
    info.wkt = text_of(text);
  }
  info.geo_keys = numbers_of<std::uint16_t>(header.vlr(kProjection, kKeys));
  info.geo_doubles = numbers_of<double>(header.vlr(kProjection, kDoubles));
  if (const LasVlr* ascii = header.vlr(kProjection, kAscii)) info.geo_ascii = text_of(ascii->payload);
  return info;
}

std::optional<LasBounds> las_bounds(const std::filesystem::path& file) {
  if (!is_las(file)) return std::nullopt;
  std::ifstream stream(file, std::ios::binary);
  std::array<std::byte, las_place::bounds + 6 * sizeof(double)> header{};
  stream.read(reinterpret_cast<char*>(header.data()), header.size());
  if (!stream) return std::nullopt;
  LasBounds bounds;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    bounds.greatest[axis] = get<double>(header.data() + las_place::bounds + 16 * axis);
    bounds.least[axis] = get<double>(header.data() + las_place::bounds + 16 * axis + 8);
    if (!std::isfinite(bounds.greatest[axis] - bounds.least[axis]) || bounds.least[axis] > bounds.greatest[axis])
      return std::nullopt;
  }
  return bounds;
}

}  // namespace treewalk
