// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/records.h"

namespace treewalk {

/// The whole content of a file; throws Error naming it.
std::string read_whole(const std::filesystem::path& file);

/// A text file, line by line, that knows where it is. Lines end in LF, CR LF, CR or LF CR; a byte order mark is passed
/// over.
class TextFile {
 public:
  explicit TextFile(const std::filesystem::path& file) : TextFile(file.string(), read_whole(file)) {}
  TextFile(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) { rewind(); }
  /// The next line that holds more than white space, without the space around it; false at the end.
  bool next(std::string_view& line);
  /// Goes back to the first line.
  void rewind();
  /// Number of the line that was read last, from 1.
  std::int64_t line() const { return line_; }
  /// Throws Error in the form FILE:LINE: WHAT.
  [[noreturn]] void fail(const std::string& what) const { fail_at(line_, what); }
  [[noreturn]] void fail_at(std::int64_t line, const std::string& what) const;
  const std::string& name() const { return name_; }
  std::size_t size() const { return text_.size(); }

 private:
  std::string name_, text_;
  std::size_t begin_ = 0;
  std::int64_t line_ = 0;
};

/// Splits off the next word at white space or a comma; empty at the end.
std::string_view next_value(std::string_view& line);

/// A number of a text file as `type`. NUL and DLE bytes within it, which some published files hold, are passed over.
bool store_value(std::string_view word, Scalar type, std::byte* to);

/// Stores a line's values by `columns` (one value each), or fails when the line holds others.
void store_row(const TextFile& file, std::string_view line, const std::vector<Column>& columns, std::byte* to);

/// x, y, z and the normal.
std::vector<std::pair<std::string, Scalar>> position_and_normal();
/// A cloud of no points yet with these fields, in this order, all of four bytes.
Cloud empty_cloud(const std::vector<std::pair<std::string, Scalar>>& fields);
/// Makes room for one more point; its bytes are valid until the next call.
std::byte* append_point(Cloud& cloud);
/// The fields of empty_cloud as columns of a text file.
std::vector<Column> columns_of(const Cloud& cloud);
/// A file with one point in each line.
Cloud read_table(const std::filesystem::path& file, const std::vector<std::pair<std::string, Scalar>>& fields);

}  // namespace treewalk
