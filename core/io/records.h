// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <istream>
#include <limits>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "treewalk/cloud.h"

namespace treewalk {

/// Most points that a cloud may have: indices are 32-bit integers, here as in PCL.
constexpr std::int64_t max_points = 2147483647;

/// Reports the bytes of a file that are left to read, and fails with the file's name in front.
struct Source {
  std::istream& stream;
  std::string name;
  std::uint64_t remaining = 0;
  std::vector<std::string>* warnings = nullptr;  ///< null: nobody listens

  [[noreturn]] void fail(const std::string& what) const { throw Error(name + ": " + what); }
  /// Tells of something that was passed over.
  void warn(const std::string& what) const {
    if (warnings != nullptr) warnings->push_back(name + ": " + what);
  }
  /// Reads exactly `bytes`, or fails.
  void read(void* to, std::uint64_t bytes);
  void skip(std::uint64_t bytes);
};

/// Opens a regular file for reading in binary; throws Error naming it for anything else. `stream` must outlive the
/// source.
Source open_file(const std::string& file, std::ifstream& stream);
/// Whether something of that name is there that is no regular file and no folder, such as a pipe.
bool is_stream(const std::string& file);
/// All that comes through a pipe; throws Error for devices, which may never end.
std::string read_pipe(const std::string& file);

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
  /// end: the last character of every line.
  explicit Lines(Source& source, char end = '\n') : source_(source), end_(end) {}
  /// The next line that holds more than white space; false at the end. Valid until the next call.
  bool next(std::string_view& line);
  /// Whether the last line ended in what lines end in; a file that was cut off may end in half a number.
  bool ended() const { return ended_; }

 private:
  Source& source_;
  char end_;
  bool ended_ = true;
  std::string buffer_;
  std::size_t begin_ = 0;
};

/// Bytes of the byte order mark (UTF-8) with which some editors begin a text: 3 or 0.
std::size_t byte_order_mark(std::string_view text);

/// The word in quotes, for a message: long or unprintable words of a hostile file are not repeated as they are.
std::string quoted(std::string_view word);

/// White space, and the zero bytes with which files are filled up that were made longer than their text.
constexpr std::string_view blank(" \t\r\n\v\f\0", 7);

/// Splits off the next word at the separators; empty at the end.
std::string_view next_word(std::string_view& line, std::string_view separators = blank);

/// Parses a number and stores it as `type`; false when the word is not one, or does not fit. "nan" is 0 for integers,
/// as in PCL; integers may be written as 3.0, bytes as true or false; old Windows programs write 1.#QNAN and 1.#INF.
bool store_number(std::string_view word, Scalar type, std::byte* to);

/// Stores the next word of a line, a value of the field `name` at point `point`, or fails. to: null to pass it over.
void store_word(Source& source, std::string_view word, Scalar type, const std::string& name, std::int64_t point,
                std::byte* to);

/// Names of fields, of which each is given once: a second a becomes a_2, and so on, whatever else is called so.
class FieldNames {
 public:
  /// A name as a file has it; all of them are told before the first is asked for.
  void add(std::string_view name) { taken_.emplace(name); }
  std::string unique(std::string_view name);

 private:
  std::set<std::string> taken_;
  std::map<std::string, int> given_;
};

}  // namespace treewalk
