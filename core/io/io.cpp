// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/io.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <new>
#include <set>

#include "core/io/formats.h"
#include "core/io/off.h"
#include "core/io/pcd_header.h"

namespace treewalk {
namespace {

namespace fs = std::filesystem;

enum class Format { none, pcd, ply };

std::string extension_of(const fs::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return extension;
}

Format format_of(const fs::path& file) {
  const std::string extension = extension_of(file);
  return extension == ".pcd" ? Format::pcd : extension == ".ply" ? Format::ply : Format::none;
}

Format need_format(const fs::path& file) {
  const Format format = format_of(file);
  if (format == Format::none)
    throw Error(file.string() + ": clouds are read and written as .pcd or .ply, not as '" + file.extension().string() +
                "'");
  return format;
}

}  // namespace

void check_writable(const Cloud& cloud, const std::string& file) {
  const auto fail = [&](const std::string& what) { throw Error(file + ": cannot write the cloud: " + what); };
  if (cloud.width < 0 || cloud.height < 0 || (cloud.width > 0 && cloud.height > max_points / cloud.width))
    fail("its width " + std::to_string(cloud.width) + " and height " + std::to_string(cloud.height) +
         " are not the size of a cloud");
  if (cloud.data.size() != cloud.stride * static_cast<std::size_t>(cloud.size()))
    fail("it holds " + std::to_string(cloud.data.size()) + " bytes for " + std::to_string(cloud.size()) +
         " points of " + std::to_string(cloud.stride) + " bytes");
  if (cloud.fields.empty()) fail("it has no fields");
  std::set<std::string> names;
  for (const Field& field : cloud.fields) {
    const bool printable = std::all_of(field.name.begin(), field.name.end(), [](unsigned char c) { return c > ' '; });
    if (field.name.empty() || field.name == "_" || !printable)
      fail("'" + field.name + "' cannot be the name of a field");
    if (!names.insert(field.name).second) fail("it has two fields '" + field.name + "'");
    if (field.count == 0 || field.offset > cloud.stride ||
        field.count > (cloud.stride - field.offset) / size_of(field.type))
      fail("the field '" + field.name + "' is not within a point's " + std::to_string(cloud.stride) + " bytes");
  }
}

std::string read_beginning(Source& source) {
  std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(source.remaining, max_header)), '\0');
  source.read(text.data(), text.size());
  return text;
}

void go_to(Source& source, std::uint64_t begin, std::uint64_t size) {
  source.stream.clear();
  source.stream.seekg(static_cast<std::streamoff>(begin));
  source.remaining = size - begin;
}

std::vector<Column> packed_columns(const Cloud& cloud) {
  std::vector<Column> columns;
  std::size_t record = 0;
  for (const Field& field : cloud.fields) {
    columns.push_back({field.name, field.type, field.count, record, field.offset});
    record += size_of(field.type) * field.count;
  }
  return columns;
}

bool is_cloud_file(const fs::path& file) { return format_of(file) != Format::none; }

Cloud read_cloud(const fs::path& file) {
  if (extension_of(file) == ".off") return sample_off(file, 2048, 0);
  const Format format = need_format(file);
  std::ifstream stream;
  Source source = open_file(file.string(), stream);
  try {
    return format == Format::pcd ? read_pcd(source) : read_ply(source);
  } catch (const std::bad_alloc&) {
    source.fail("there is not enough memory for this cloud");
  }
}

void write_cloud(const fs::path& file, const Cloud& cloud, bool compress) {
  const Format format = need_format(file);
  check_writable(cloud, file.string());
  write_file(file, [&](std::ostream& stream) {
    if (format == Format::pcd)
      write_pcd(stream, cloud, compress);
    else
      write_ply(stream, cloud);
  });
}

}  // namespace treewalk
