// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/text_file.h"

#include <fstream>

namespace treewalk {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view space = " \t\r\v\f";

}  // namespace

std::string read_whole(const fs::path& file) {
  std::ifstream stream;
  Source source = open_file(file.string(), stream);
  const std::uint64_t size = source.remaining;
  std::string content;
  try {
    content.resize(size);
  } catch (const std::exception&) {
    throw Error(file.string() + ": there is not enough memory for its " + std::to_string(size) + " bytes");
  }
  source.read(content.data(), size);
  return content;
}

void TextFile::rewind() {
  begin_ = byte_order_mark(text_);
  line_ = 0;
}

bool TextFile::next(std::string_view& line) {
  const auto ends = [this](std::size_t at) { return text_[at] == '\n' || text_[at] == '\r'; };
  while (begin_ < text_.size()) {
    std::size_t end = begin_;
    while (end < text_.size() && !ends(end)) ++end;
    line = std::string_view(text_).substr(begin_, end - begin_);
    begin_ = end + 1;
    if (begin_ < text_.size() && ends(begin_) && text_[begin_] != text_[end]) ++begin_;
    ++line_;
    const std::size_t first = line.find_first_not_of(space);
    if (first == std::string_view::npos) continue;
    line = line.substr(first, line.find_last_not_of(space) + 1 - first);
    return true;
  }
  return false;
}

void TextFile::fail_at(std::int64_t line, const std::string& what) const {
  throw Error(name_ + ":" + std::to_string(line) + ": " + what);
}

std::string_view next_value(std::string_view& line) { return next_word(line, " \t\r\v\f,"); }

bool store_value(std::string_view word, Scalar type, std::byte* to) {
  if (store_number(word, type, to)) return true;
  constexpr std::string_view stray("\0\x10", 2);
  if (word.find_first_of(stray) == std::string_view::npos) return false;
  std::string rest;
  for (const char c : word)
    if (stray.find(c) == std::string_view::npos) rest += c;
  return store_number(rest, type, to);
}

void store_row(const TextFile& file, std::string_view line, const std::vector<Column>& columns, std::byte* to) {
  const auto fail = [&](const std::string& what) {
    std::string names;
    for (const Column& column : columns) names += ' ' + column.name;
    file.fail(what + "; a line is" + names);
  };
  std::size_t count = 0;
  for (std::string_view word = next_value(line); !word.empty(); word = next_value(line), ++count) {
    if (count >= columns.size()) fail("holds more than " + std::to_string(columns.size()) + " values");
    const Column& column = columns[count];
    if (!store_value(word, column.type, to + column.in_memory)) fail(quoted(word) + " is no value for " + column.name);
  }
  if (count < columns.size()) fail("holds " + std::to_string(count) + " values");
}

std::vector<std::pair<std::string, Scalar>> position_and_normal() {
  std::vector<std::pair<std::string, Scalar>> fields;
  for (const char* name : {"x", "y", "z", "normal_x", "normal_y", "normal_z"})
    fields.push_back({name, Scalar::float32});
  return fields;
}

Cloud empty_cloud(const std::vector<std::pair<std::string, Scalar>>& fields) {
  Cloud cloud;
  for (const auto& [name, type] : fields) {
    cloud.fields.push_back({name, cloud.stride, type, 1});
    cloud.stride += size_of(type);
  }
  return cloud;
}

std::byte* append_point(Cloud& cloud) {
  cloud.data.resize(cloud.data.size() + cloud.stride);
  ++cloud.width;
  return cloud.data.data() + (cloud.data.size() - cloud.stride);
}

std::vector<Column> columns_of(const Cloud& cloud) {
  std::vector<Column> columns;
  for (const Field& field : cloud.fields) columns.push_back({field.name, field.type, 1, 0, field.offset});
  return columns;
}

Cloud read_table(const fs::path& file, const std::vector<std::pair<std::string, Scalar>>& fields) {
  TextFile text(file);
  Cloud cloud = empty_cloud(fields);
  const std::vector<Column> columns = columns_of(cloud);
  for (std::string_view line; text.next(line);) store_row(text, line, columns, append_point(cloud));
  return cloud;
}

}  // namespace treewalk
