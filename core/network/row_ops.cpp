// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// The operations of ops.h that lead from some rows to others: pooling up a hierarchy, and spreading down.
#include <ATen/Dispatch.h>
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/device/parallel.h"
#include "core/network/ops.h"
#include "core/network/row_ops_kernel.h"

namespace treewalk {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

const std::int32_t* numbers(const at::Tensor& tensor) { return tensor.const_data_ptr<std::int32_t>(); }

struct PoolFunction : Function<PoolFunction> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& offset,
                            const at::Tensor& column) {
    const auto n = offset.size(0) - 1, c = x.size(1);
    auto out = at::empty({n, 2 * c}, x.options());
    auto winner = at::empty({n, c}, x.options().dtype(at::kInt));
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "pool_rows", [&] {
      parallel_for_lanes(x.device(), n,
                         PoolRows<scalar_t>{x.const_data_ptr<scalar_t>(), numbers(offset), numbers(column), c,
                                            out.mutable_data_ptr<scalar_t>(), winner.mutable_data_ptr<std::int32_t>()});
    });
    ctx->save_for_backward({offset, column, winner});
    ctx->saved_data["rows"] = x.size(0);
    return out;
  }
  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const auto &offset = saved[0], &winner = saved[2];
    const auto dout = gradients[0].contiguous();
    const auto rows = ctx->saved_data["rows"].toInt(), c = dout.size(1) / 2;
    const auto transposed = transpose({offset, saved[1], rows}).graph;
    auto dx = at::empty({rows, c}, dout.options());
    AT_DISPATCH_FLOATING_TYPES(dout.scalar_type(), "pool_rows_backward", [&] {
      parallel_for_lanes(dout.device(), rows,
                         PoolRowsGradient<scalar_t>{dout.const_data_ptr<scalar_t>(), numbers(offset), numbers(winner),
                                                    numbers(transposed.offset), numbers(transposed.column), c,
                                                    dx.mutable_data_ptr<scalar_t>()});
    });
    return {dx, at::Tensor(), at::Tensor()};
  }
};

struct SpreadFunction : Function<SpreadFunction> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& index,
                            const at::Tensor& offset, const at::Tensor& column) {
    ctx->save_for_backward({offset, column});
    const auto n = index.size(0), c = x.size(1);
    auto out = at::empty({n, c}, x.options());
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "spread_rows", [&] {
      parallel_for_lanes(
          x.device(), n,
          SpreadRows<scalar_t>{x.const_data_ptr<scalar_t>(), numbers(index), c, out.mutable_data_ptr<scalar_t>()});
    });
    return out;
  }
  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const auto dout = gradients[0].contiguous();
    const auto n = saved[0].size(0) - 1, c = dout.size(1);
    auto dx = at::empty({n, c}, dout.options());
    AT_DISPATCH_FLOATING_TYPES(dout.scalar_type(), "spread_rows_backward", [&] {
      parallel_for_lanes(dout.device(), n,
                         SpreadRowsGradient<scalar_t>{dout.const_data_ptr<scalar_t>(), numbers(saved[0]),
                                                      numbers(saved[1]), c, dx.mutable_data_ptr<scalar_t>()});
    });
    return {dx, at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor pool_rows(const at::Tensor& x, const Csr& rows) {
  return PoolFunction::apply(x.contiguous(), rows.offset, rows.column);
}

at::Tensor spread_rows(const at::Tensor& x, const at::Tensor& index, const Csr& members) {
  TORCH_CHECK(members.rows() == x.size(0), "spread_rows: ", members.rows(), " member rows for ", x.size(0), " rows");
  return SpreadFunction::apply(x.contiguous(), index, members.offset, members.column);
}

}  // namespace treewalk
