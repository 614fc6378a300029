// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>
#include <string_view>

#include "core/io/records.h"

namespace treewalk {

/// The lines of the text at the beginning of a file, whatever they end in: LF, CR LF, CR or LF CR, as the first of them
/// does. A byte order mark is passed over.
class HeaderLines {
 public:
  /// Throws Error for text of two bytes a character.
  HeaderLines(std::string_view text, const std::string& file);
  /// The next line without its end; false after the last.
  bool next(std::string_view& line);
  /// Where the next line begins, bytes from the start of the text.
  std::size_t position() const { return position_; }
  /// Of the line that was read last, from 1.
  int number() const { return number_; }
  /// The last character of a line's end but one that is white space anyway: '\n' or '\r'.
  char end() const { return end_; }

 private:
  std::string_view text_;
  std::size_t position_ = 0;
  int number_ = 0;
  char end_ = '\n';
  bool return_follows_ = false;
};

/// What the key of a header is in capitals: some programs write small letters.
std::string in_capitals(std::string_view word);

}  // namespace treewalk
