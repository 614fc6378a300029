// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <treewalk/detail/words.h>

#include <cstdint>
#include <string>
#include <vector>

/// Numbers and tables as people read them.
namespace program {

std::string grouped(std::int64_t n);   ///< 1234567 -> "1,234,567"
std::string rate(double per_second);   ///< 1234567 -> "1.23 M"
std::string duration(double seconds);  ///< 83 -> "1 min 23 s"
std::string fixed(double value, int digits);
std::string percent(double fraction);                         ///< 0.1234 -> "12.3 %"
std::string plural(std::int64_t n, const std::string& noun);  ///< "1 cloud", "2 clouds"
using treewalk::detail::joined;
using treewalk::detail::lower_case;
using treewalk::detail::printable;

/// Rows of cells as aligned text; the first column is flush left, the others flush right.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : rows_{std::move(header)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace program
