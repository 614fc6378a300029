// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/header_lines.h"

#include <algorithm>

namespace treewalk {

HeaderLines::HeaderLines(std::string_view text, const std::string& file)
    : text_(text), position_(byte_order_mark(text)) {
  if (const std::string_view two = text.substr(0, 2); two == "\xFF\xFE" || two == "\xFE\xFF")
    throw Error(file + ": is text of two bytes a character (UTF-16); save it as UTF-8 or ASCII");
  const std::size_t first = std::min(text.find_first_of("\r\n"), text.size());
  const std::string_view end = text.substr(first, 2);
  if (end.substr(0, 1) == "\r" && end != "\r\n") end_ = '\r';
  return_follows_ = end == "\n\r";
}

bool HeaderLines::next(std::string_view& line) {
  if (position_ >= text_.size()) return false;
  const std::size_t end = std::min(text_.find(end_, position_), text_.size());
  line = text_.substr(position_, end - position_);
  position_ = std::min(end + 1, text_.size());
  if (return_follows_ && text_.substr(position_, 1) == "\r") ++position_;
  ++number_;
  return true;
}

std::string in_capitals(std::string_view word) {
  std::string text(word);
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

}  // namespace treewalk
