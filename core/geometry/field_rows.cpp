// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/field_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <string>

#include "core/device/in_out.h"
#include "core/device/parallel.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPiece = 1 << 12;

/// A column of the rows.
struct Column {
  std::size_t offset;  ///< in a record
  Scalar type;
  double weight;
  int shift = -1;       ///< of a byte in a packed colour
  double divisor = 1;   ///< of whole colours: 255
  bool single = false;  ///< its values are rounded to float32
};

bool is_single(Scalar type) {
  return type == Scalar::float32 || type == Scalar::int8 || type == Scalar::uint8 || type == Scalar::int16 ||
         type == Scalar::uint16;
}

void add_colours(const CloudView& cloud, double weight, std::vector<Column>& columns) {
  for (const char* name : {"rgb", "rgba"}) {
    if (cloud.find(name) == nullptr) continue;
    const Field& field = cloud.at(name);
    if (field.count != 1 || size_of(field.type) != 4)
      throw Error("the field '" + field.name + "' holds no packed colours, which are one number of 4 bytes");
    for (const int shift : {16, 8, 0}) columns.push_back({field.offset, field.type, weight, shift, 255, true});
    return;
  }
  for (const auto& names : {std::initializer_list<const char*>{"r", "g", "b"}, {"red", "green", "blue"}}) {
    if (cloud.find(*names.begin()) == nullptr) continue;
    for (const char* name : names) {
      const Field& field = cloud.at(name, "which its colours need");
      columns.push_back({field.offset, field.type, weight, -1, 255, true});
    }
    return;
  }
  cloud.at("rgb", "nor r, g, b nor red, green, blue");
}

void check(const std::vector<SearchField>& fields) {
  if (fields.empty()) throw Error("no field was named whose numbers are searched; name some, such as x, y and z");
  for (const SearchField& wanted : fields)
    if (!std::isfinite(wanted.weight)) throw Error("the weight of the field '" + wanted.name + "' is not finite");
}

/// A cloud without points and fields, of which nothing is known.
bool unknown(const CloudView& cloud) { return cloud.size == 0 && cloud.fields.empty(); }

std::vector<Column> columns_of(const CloudView& cloud, const std::vector<SearchField>& fields) {
  std::vector<Column> columns;
  for (const SearchField& wanted : fields) {
    if (wanted.name == "rgb") {
      add_colours(cloud, wanted.weight, columns);
      continue;
    }
    const Field& field = cloud.at(wanted.name);
    for (std::size_t i = 0; i < field.count; ++i)
      columns.push_back(
          {field.offset + i * size_of(field.type), field.type, wanted.weight, -1, 1, is_single(field.type)});
  }
  return columns;
}

double number_of(const CloudView& cloud, std::int64_t point, const Column& column) {
  double value;
  if (column.shift >= 0) {
    std::uint32_t packed;
    std::memcpy(&packed, cloud.data + static_cast<std::size_t>(point) * cloud.stride + column.offset, sizeof packed);
    value = packed >> column.shift & 255;
  } else {
    value = cloud.value(point, {"", column.offset, column.type, 1});
  }
  value = value / column.divisor * column.weight;
  return column.single ? static_cast<double>(static_cast<float>(value)) : value;
}

template <class T>
void fill(const CloudView& cloud, const std::vector<Column>& columns, std::vector<T>& rows) {
  rows.resize(static_cast<std::size_t>(cloud.size) * columns.size());
  parallel_pieces(cloud.size, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const Column column = columns[c];
      T* to = rows.data() + static_cast<std::size_t>(begin) * columns.size() + c;
      for (std::int64_t i = begin; i < end; ++i, to += columns.size())
        *to = static_cast<T>(number_of(cloud, i, column));
    }
  });
}

}  // namespace

bool float_holds(const double* row, std::int64_t rows, std::int64_t columns, const std::vector<std::int32_t>* subset) {
  const std::int64_t chosen = subset == nullptr ? rows : static_cast<std::int64_t>(subset->size());
  for (std::int64_t i = 0; i < chosen; ++i) {
    const double* const from = row + columns * (subset == nullptr ? i : (*subset)[static_cast<std::size_t>(i)]);
    bool held = true, finite = true;
    for (std::int64_t column = 0; column < columns; ++column) {
      held = held && static_cast<double>(static_cast<float>(from[column])) == from[column];
      finite = finite && std::isfinite(from[column]);
    }
    if (finite && !held) return false;
  }
  return true;
}

bool float_holds(const at::Tensor& rows) {
  return rows.scalar_type() == at::kFloat ||
         float_holds(static_cast<const double*>(in(rows)), rows.size(0), rows.size(1));
}

FieldRows field_rows(const CloudView& cloud, const std::vector<SearchField>& fields) {
  FieldRows rows;
  check(fields);
  if (unknown(cloud)) {  // and nothing is wrong with it
    for (const SearchField& wanted : fields) rows.columns += wanted.name == "rgb" ? 3 : 1;
    return rows;
  }
  const std::vector<Column> columns = columns_of(cloud, fields);
  rows.columns = static_cast<std::int64_t>(columns.size());
  if (std::all_of(columns.begin(), columns.end(), [](const Column& column) { return column.single; })) {
    fill(cloud, columns, rows.single);
    return rows;
  }
  fill(cloud, columns, rows.twice);
  if (float_holds(rows.twice.data(), cloud.size, rows.columns)) {
    rows.single.resize(rows.twice.size());
    std::transform(rows.twice.begin(), rows.twice.end(), rows.single.begin(),
                   [](double number) { return static_cast<float>(number); });
    rows.twice.clear();
  }
  return rows;
}

std::vector<double> rows_of(const CloudView& cloud, const std::vector<SearchField>& fields) {
  check(fields);
  std::vector<double> rows;
  if (!unknown(cloud)) fill(cloud, columns_of(cloud, fields), rows);
  return rows;
}

}  // namespace treewalk
