// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/io.h"

#include <algorithm>
#include <fstream>
#include <new>
#include <set>
#include <streambuf>

#include "core/io/formats.h"
#include "core/io/header_lines.h"
#include "core/io/las/las.h"
#include "core/io/off.h"
#include "core/io/pcd_header.h"
#include "treewalk/detail/words.h"
#include "treewalk/las.h"
#include "treewalk/scratch.h"

namespace treewalk {
namespace {

namespace fs = std::filesystem;

enum class Format { none, pcd, ply, off, las };

Format format_of(const fs::path& file) {
  const std::string extension = detail::lower_case(file.extension().string());
  return extension == ".pcd"   ? Format::pcd
         : extension == ".ply" ? Format::ply
         : extension == ".off" ? Format::off
         : is_las_name(file)   ? Format::las
                               : Format::none;
}

// The format that a file's first words show. An .off file may begin with a number, which shows nothing.
Format format_of_content(const std::string& name, std::string_view beginning) {
  if (beginning.substr(0, 2) == "\xFF\xFE" || beginning.substr(0, 2) == "\xFE\xFF") return Format::none;
  if (begins_like_las(beginning)) return Format::las;
  static const std::set<std::string> keys = {"VERSION", "FIELDS", "COLUMNS", "SIZE", "TYPE", "WIDTH", "POINTS"};
  HeaderLines lines(beginning, name);
  for (std::string_view line; lines.next(line) && lines.number() < 100;) {
    const std::string word = in_capitals(next_word(line));
    if (word.empty()) continue;
    if (word.front() == '#') {
      if (in_capitals(next_word(line)) == ".PCD") return Format::pcd;
      continue;
    }
    if (word == "PLY") return Format::ply;
    if (keys.count(word) > 0) return Format::pcd;
    const std::size_t off = word.find("OFF");
    return off != std::string::npos && word.find_first_not_of("STCN") == off ? Format::off : Format::none;
  }
  return Format::none;
}

Cloud read_as(Format format, Source& source, const ReadOptions& options) {
  if (format == Format::las) return read_las(source, options);
  if (format == Format::pcd) return read_pcd(source);
  if (format == Format::ply) return read_ply(source);
  std::string content(static_cast<std::size_t>(source.remaining), '\0');
  source.read(content.data(), content.size());
  return sample_off(TextFile(source.name, std::move(content)), 2048, 0);
}

// What a file is called may be wrong, and a pipe is called nothing: its content decides, where it shows. The source is
// at its start again.
Format format_of_source(const fs::path& file, Source& source) {
  const std::uint64_t size = source.remaining;
  std::string beginning(static_cast<std::size_t>(std::min<std::uint64_t>(size, 4096)), '\0');
  source.read(beginning.data(), beginning.size());
  go_to(source, 0, size);
  Format format = format_of_content(source.name, beginning);
  if (format == Format::none) format = format_of(file);
  if (format != Format::none) return format;
  if (size == 0) source.fail("the file is empty");
  source.fail("clouds are read as .pcd, .ply, .las, .laz or .off" +
              (file.has_extension() ? ", not as '" + file.extension().string() + "'"
                                    : std::string(", and the content is none of them")));
}

Format need_format(const fs::path& file) {
  const Format format = format_of(file);
  if (format == Format::none || format == Format::off)
    throw Error(file.string() + ": clouds are written as .pcd, .ply, .las or .laz, not as '" +
                file.extension().string() + "'");
  return format;
}

// Reads from the bytes themselves; a stringstream would hold them again.
class Bytes : public std::streambuf {
 public:
  explicit Bytes(std::string& bytes) { setg(bytes.data(), bytes.data(), bytes.data() + bytes.size()); }

 private:
  pos_type seekoff(off_type offset, std::ios_base::seekdir from, std::ios_base::openmode) override {
    const off_type size = egptr() - eback();
    const off_type to = offset + (from == std::ios_base::cur   ? gptr() - eback()
                                  : from == std::ios_base::end ? size
                                                               : 0);
    if (to < 0 || to > size) return pos_type(off_type(-1));
    setg(eback(), eback() + to, egptr());
    return pos_type(to);
  }
  pos_type seekpos(pos_type to, std::ios_base::openmode which) override {
    return seekoff(off_type(to), std::ios_base::beg, which);
  }
};

Cloud read_file(const fs::path& file, std::vector<std::string>* warnings, const ReadOptions& options) {
  const std::string name = file.string();
  try {
    const bool pipe = is_stream(name);
    std::ifstream stream;
    std::string content = pipe ? read_pipe(name) : std::string();
    Bytes bytes(content);
    std::istream piped(&bytes);
    Source source = pipe ? Source{piped, name, content.size()} : open_file(name, stream);
    source.warnings = warnings;
    return read_as(format_of_source(file, source), source, options);
  } catch (const std::bad_alloc&) {
    throw Error(name + ": " + Scratch::failure("there is not enough memory for this cloud"));
  }
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

CloudSize cloud_size(const fs::path& file, const ReadOptions& options) {
  if (is_stream(file.string())) return {};
  std::ifstream stream;
  Source source = open_file(file.string(), stream);
  const std::uint64_t size = source.remaining;
  switch (format_of_source(file, source)) {
    case Format::pcd:
      return size_of_pcd(source);
    case Format::ply:
      return size_of_ply(source);
    case Format::las:
      return size_of_las(source, options);
    default:
      return {0, 0, 4 * size};  // the text, and the mesh that it says
  }
}

Cloud read_cloud(const fs::path& file) { return read_file(file, nullptr, {}); }

Cloud read_cloud_with_warnings(const fs::path& file, std::vector<std::string>& warnings, const ReadOptions& options) {
  return read_file(file, &warnings, options);
}

void write_cloud(const fs::path& file, const Cloud& cloud, bool compress) {
  const Format format = need_format(file);
  check_writable(cloud, file.string());
  write_file(file, [&](std::ostream& stream) {
    if (format == Format::pcd)
      write_pcd(stream, cloud, compress);
    else if (format == Format::las)
      write_las(stream, cloud, file.string(), is_laz_name(file));
    else
      write_ply(stream, cloud);
  });
}

}  // namespace treewalk
