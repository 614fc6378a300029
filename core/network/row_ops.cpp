// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// The operations of ops.h that lead from some rows to others: pooling up a hierarchy, and unpooling down.
#include <ATen/Dispatch.h>
#include <ATen/ops/empty.h>

#include "core/device/parallel.h"
#include "core/device/tape.h"
#include "core/network/ops.h"
#include "core/network/row_ops_kernel.h"

namespace treewalk {
namespace {

const std::int32_t* numbers(const at::Tensor& tensor) { return tensor.const_data_ptr<std::int32_t>(); }

at::Tensor pooled_gradient(const at::Tensor& dout, const Csr& rows, const at::Tensor& winner) {
  const auto m = rows.columns, c = dout.size(1) / 2;
  const auto transposed = transpose(rows).graph;
  auto dx = at::empty({m, c}, dout.options());
  AT_DISPATCH_FLOATING_TYPES(dout.scalar_type(), "pool_rows_backward", [&] {
    parallel_for_lanes(dout.device(), m,
                       PoolRowsGradient<scalar_t>{dout.const_data_ptr<scalar_t>(), numbers(rows.offset),
                                                  numbers(winner), numbers(transposed.offset),
                                                  numbers(transposed.column), c, dx.mutable_data_ptr<scalar_t>()});
  });
  return dx;
}

at::Tensor spread_gradient(const at::Tensor& dout, const Csr& members) {
  const auto m = members.rows(), c = dout.size(1);
  auto dx = at::empty({m, c}, dout.options());
  AT_DISPATCH_FLOATING_TYPES(dout.scalar_type(), "unpool_rows_backward", [&] {
    parallel_for_lanes(dout.device(), m,
                       UnpoolRowsGradient<scalar_t>{dout.const_data_ptr<scalar_t>(), numbers(members.offset),
                                                    numbers(members.column), c, dx.mutable_data_ptr<scalar_t>()});
  });
  return dx;
}

}  // namespace

at::Tensor pool_rows(const at::Tensor& any_x, const Csr& rows) {
  const auto x = any_x.detach().contiguous();
  const auto n = rows.rows(), c = x.size(1);
  const auto out = at::empty({n, 2 * c}, x.options()), winner = at::empty({n, c}, x.options().dtype(at::kInt));
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "pool_rows", [&] {
    parallel_for_lanes(x.device(), n,
                       PoolRows<scalar_t>{x.const_data_ptr<scalar_t>(), numbers(rows.offset), numbers(rows.column), c,
                                          out.mutable_data_ptr<scalar_t>(), winner.mutable_data_ptr<std::int32_t>()});
  });
  const Csr of_x{rows.offset, rows.column, x.size(0)};
  return record(out, {any_x}, {},
                [of_x, winner](const Gradients& of) { return Tensors{pooled_gradient(of[0], of_x, winner)}; });
}

at::Tensor unpool_rows(const at::Tensor& any_x, const at::Tensor& index, const Csr& members) {
  TORCH_CHECK(members.rows() == any_x.size(0), "unpool_rows: ", members.rows(), " member rows for ", any_x.size(0),
              " rows");
  const auto x = any_x.detach().contiguous();
  const auto n = index.size(0), c = x.size(1);
  const auto out = at::empty({n, c}, x.options());
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "unpool_rows", [&] {
    parallel_for_lanes(
        x.device(), n,
        UnpoolRows<scalar_t>{x.const_data_ptr<scalar_t>(), numbers(index), c, out.mutable_data_ptr<scalar_t>()});
  });
  return record(out, {any_x}, {}, [members](const Gradients& of) { return Tensors{spread_gradient(of[0], members)}; });
}

}  // namespace treewalk
