// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/vector_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "core/device/public_errors.h"
#include "core/device/threads.h"
#include "core/geometry/field_rows.h"
#include "core/geometry/row_index.h"
#include "core/geometry/squares.h"

namespace treewalk {
namespace {

/// Three numbers, of which those that a row does not have are 0: they add nothing to any distance.
template <class T>
std::array<double, 3> padded(const T* row, int columns) {
  std::array<double, 3> point{0, 0, 0};
  std::copy_n(row, columns, point.begin());
  return point;
}

template <class T>
std::vector<double> padded(const T* row, std::int64_t rows, int columns) {
  std::vector<double> points(static_cast<std::size_t>(3 * rows));
  for (std::int64_t i = 0; i < rows; ++i) std::copy_n(row + i * columns, columns, points.data() + 3 * i);
  return points;
}

void check(std::int64_t rows, std::int64_t columns, const std::vector<std::int32_t>* subset) {
  if (columns < 1) throw Error("rows of " + std::to_string(columns) + " columns have no distances; give at least one");
  if (rows < 0 || rows >= std::numeric_limits<std::int32_t>::max())
    throw Error("there are " + std::to_string(rows) + " rows; at most 2^31 - 2 can be indexed");
  if (subset != nullptr)
    for (const std::int32_t index : *subset)
      if (index < 0 || index >= rows)
        throw Error("the index " + std::to_string(index) + " is outside of the " + std::to_string(rows) + " rows");
}

/// Whether all numbers are finite, without a branch for each.
template <class T>
bool all_finite(const T* number, std::int64_t count) {
  constexpr std::int64_t kStep = 64;
  T sum[kStep] = {};
  std::int64_t i = 0;
  for (; i + kStep <= count; i += kStep)
    for (std::int64_t j = 0; j < kStep; ++j) sum[j] += number[i + j] - number[i + j];
  for (; i < count; ++i) sum[0] += number[i] - number[i];
  return std::all_of(sum, sum + kStep, [](T zero) { return zero == 0; });
}

/// The rows that are finite, and their indices; copied where others are among them.
template <class T>
struct FiniteRows {
  const T* row;
  std::vector<std::int32_t> kept;

  FiniteRows(const T* all, std::int64_t rows, std::int64_t columns, const std::vector<std::int32_t>* subset)
      : row(all) {
    if (subset == nullptr && all_finite(all, rows * columns)) {
      kept.resize(static_cast<std::size_t>(rows));
      std::iota(kept.begin(), kept.end(), 0);
      return;
    }
    const std::int64_t candidates = subset == nullptr ? rows : static_cast<std::int64_t>(subset->size());
    for (std::int64_t i = 0; i < candidates; ++i) {
      const std::int64_t at = subset == nullptr ? i : (*subset)[static_cast<std::size_t>(i)];
      const T* from = all + at * columns;
      if (!all_finite(from, columns)) continue;
      own_.insert(own_.end(), from, from + columns);
      kept.push_back(static_cast<std::int32_t>(at));
    }
    row = own_.data();
  }
  FiniteRows(const FiniteRows&) = delete;
  FiniteRows& operator=(const FiniteRows&) = delete;

 private:
  std::vector<T> own_;
};

}  // namespace

/// One of the three is there.
struct VectorSearch::Rows {
  int columns = 0;
  std::optional<PointSearch> points;
  std::optional<RowIndex<float>> single;
  std::optional<RowIndex<double>> twice;

  void make(const float* row, std::int64_t rows, std::int64_t of, const std::vector<std::int32_t>* subset) {
    check(rows, of, subset);
    columns = static_cast<int>(of);
    if (columns <= 3) {
      std::vector<float> xyz(static_cast<std::size_t>(3 * rows));
      for (std::int64_t i = 0; i < rows; ++i) std::copy_n(row + i * columns, columns, xyz.data() + 3 * i);
      points.emplace(CloudView{reinterpret_cast<const std::byte*>(xyz.data()),
                               rows,
                               12,
                               {{"x", 0, Scalar::float32}, {"y", 4, Scalar::float32}, {"z", 8, Scalar::float32}}},
                     subset, thread_count());
      return;
    }
    const FiniteRows<float> finite(row, rows, of, subset);
    make_index(finite, single);
  }
  void make(const double* row, std::int64_t rows, std::int64_t of, const std::vector<std::int32_t>* subset) {
    check(rows, of, subset);
    columns = static_cast<int>(of);
    if (float_holds(row, rows, of, subset)) {
      const std::vector<float> all(row, row + rows * of);
      return make(all.data(), rows, of, subset);
    }
    const FiniteRows<double> finite(row, rows, of, subset);
    make_index(finite, twice);
  }

  template <class T>
  static std::unique_ptr<const Rows> of(const T* row, std::int64_t rows, std::int64_t columns,
                                        const std::vector<std::int32_t>* subset) {
    auto made = std::make_unique<Rows>();
    made->make(row, rows, columns, subset);
    return made;
  }

  template <class Use>
  auto with(const Use& use) const {
    return single ? use(*single) : use(*twice);
  }

