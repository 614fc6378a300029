// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <vector>

namespace treewalk {

/// The nearest of some squares of a map to each of its squares, by the distance of their middles, exactly: first along
/// columns, then along rows over what the columns gave. Time and memory (4 bytes) grow with the squares alone.
class NearestSquare {
 public:
  /// wanted(square): whether it is one of those that are looked for.
  template <class Wanted>
  NearestSquare(std::int64_t width, std::int64_t height, const Wanted& wanted)
      : width_(width), row_(static_cast<std::size_t>(width * height), none) {
    const auto take = [&](std::int64_t row, std::int64_t beside) {
      for (std::int64_t c = 0; c < width; ++c) {
        const std::int64_t near = beside < 0 || beside >= height ? none : row_[beside * width + c];
        std::int32_t& at = row_[row * width + c];
        if (near == none || at == row) continue;
        if (at == none || std::abs(row - near) < std::abs(row - at)) at = static_cast<std::int32_t>(near);
      }
    };
    for (std::int64_t i = 0; i < width * height; ++i)
      if (wanted(i)) row_[i] = static_cast<std::int32_t>(i / width);
    for (std::int64_t row = 1; row < height; ++row) take(row, row - 1);
    for (std::int64_t row = height - 1; row-- > 0;) take(row, row + 1);
  }

  /// visit(square, nearest, squared distance in squares) for each square of the row; nothing where none is wanted.
  template <class Visit>
  void visit_row(std::int64_t row, const Visit& visit) {
    // The lower envelope of parabolas, one for each column with a wanted square: Felzenszwalb and Huttenlocher,
    // Distance transforms of sampled functions, 2012.
    column_.clear(), begin_.clear();
    const auto above = [&](std::int64_t c) {
      const auto away = static_cast<double>(row - row_[row * width_ + c]);
      return away * away + static_cast<double>(c) * static_cast<double>(c);
    };
    for (std::int64_t c = 0; c < width_; ++c) {
      if (row_[row * width_ + c] == none) continue;
      double from = 0;
      while (!column_.empty()) {
        from = (above(c) - above(column_.back())) / (2.0 * static_cast<double>(c - column_.back()));
        if (from > begin_.back()) break;
        column_.pop_back(), begin_.pop_back();
      }
      column_.push_back(c);
      begin_.push_back(column_.size() == 1 ? -1 : from);
    }
    for (std::int64_t c = 0, k = 0; c < width_ && !column_.empty(); ++c) {
      while (k + 1 < static_cast<std::int64_t>(column_.size()) && begin_[k + 1] < static_cast<double>(c)) ++k;
      const std::int64_t other_row = row_[row * width_ + column_[k]], down = row - other_row, along = c - column_[k];
      visit(row * width_ + c, other_row * width_ + column_[k], down * down + along * along);
    }
  }

 private:
  static constexpr std::int32_t none = -1;
  std::int64_t width_;
  std::vector<std::int32_t> row_;  ///< [height][width]: of the nearest wanted square in the same column
  std::vector<std::int64_t> column_;
  std::vector<double> begin_;
};

}  // namespace treewalk
