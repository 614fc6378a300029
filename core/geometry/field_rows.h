// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "treewalk/vector_search.h"

namespace treewalk {

/// Rows of numbers out of a cloud: float32 where it holds all finite rows without loss, else float64. One list is used.
struct FieldRows {
  std::int64_t columns = 0;
  std::vector<float> single;  ///< [N,columns]
  std::vector<double> twice;  ///< [N,columns]
};
/// As rows_of says.
FieldRows field_rows(const CloudView& cloud, const std::vector<SearchField>& fields);

/// Whether float32 holds all rows that can be found, which are finite: of those that subset names, or of all.
/// row [rows,columns].
bool float_holds(const double* row, std::int64_t rows, std::int64_t columns,
                 const std::vector<std::int32_t>* subset = nullptr);
/// The same of a tensor [rows,columns] of float32 or float64 on the CPU.
bool float_holds(const at::Tensor& rows);

}  // namespace treewalk
