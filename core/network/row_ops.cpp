// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// The operations of ops.h that lead from some rows to others: pooling up a hierarchy, and spreading down.
#include <ATen/Dispatch.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <limits>

#include "core/device/parallel.h"
#include "core/network/ops.h"

namespace treewalk {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

constexpr std::int64_t kPiece = 1024;  // rows

struct PoolFunction : Function<PoolFunction> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& offset,
                            const at::Tensor& column) {
    const auto n = offset.size(0) - 1, c = x.size(1);
    auto out = at::empty({n, 2 * c}, x.options());
    auto winner = at::empty({n, c}, x.options().dtype(at::kInt));
    const auto *po = offset.const_data_ptr<int>(), *pc = column.const_data_ptr<int>();
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "pool_rows", [&] {
      const auto* px = x.const_data_ptr<scalar_t>();
      auto* to = out.mutable_data_ptr<scalar_t>();
      auto* pw = winner.mutable_data_ptr<int>();
      parallel_pieces(n, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) {
          auto *best = to + r * 2 * c, *mean = best + c;
          auto* who = pw + r * c;
          if (po[r] == po[r + 1]) {
            for (std::int64_t i = 0; i < c; ++i) best[i] = mean[i] = 0, who[i] = -1;
            continue;
          }
          for (std::int64_t i = 0; i < c; ++i)
            best[i] = -std::numeric_limits<scalar_t>::infinity(), mean[i] = 0, who[i] = pc[po[r]];
          for (int e = po[r]; e < po[r + 1]; ++e) {
            const auto* row = px + std::int64_t(pc[e]) * c;
            for (std::int64_t i = 0; i < c; ++i) {
              who[i] = row[i] > best[i] ? pc[e] : who[i];
              best[i] = row[i] > best[i] ? row[i] : best[i];
              mean[i] += row[i];
            }
          }
          const scalar_t share = scalar_t(1) / (po[r + 1] - po[r]);
          for (std::int64_t i = 0; i < c; ++i) mean[i] *= share;
        }
      });
    });
    ctx->save_for_backward({offset, column, winner});
    ctx->saved_data["rows"] = x.size(0);
    return out;
  }
  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const auto dout = gradients[0].contiguous();
    const auto n = dout.size(0), c = dout.size(1) / 2;
    auto dx = at::zeros({ctx->saved_data["rows"].toInt(), c}, dout.options());
    const auto *po = saved[0].const_data_ptr<int>(), *pc = saved[1].const_data_ptr<int>(),
               *pw = saved[2].const_data_ptr<int>();
    AT_DISPATCH_FLOATING_TYPES(dout.scalar_type(), "pool_rows_backward", [&] {
      const auto* d = dout.const_data_ptr<scalar_t>();
      auto* to = dx.mutable_data_ptr<scalar_t>();
      // Rows may share children (a learned hierarchy), so they are taken one after the other.
      for (std::int64_t r = 0; r < n; ++r) {
        if (po[r] == po[r + 1]) continue;
        const auto *best = d + r * 2 * c, *mean = best + c;
        const scalar_t share = scalar_t(1) / (po[r + 1] - po[r]);
        for (int e = po[r]; e < po[r + 1]; ++e)
          for (std::int64_t i = 0; i < c; ++i) to[std::int64_t(pc[e]) * c + i] += mean[i] * share;
        for (std::int64_t i = 0; i < c; ++i) to[std::int64_t(pw[r * c + i]) * c + i] += best[i];
      }
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
    const auto* pi = index.const_data_ptr<int>();
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "spread_rows", [&] {
      const auto* px = x.const_data_ptr<scalar_t>();
      auto* to = out.mutable_data_ptr<scalar_t>();
      parallel_pieces(n, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r)
          for (std::int64_t i = 0; i < c; ++i) to[r * c + i] = px[std::int64_t(pi[r]) * c + i];
      });
    });
    return out;
  }
  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const auto dout = gradients[0].contiguous();
    const auto n = saved[0].size(0) - 1, c = dout.size(1);
    auto dx = at::zeros({n, c}, dout.options());
    const auto *po = saved[0].const_data_ptr<int>(), *pc = saved[1].const_data_ptr<int>();
    AT_DISPATCH_FLOATING_TYPES(dout.scalar_type(), "spread_rows_backward", [&] {
      const auto* d = dout.const_data_ptr<scalar_t>();
      auto* to = dx.mutable_data_ptr<scalar_t>();
      parallel_pieces(n, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r)
          for (int e = po[r]; e < po[r + 1]; ++e)
            for (std::int64_t i = 0; i < c; ++i) to[r * c + i] += d[std::int64_t(pc[e]) * c + i];
      });
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
