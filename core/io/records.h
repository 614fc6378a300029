// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <istream>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "treewalk/cloud.h"

namespace treewalk {

/// Reports the bytes of a file that are left to read, and fails with the file's name in front.
struct Source {
  std::istream& stream;
  std::string name;
  std::uint64_t remaining = 0;

  [[noreturn]] void fail(const std::string& what) const { throw Error(name + ": " + what); }
  /// Reads exactly `bytes`, or fails.
  void read(void* to, std::uint64_t bytes);
  void skip(std::uint64_t bytes);
};

/// Opens a regular file for reading in binary; throws Error naming it for anything else. `stream` must outlive the
/// source.
Source open_file(const std::string& file, std::ifstream& stream);

/// `count` values that lie together in a record of the file and in a record in memory.
struct Column {
  static constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();

  std::string name;
  Scalar type = Scalar::float32;
  std::size_t count = 1;
  std::size_t in_file = 0;          ///< byte offset
  std::size_t in_memory = nowhere;  ///< byte offset, or nowhere: read but not kept
};

/// Reads `points` records of `record` bytes into `to` (records of `stride` bytes).
void read_binary(Source& source, const std::vector<Column>& columns, std::int64_t points, std::size_t record, bool swap,
                 std::byte* to, std::size_t stride);
void write_binary(std::ostream& stream, const std::vector<Column>& columns, std::int64_t points, std::size_t record,
                  const std::byte* from, std::size_t stride);

/// Non-empty lines of text, one at a time, through a buffer of bounded size.
class Lines {
 public:
  explicit Lines(Source& source) : source_(source) {}
  /// The next line that holds more than white space; false at the end. Valid until the next call.
  bool next(std::string_view& line);

 private:
  Source& source_;
  std::string buffer_;
  std::size_t begin_ = 0;
};

/// The word in quotes, for a message: long or unprintable words of a hostile file are not repeated as they are.
std::string quoted(std::string_view word);

/// Splits off the next word at the separators, by default white space; empty at the end.
std::string_view next_word(std::string_view& line, std::string_view separators = " \t\r\v\f");

/// Parses a number and stores it as `type`; false when the word is not one, or does not fit. "nan" is 0 for integers,
/// as in PCL; integers may be written as 3.0.
bool store_number(std::string_view word, Scalar type, std::byte* to);

/// Reads `points` lines with one value for each column value.
void read_ascii(Source& source, Lines& lines, const std::vector<Column>& columns, std::int64_t points, std::byte* to,
                std::size_t stride);

}  // namespace treewalk