  template <class Q>
  int nearest(const Q* query, int k, std::int32_t* index, float* distance) const {
    if (points) return points->nearest(padded(query, columns).data(), k, index, distance);
    return with([&](const auto& rows) { return rows.nearest(query, k, index, distance); });
  }
  template <class Q>
  void within(const Q* query, double radius, std::vector<std::int32_t>& index, std::vector<float>& distance,
              bool sorted, std::int64_t most) const {
    if (points) return points->within(padded(query, columns).data(), radius, index, distance, sorted, most);
    with([&](const auto& rows) { rows.within(query, radius, index, distance, sorted, most); });
  }
  template <class Q>
  void nearest_of_many(const Q* query, std::int64_t queries, int k, const Take& take, int threads) const {
    const ThreadCount count(threads);
    with_public_errors([&] {
      if (points) return points->nearest(padded(query, queries, columns).data(), queries, k, take, threads);
      with([&](const auto& rows) { rows.nearest(query, queries, k, take); });
    });
  }
  template <class Q>
  void within_of_many(const Q* query, std::int64_t queries, double radius, const Take& take, bool sorted,
                      std::int64_t most, int threads) const {
    const ThreadCount count(threads);
    with_public_errors([&] {
      if (points)
        return points->within(padded(query, queries, columns).data(), queries, radius, take, sorted, most, threads);
      with([&](const auto& rows) { rows.within(query, queries, radius, take, sorted, most); });
    });
  }

 private:
  template <class T>
  void make_index(const FiniteRows<T>& finite, std::optional<RowIndex<T>>& to) {
    const auto size = static_cast<std::int64_t>(finite.kept.size());
    to.emplace(finite.row, size, columns, finite.kept.data());
    check_squares(finite.row, size, columns, to->extent());
  }
};

VectorSearch::VectorSearch(const float* row, std::int64_t rows, int columns, const std::vector<std::int32_t>* subset,
                           int threads) {
  const ThreadCount count(threads);
  with_public_errors([&] { rows_ = Rows::of(row, rows, columns, subset); });
}

VectorSearch::VectorSearch(const double* row, std::int64_t rows, int columns, const std::vector<std::int32_t>* subset,
                           int threads) {
  const ThreadCount count(threads);
  with_public_errors([&] { rows_ = Rows::of(row, rows, columns, subset); });
}

VectorSearch::VectorSearch(const CloudView& cloud, const std::vector<SearchField>& fields,
                           const std::vector<std::int32_t>* subset, int threads) {
  const ThreadCount count(threads);
  with_public_errors([&] {
    const FieldRows rows = field_rows(cloud, fields);
    rows_ = rows.twice.empty() ? Rows::of(rows.single.data(), cloud.size, rows.columns, subset)
                               : Rows::of(rows.twice.data(), cloud.size, rows.columns, subset);
  });
}

VectorSearch::~VectorSearch() = default;
VectorSearch::VectorSearch(VectorSearch&&) noexcept = default;
VectorSearch& VectorSearch::operator=(VectorSearch&&) noexcept = default;

std::int64_t VectorSearch::size() const {
  return rows_->points ? rows_->points->size() : rows_->with([](const auto& rows) { return rows.size(); });
}

int VectorSearch::columns() const { return rows_->columns; }

const char* VectorSearch::way() const {
  if (rows_->points) return "points";
  const bool scan = rows_->with([](const auto& rows) { return rows.way() == RowWay::kScan; });
  return rows_->single ? (scan ? "scan" : "tree") : (scan ? "scan of doubles" : "tree of doubles");
}

int VectorSearch::nearest(const float* query, int k, std::int32_t* index, float* squared_distance) const {
  return rows_->nearest(query, k, index, squared_distance);
}
int VectorSearch::nearest(const double* query, int k, std::int32_t* index, float* squared_distance) const {
  return rows_->nearest(query, k, index, squared_distance);
}

void VectorSearch::within(const float* query, double radius, std::vector<std::int32_t>& index,
                          std::vector<float>& squared_distance, bool sorted, std::int64_t most) const {
  rows_->within(query, radius, index, squared_distance, sorted, most);
}
void VectorSearch::within(const double* query, double radius, std::vector<std::int32_t>& index,
                          std::vector<float>& squared_distance, bool sorted, std::int64_t most) const {
  rows_->within(query, radius, index, squared_distance, sorted, most);
}

void VectorSearch::nearest(const float* query, std::int64_t queries, int k, const Take& take, int threads) const {
  rows_->nearest_of_many(query, queries, k, take, threads);
}
void VectorSearch::nearest(const double* query, std::int64_t queries, int k, const Take& take, int threads) const {
  rows_->nearest_of_many(query, queries, k, take, threads);
}

void VectorSearch::within(const float* query, std::int64_t queries, double radius, const Take& take, bool sorted,
                          std::int64_t most, int threads) const {
  rows_->within_of_many(query, queries, radius, take, sorted, most, threads);
}
void VectorSearch::within(const double* query, std::int64_t queries, double radius, const Take& take, bool sorted,
                          std::int64_t most, int threads) const {
  rows_->within_of_many(query, queries, radius, take, sorted, most, threads);
}

}  // namespace treewalk
