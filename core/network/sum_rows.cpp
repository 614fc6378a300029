// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/sum_rows.h"

#include <ATen/Dispatch.h>
#include <ATen/ops/empty.h>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/device/sums_kernel.h"
#include "core/network/sum_rows_kernel.h"

namespace treewalk {

at::Tensor sum_of_rows(const at::Tensor& rows) {
  const auto size = rows.size(0), width = rows.size(1);
  const auto sum = at::empty({width}, rows.options());
  AT_DISPATCH_FLOATING_TYPES(rows.scalar_type(), "sum_of_rows", [&] {
    constexpr auto piece = SumRowsOfPiece<scalar_t>::kPiece;
    const auto pieces = (size + piece - 1) / piece;
    const auto partial = at::empty({pieces, width}, rows.options());
    parallel_for(rows.device(), pieces * width, SumRowsOfPiece<scalar_t>{in(rows), size, width, out(partial)});
    parallel_for(rows.device(), width, AddPieces<scalar_t>{in(partial), nullptr, pieces, width, out(sum)});
  });
  return sum;
}

}  // namespace treewalk
