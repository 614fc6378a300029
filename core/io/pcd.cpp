// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "core/io/formats.h"
#include "core/io/lzf.h"
#include "core/io/pcd_header.h"

namespace treewalk {
namespace {

// A compressed body holds the columns one after the other, each with its values of all points.
void read_compressed(Source& source, const PcdHeader& header, Cloud& cloud) {
  if (!has_lzf())
    source.fail(
        "its points are compressed, and this build reads no compressed .pcd; build treewalk with TREEWALK_LZF=ON "
        "(Debian: liblzf-dev), or write the file as binary");
  std::uint32_t sizes[2] = {0, 0};  // compressed, uncompressed
  source.read(sizes, sizeof sizes);
  const auto points = static_cast<std::uint64_t>(header.points());
  const bool with_padding = sizes[1] == points * header.record;  // PCL writes none, and skips it when it reads
  if (!with_padding && sizes[1] != points * header.stride)
    source.fail("the compressed part says that it holds " + std::to_string(sizes[1]) +
                " bytes, but the header promises " + std::to_string(points * header.stride));
  if (sizes[0] > source.remaining)
    source.fail("the compressed part says that it is " + std::to_string(sizes[0]) + " bytes long, but only " +
                std::to_string(source.remaining) + " bytes are left");
  if (sizes[1] / lzf_best_ratio > sizes[0])
    source.fail(std::to_string(sizes[0]) + " compressed bytes cannot hold " + std::to_string(sizes[1]) + " bytes");
  if (sizes[1] == 0) return;
  std::vector<std::uint8_t> packed(sizes[0]), plain(sizes[1]);
  source.read(packed.data(), packed.size());
  if (!lzf_decompress(packed, plain)) {
    // Some programs store what does not become smaller.
    if (sizes[0] != sizes[1]) source.fail("the compressed part is damaged");
    plain.swap(packed);
  }
  std::vector<std::uint8_t>().swap(packed);  // = {} would keep its memory
  cloud.data.resize(header.stride * points);
  const std::uint8_t* from = plain.data();
  for (const Column& column : header.columns) {
    const std::size_t bytes = size_of(column.type) * column.count;
    if (column.in_memory == Column::nowhere) {
      if (with_padding) from += bytes * points;
      continue;
    }
    for (std::uint64_t i = 0; i < points; ++i, from += bytes)
      std::memcpy(cloud.data.data() + i * header.stride + column.in_memory, from, bytes);
  }
}

// Points of a text, one a line. What follows them, or their values in a line, is in no field and is passed over, as PCL
// does; a text that ends early is read only where somebody is told.
void read_text(Source& source, const PcdHeader& header, Cloud& cloud) {
  Lines lines(source, header.line_end);
  std::string_view line;
  std::int64_t points = 0, longer = 0;
  for (; points < header.points() && lines.next(line); ++points) {
    std::byte* to = cloud.data.data() + static_cast<std::size_t>(points) * cloud.stride;
    for (const Column& column : header.columns)
      for (std::size_t element = 0; element < column.count; ++element) {
        const std::string_view word = next_word(line);
        if (word.empty() && longer > 0)
          source.fail("a line holds too many values, that of point " + std::to_string(points) + " too few");
        const bool kept = column.in_memory != Column::nowhere;
        std::byte* value = kept ? to + column.in_memory + element * size_of(column.type) : nullptr;
        store_word(source, word, column.type, column.name, points, value);
      }
    if (next_word(line).empty()) continue;
    ++longer;
    if (header.exact)
      source.fail("the line of point " + std::to_string(points) + " holds too many values, and a field has COUNT 0");
  }
  if (longer > 0)
    source.warn(std::to_string(longer) + " lines hold more values than the header has fields; these are passed over");
  const std::string promised = std::to_string(header.points()) + " points";
  if (points == header.points()) {
    if (lines.next(line))
      source.warn("more lines follow than the " + promised + " of the header; they are passed over");
    return;
  }
  const std::string found = "the file ends after " + std::to_string(points) + " of " + promised;
  if (source.warnings == nullptr || header.height > 1 || points == 0 || !lines.ended())
    source.fail(found + "; if these are all, write their number as WIDTH and POINTS");
  source.warn(found + "; these are read");
  cloud.width = points;
  cloud.data.resize(cloud.stride * static_cast<std::size_t>(points));
}

std::string number(double value) {
  char text[40];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

char type_letter(Scalar type) {
  switch (type) {
    case Scalar::int8:
    case Scalar::int16:
    case Scalar::int32:
    case Scalar::int64:
      return 'I';
    case Scalar::float32:
    case Scalar::float64:
      return 'F';
    default:
      return 'U';
  }
}

std::string header_text(const Cloud& cloud, const std::vector<Column>& columns, const std::string& data) {
  std::string fields, sizes, types, counts, viewpoint;
  for (const Column& column : columns) {
    fields += ' ' + column.name;
    sizes += ' ' + std::to_string(size_of(column.type));
    types += std::string(" ") + type_letter(column.type);
    counts += ' ' + std::to_string(column.count);
  }
  for (const double value : cloud.viewpoint) viewpoint += ' ' + number(value);
  for (const double value : cloud.orientation) viewpoint += ' ' + number(value);
  return "# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\nFIELDS" + fields + "\nSIZE" + sizes + "\nTYPE" +
         types + "\nCOUNT" + counts + "\nWIDTH " + std::to_string(cloud.width) + "\nHEIGHT " +
         std::to_string(cloud.height) + "\nVIEWPOINT" + viewpoint + "\nPOINTS " + std::to_string(cloud.size()) +
         "\nDATA " + data + "\n";
}

// The compressed columns; empty where that is not possible (no points, or too many for 32-bit sizes; a build without
// liblzf) or of no use.
std::vector<std::uint8_t> compressed(const Cloud& cloud, const std::vector<Column>& columns, std::size_t record) {
  const std::uint64_t bytes = record * static_cast<std::uint64_t>(cloud.size());
  if (!has_lzf() || bytes == 0 || bytes > std::numeric_limits<std::uint32_t>::max()) return {};
  std::vector<std::uint8_t> plain(bytes);
  std::uint8_t* to = plain.data();
  for (const Column& column : columns) {
    const std::size_t size = size_of(column.type) * column.count;
    for (std::int64_t i = 0; i < cloud.size(); ++i, to += size)
      std::memcpy(to, cloud.data.data() + i * cloud.stride + column.in_memory, size);
  }
  std::vector<std::uint8_t> packed = lzf_compress(std::move(plain));
  if (packed.size() >= bytes) packed.clear();
  return packed;
}

}  // namespace

CloudSize size_of_pcd(Source& source) {
  const std::uint64_t size = source.remaining;
  const PcdHeader header = parse_pcd_header(read_beginning(source), size, source.name);
  const std::uint64_t cloud = header.stride * static_cast<std::uint64_t>(header.points());
  CloudSize result{header.points(), header.stride, cloud + (1 << 20)};
  if (header.data != PcdData::binary_compressed) return result;
  const std::uint64_t plain = header.record * static_cast<std::uint64_t>(header.points());
  result.to_read = plain + std::max<std::uint64_t>(size - header.body, cloud);
  return result;
}

Cloud read_pcd(Source& source) {
  const std::uint64_t size = source.remaining;
  const PcdHeader header = parse_pcd_header(read_beginning(source), size, source.name);
  for (const std::string& warning : header.warnings) source.warn(warning);
  go_to(source, header.body, size);
  Cloud cloud;
  cloud.stride = header.stride;
  cloud.width = header.width;
  cloud.height = header.height;
  cloud.viewpoint = header.viewpoint;
  cloud.orientation = header.orientation;
  for (const Column& column : header.columns) {
    if (column.in_memory == Column::nowhere) continue;
    // PCL keeps the packed colour in a float, but writes it as an integer in ascii files.
    const bool color = column.name == "rgb" && column.type == Scalar::uint32 && column.count == 1;
    cloud.fields.push_back({column.name, column.in_memory, color ? Scalar::float32 : column.type, column.count});
  }
  if (header.points() == 0) return cloud;
  if (header.data == PcdData::binary_compressed) {
    read_compressed(source, header, cloud);
    return cloud;
  }
  cloud.data.resize(header.stride * static_cast<std::size_t>(header.points()));
  if (header.data == PcdData::binary) {
    read_binary(source, header.columns, header.points(), header.record, false, cloud.data.data(), cloud.stride);
    return cloud;
  }
  read_text(source, header, cloud);
  return cloud;
}

void write_pcd(std::ostream& stream, const Cloud& cloud, bool compress) {
  const std::vector<Column> columns = packed_columns(cloud);
  std::size_t record = 0;
  for (const Column& column : columns) record += size_of(column.type) * column.count;
  const auto packed = compress ? compressed(cloud, columns, record) : std::vector<std::uint8_t>();
  if (!packed.empty()) {
    const std::uint32_t sizes[2] = {static_cast<std::uint32_t>(packed.size()),
                                    static_cast<std::uint32_t>(record * static_cast<std::size_t>(cloud.size()))};
    stream << header_text(cloud, columns, "binary_compressed");
    stream.write(reinterpret_cast<const char*>(sizes), sizeof sizes);
    stream.write(reinterpret_cast<const char*>(packed.data()), static_cast<std::streamsize>(packed.size()));
    return;
  }
  stream << header_text(cloud, columns, "binary");
  write_binary(stream, columns, cloud.size(), record, cloud.data.data(), cloud.stride);
}

}  // namespace treewalk
