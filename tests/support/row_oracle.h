// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace treewalk::test {

/// Rows by plain loops, the oracle of all searches among rows: compile what uses it with -ffp-contract=off.
template <class T>
struct Rows {
  std::int64_t columns = 1;
  std::vector<T> value;
  std::int64_t size() const { return static_cast<std::int64_t>(value.size()) / columns; }
  const T* row(std::int64_t i) const { return value.data() + i * columns; }
};

template <class T>
using Distances = std::vector<std::pair<T, std::int32_t>>;

/// All finite rows by (squared distance, index), summed from the first column to the last; none from a query that is
/// not finite.
template <class T>
Distances<T> all_distances(const Rows<T>& rows, const T* query) {
  Distances<T> all;
  for (std::int64_t i = 0; i < rows.size(); ++i) {
    T sum = 0;
    for (std::int64_t c = 0; c < rows.columns; ++c) {
      const T step = query[c] - rows.row(i)[c];
      const T square = step * step;
      sum = sum + square;
    }
    if (std::isfinite(sum)) all.emplace_back(sum, static_cast<std::int32_t>(i));
  }
  std::sort(all.begin(), all.end());
  return all;
}

/// What a search gives for these: distances as float.
template <class T>
Distances<float> rounded(const Distances<T>& all, std::size_t most) {
  Distances<float> result;
  for (std::size_t i = 0; i < std::min(most, all.size()); ++i)
    result.emplace_back(static_cast<float>(all[i].first), all[i].second);
  return result;
}

inline const std::vector<std::string>& kinds_of_rows() {
  static const std::vector<std::string> kinds{"random", "lattice",    "equal",      "constant column",
                                              "offset", "not finite", "heavy tail", "clusters"};
  return kinds;
}

/// Rows of one of these kinds.
template <class T>
Rows<T> make_rows(const std::string& kind, std::int64_t size, std::int64_t columns, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<T> unit(0, 1);
  std::uniform_int_distribution<int> place(0, 3), cluster(0, 9);
  std::normal_distribution<T> normal(0, T(0.01));
  Rows<T> rows{columns, {}};
  for (std::int64_t i = 0; i < size; ++i) {
    const int centre = cluster(random);
    for (std::int64_t c = 0; c < columns; ++c) {
      T value = unit(random);
      if (kind == "lattice") value = T(0.125) * static_cast<T>(place(random));
      if (kind == "equal") value = T(0.3);
      if (kind == "constant column" && c % 2 == 0) value = 7;
      if (kind == "offset") value = 100000 + value / 4;
      if (kind == "not finite" && i % 7 == 3 && c == i % columns)
        value = i % 2 ? std::numeric_limits<T>::quiet_NaN() : std::numeric_limits<T>::infinity();
      if (kind == "heavy tail") value = std::exp(20 * value);
      if (kind == "clusters") value = static_cast<T>((centre * 7 + c * c) % 10) + normal(random);
      rows.value.push_back(value);
    }
  }
  return rows;
}

/// Queries among rows, all of which a search should answer as loops do: rows themselves, places half-way between two,
/// one far away, and one that is not finite.
template <class T>
Rows<T> make_queries(const Rows<T>& rows, std::int64_t size, unsigned seed) {
  std::mt19937 random(seed);
  Rows<T> queries{rows.columns, {}};
  for (std::int64_t i = 0; i < size; ++i) {
    const std::int64_t a = rows.size() == 0 ? -1 : static_cast<std::int64_t>(random() % rows.size());
    const std::int64_t b = rows.size() == 0 ? -1 : static_cast<std::int64_t>(random() % rows.size());
    for (std::int64_t c = 0; c < rows.columns; ++c) {
      T value = a < 0 ? T(0.5) : rows.row(a)[c];
      if (i % 3 == 1 && a >= 0) value = (value + rows.row(b)[c]) / 2;
      if (i == 5) value = 3 * value + 2;
      if (i == 6 && c == 0) value = std::numeric_limits<T>::quiet_NaN();
      queries.value.push_back(value);
    }
  }
  return queries;
}

}  // namespace treewalk::test
