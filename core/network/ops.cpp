// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/ops.h"

#include <ATen/Dispatch.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/device/parallel.h"
#include "core/device/tape.h"
#include "core/device/wide.h"
#include "core/network/ops_kernel.h"

namespace treewalk {
namespace {

constexpr double kNormEpsilon = 1e-5;
constexpr std::int64_t kFewestRows = 16, kFewestColumns = 16;  // of a matrix product
constexpr std::int64_t kPiece = 1024;  // rows; long enough that a matrix product of a piece runs at full speed

template <class Work>
void products_in_pieces(std::int64_t rows, const Work& work) {
  parallel_pieces(rows, kPiece, [&](std::int64_t piece, std::int64_t begin, std::int64_t end) {
    const at::AutoDispatchBelowADInplaceOrView below_autograd;  // worker threads do not inherit the caller's mode
    work(piece, begin, end);
  });
}

std::int64_t pieces_of(std::int64_t rows) { return (rows + kPiece - 1) / kPiece; }

/// term(0) + ... + term(count - 1), as eight sums side by side that are added in a fixed order: the compiler may use
/// vectors, which it may not for a sum in the order of the terms.
template <class Term>
auto sum_of(std::int64_t count, const Term& term) {
  decltype(term(0)) lane[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (int j = 0; j < 8; ++j) lane[j] += term(i + j);
  for (; i < count; ++i) lane[i % 8] += term(i);
  return ((lane[0] + lane[4]) + (lane[1] + lane[5])) + ((lane[2] + lane[6]) + (lane[3] + lane[7]));
}

/// sum over pieces of partial [pieces, ...] in order.
at::Tensor add_pieces(const at::Tensor& partial) {
  auto total = at::zeros(partial.sizes().slice(1), partial.options());
  for (std::int64_t p = 0; p < partial.size(0); ++p) total.add_(partial.select(0, p));
  return total;
}

/// x with every row at a multiple of 16 bytes: where rows are elsewhere, products of few columns round otherwise.
at::Tensor with_aligned_rows(const at::Tensor& x) {
  constexpr std::int64_t kBytes = 16, kNumbers = 4;
  const auto place = reinterpret_cast<std::uintptr_t>(x.const_data_ptr());
  if (x.stride(1) == 1 && x.stride(0) % kNumbers == 0 && place % kBytes == 0) return x;
  const auto columns = x.size(1);
  const auto rows = at::empty({x.size(0), (columns + kNumbers - 1) / kNumbers * kNumbers}, x.options());
  return rows.narrow(1, 0, columns).copy_(x);
}

at::Tensor product_in_pieces(const at::Tensor& any_x, const at::Tensor& weight, const at::Tensor& bias) {
  const auto x = weight.size(0) < kFewestColumns ? with_aligned_rows(any_x) : any_x;
  auto out = at::empty({x.size(0), weight.size(0)}, x.options());
  const auto transposed = weight.t();
  products_in_pieces(x.size(0), [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    // Products of a few rows are other routines, which round differently: a row must not depend on its company.
    const bool few = end - begin < kFewestRows;
    auto to = few ? at::empty({kFewestRows, weight.size(0)}, x.options()) : out.narrow(0, begin, end - begin);
    auto from = x.narrow(0, begin, end - begin);
    if (few) {
      const auto more = at::zeros({kFewestRows, x.stride(0)}, x.options()).narrow(1, 0, x.size(1));
      more.narrow(0, 0, end - begin).copy_(from);
      from = more;
    }
    if (bias.defined()) {
      at::addmm_out(to, bias, from, transposed);
    } else {
      at::mm_out(to, from, transposed);
    }
    if (few) out.narrow(0, begin, end - begin).copy_(to.narrow(0, 0, end - begin));
  });
  return out;
}

Tensors linear_gradients(const at::Tensor& dout, const at::Tensor& x, const at::Tensor& weight, bool has_bias,
                         bool need_x) {
  const auto rows = x.size(0), pieces = pieces_of(rows);
  at::Tensor dx;
  if (need_x) dx = at::empty_like(x);
  auto dweight = at::zeros({pieces, weight.size(0), weight.size(1)}, weight.options());
  auto dbias = at::zeros({has_bias ? pieces : 0, weight.size(0)}, weight.options());
  products_in_pieces(rows, [&](std::int64_t piece, std::int64_t begin, std::int64_t end) {
    const auto d = dout.narrow(0, begin, end - begin);
    if (need_x) {
      auto to = dx.narrow(0, begin, end - begin);
      at::mm_out(to, d, weight);
    }
    auto dw = dweight.select(0, piece);
    at::mm_out(dw, d.t(), x.narrow(0, begin, end - begin));
    if (has_bias) {
      AT_DISPATCH_FLOATING_TYPES(d.scalar_type(), "linear_backward", [&] {
        const auto width = weight.size(0);
        scalar_t* __restrict sum = dbias.mutable_data_ptr<scalar_t>() + piece * width;
        const auto* row = dout.const_data_ptr<scalar_t>() + begin * width;
        for (std::int64_t r = begin; r < end; ++r, row += width)
          for (std::int64_t c = 0; c < width; ++c) sum[c] += row[c];
      });
    }
  });
  return {dx, add_pieces(dweight), has_bias ? add_pieces(dbias) : at::Tensor()};
}

struct Normalised {
  at::Tensor out, statistics;  ///< of each row: its mean, 1 / its deviation
};
Normalised normalised(const at::Tensor& x, const at::Tensor& gain, const at::Tensor& shift) {
  const auto n = x.size(0), c = x.size(1);
  auto out = at::empty_like(x);
  auto statistics = at::empty({n, 2}, x.options());
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "layer_norm", [&] {
    const auto *px = x.const_data_ptr<scalar_t>(), *pg = gain.const_data_ptr<scalar_t>(),
               *ps = shift.const_data_ptr<scalar_t>();
    auto *po = out.mutable_data_ptr<scalar_t>(), *pt = statistics.mutable_data_ptr<scalar_t>();
    const auto normalise = [=](std::int64_t r) {
      const scalar_t* row = px + r * c;
      scalar_t* const __restrict to = po + r * c;
      const scalar_t mean = sum_of(c, [row](std::int64_t i) { return row[i]; }) / c;
      const scalar_t square = sum_of(c, [=](std::int64_t i) { return (row[i] - mean) * (row[i] - mean); });
      const scalar_t inverse = 1 / std::sqrt(square / c + scalar_t(kNormEpsilon));
      for (std::int64_t i = 0; i < c; ++i) to[i] = (row[i] - mean) * inverse * pg[i] + ps[i];
      pt[2 * r] = mean;
      pt[2 * r + 1] = inverse;
    };
    parallel_pieces(n, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      wide([&] {
        for (std::int64_t r = begin; r < end; ++r) normalise(r);
      });
    });
  });
  return {out, statistics};
}

Tensors norm_gradients(const at::Tensor& dout, const at::Tensor& x, const at::Tensor& gain,
                       const at::Tensor& statistics) {
  const auto n = x.size(0), c = x.size(1);
  auto dx = at::empty_like(x);
  auto partial = at::zeros({pieces_of(n), 2, c}, x.options());
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "layer_norm_backward", [&] {
    const auto *px = x.const_data_ptr<scalar_t>(), *pg = gain.const_data_ptr<scalar_t>(),
               *pt = statistics.const_data_ptr<scalar_t>(), *pd = dout.const_data_ptr<scalar_t>();
    auto *pdx = dx.mutable_data_ptr<scalar_t>(), *pp = partial.mutable_data_ptr<scalar_t>();
    parallel_pieces(n, kPiece, [&](std::int64_t piece, std::int64_t begin, std::int64_t end) {
      scalar_t* __restrict dgain = pp + piece * 2 * c, * __restrict dshift = dgain + c;
      for (std::int64_t r = begin; r < end; ++r) {
        const auto *row = px + r * c, *d = pd + r * c;
        const scalar_t mean = pt[2 * r], inverse = pt[2 * r + 1];
        for (std::int64_t i = 0; i < c; ++i) {
          dgain[i] += d[i] * ((row[i] - mean) * inverse);
          dshift[i] += d[i];
        }
        const scalar_t sum = sum_of(c, [&](std::int64_t i) { return d[i] * pg[i]; }) / c;
        const scalar_t product =
            sum_of(c, [&](std::int64_t i) { return d[i] * pg[i] * ((row[i] - mean) * inverse); }) / c;
        for (std::int64_t i = 0; i < c; ++i)
          pdx[r * c + i] = inverse * (d[i] * pg[i] - sum - (row[i] - mean) * inverse * product);
      }
    });
  });
  const auto total = add_pieces(partial);
  return {dx, total.select(0, 0), total.select(0, 1)};
}

at::Tensor dropped(const at::Tensor& x, double probability, std::uint64_t seed, std::uint64_t call) {
  auto out = at::empty_like(x);
  const auto threshold = static_cast<std::uint32_t>(std::lround(probability * 256));
  const auto key = mix(seed ^ mix(call));
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "dropout", [&] {
    parallel_for(x.device(), (x.numel() + 7) / 8,
                 DropNumbers<scalar_t>{x.const_data_ptr<scalar_t>(), out.mutable_data_ptr<scalar_t>(), x.numel(),
                                       threshold, static_cast<scalar_t>(256.0 / (256.0 - threshold)), key});
  });
  return out;
}

/// to[i] = number(i) for all numbers of a tensor on the CPU.
template <class Real, class Number>
void fill_numbers(const at::Tensor& to, const Number& number) {
  constexpr std::int64_t kNumbers = 1 << 15;
  Real* const __restrict written = to.mutable_data_ptr<Real>();
  parallel_pieces(to.numel(), kNumbers, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    wide([&] {
      for (std::int64_t i = begin; i < end; ++i) written[i] = number(i);
    });
  });
}

/// value where sign > 0 or not a number, else 0.
at::Tensor where_positive(const at::Tensor& sign, const at::Tensor& value) {
  auto out = at::empty_like(value);
  AT_DISPATCH_FLOATING_TYPES(value.scalar_type(), "relu", [&] {
    const auto *s = sign.const_data_ptr<scalar_t>(), *v = value.const_data_ptr<scalar_t>();
    fill_numbers<scalar_t>(out, [=](std::int64_t i) { return s[i] <= 0 ? scalar_t(0) : v[i]; });
  });
  return out;
}

struct Loss {
  at::Tensor value, gradient, scale;  ///< gradient: of the logits, to be multiplied by scale
};
template <class Real>
CrossEntropyRows<Real> cross_entropy_rows(const at::Tensor& logits, const at::Tensor& target, const Csr& sets,
                                          const at::Tensor& gradient) {
  CrossEntropyRows<Real> rows{};
  rows.logits = logits.const_data_ptr<Real>();
  rows.target = target.const_data_ptr<Real>();
  rows.gradient = gradient.mutable_data_ptr<Real>();
  rows.classes = static_cast<std::int32_t>(logits.size(1));
  rows.sets = static_cast<std::int32_t>(target.size(1) - logits.size(1));
  if (rows.sets == 0) return rows;
  rows.offset = sets.offset.const_data_ptr<std::int32_t>();
  rows.member = sets.column.const_data_ptr<std::int32_t>();
  return rows;
}

/// On devices every row by itself; their sums there have one order.
Loss cross_entropy_by_rows(const at::Tensor& logits, const at::Tensor& target, const Csr& sets) {
  const auto n = logits.size(0);
  const auto gradient = at::empty_like(logits), sums = at::empty({2, n}, logits.options().dtype(at::kDouble));
  AT_DISPATCH_FLOATING_TYPES(logits.scalar_type(), "cross_entropy", [&] {
    auto rows = cross_entropy_rows<scalar_t>(logits, target, sets, gradient);
    rows.loss = sums.mutable_data_ptr<double>();
    rows.weight = rows.loss + n;
    parallel_for(logits.device(), n, rows);
  });
  const auto total = sums.sum(1), all = total[1];
  const auto scale = at::where(all > 0, all.reciprocal(), 0);
  return {(total[0] * scale).to(logits.scalar_type()), gradient, scale.to(logits.scalar_type())};
}

Loss cross_entropy_in_pieces(const at::Tensor& logits, const at::Tensor& target, const Csr& sets) {
  const auto n = logits.size(0);
  const auto gradient = at::empty_like(logits);
  std::vector<double> loss(pieces_of(n)), weight(pieces_of(n));
  double total = 0, all = 0;
  AT_DISPATCH_FLOATING_TYPES(logits.scalar_type(), "cross_entropy", [&] {
    const auto rows = cross_entropy_rows<scalar_t>(logits, target, sets, gradient);
    parallel_pieces(n, kPiece, [&](std::int64_t piece, std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r) rows.add(r, loss[piece], weight[piece]);
    });
  });
  for (std::size_t p = 0; p < loss.size(); ++p) total += loss[p], all += weight[p];
  return {at::scalar_tensor(all > 0 ? total / all : 0.0, logits.options()), gradient,
          at::scalar_tensor(all > 0 ? 1 / all : 0.0, logits.options())};
}

/// On devices: LibTorch's products, and where the weight is of a shorter type, with that.
at::Tensor linear_by_tensors(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const auto type = weight.scalar_type();
  if (type != x.scalar_type()) {
    const auto product = at::mm(x.to(type), weight.t());
    return bias.defined() ? product + bias : product.to(x.scalar_type());
  }
  return bias.defined() ? at::addmm(bias, x, weight.t()) : at::mm(x, weight.t());
}

}  // namespace

at::Tensor linear(const at::Tensor& any_x, const at::Tensor& any_weight, const at::Tensor& bias) {
  TORCH_CHECK(any_x.dim() == 2 && any_weight.dim() == 2 && any_x.size(1) == any_weight.size(1), "linear: x ",
              any_x.sizes(), " does not fit weight ", any_weight.sizes());
  if (!any_x.is_cpu()) return linear_by_tensors(any_x, any_weight, bias);
  const auto x = any_x.detach().contiguous(), weight = any_weight.detach();
  const bool has_bias = bias.defined();
  const auto out = product_in_pieces(x, weight, has_bias ? bias.detach() : bias);
  return record(out, {any_x, any_weight, bias}, {x, weight},
                [=](const Gradients& of) { return linear_gradients(of[0], x, weight, has_bias, of.wanted(0)); });
}

at::Tensor layer_norm(const at::Tensor& any_x, const at::Tensor& any_gain, const at::Tensor& shift) {
  TORCH_CHECK(any_x.dim() == 2 && any_x.size(1) == any_gain.size(0), "layer_norm: x ", any_x.sizes(), ", gain ",
              any_gain.sizes());
  if (!any_x.is_cpu()) return at::layer_norm(any_x, {any_x.size(1)}, any_gain, shift, kNormEpsilon);
  const auto x = any_x.detach().contiguous(), gain = any_gain.detach();
  const auto [out, statistics] = normalised(x, gain, shift);
  return record(out, {any_x, any_gain, shift}, {x, gain}, [x, gain, statistics = statistics](const Gradients& of) {
    return norm_gradients(of[0], x, gain, statistics);
  });
}

at::Tensor rectified(const at::Tensor& any_x) {
  if (!any_x.is_cpu()) return at::relu(any_x);
  const auto x = any_x.detach().contiguous();
  const auto out = where_positive(x, x);
  return record(out, {any_x}, {out}, [out](const Gradients& of) { return Tensors{where_positive(out, of[0])}; });
}

at::Tensor residual(const at::Tensor& any_x, const at::Tensor& any_change) {
  TORCH_CHECK(any_x.sizes() == any_change.sizes(), "residual: ", any_x.sizes(), " and ", any_change.sizes());
  if (!any_x.is_cpu()) return any_x + any_change;
  const auto x = any_x.detach().contiguous(), change = any_change.detach().contiguous();
  const auto out = at::empty_like(x);
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "residual", [&] {
    const auto *px = x.const_data_ptr<scalar_t>(), *pc = change.const_data_ptr<scalar_t>();
    fill_numbers<scalar_t>(out, [=](std::int64_t i) { return px[i] + pc[i]; });
  });
  return record(out, {any_x, any_change}, {}, [](const Gradients& of) { return Tensors{of[0], of[0]}; });
}

at::Tensor dropout(const at::Tensor& x, double probability, std::uint64_t seed, std::uint64_t call) {
  TORCH_CHECK(probability >= 0 && probability <= 0.99, "dropout: the probability must be at most 0.99, got ",
              probability);
  return record(dropped(x.detach().contiguous(), probability, seed, call), {x}, {},
                [=](const Gradients& of) { return Tensors{dropped(of[0], probability, seed, call)}; });
}

at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& target, const Csr& sets) {
  const auto columns = logits.size(1) + (sets.offset.defined() ? sets.rows() : 0);
  TORCH_CHECK(target.size(0) == logits.size(0) && target.size(1) == columns, "cross_entropy: logits ", logits.sizes(),
              ", target ", target.sizes(), ", sets ", columns - logits.size(1));
  const auto x = logits.detach().contiguous(), t = target.detach().contiguous();
  const auto loss = x.is_cpu() ? cross_entropy_in_pieces(x, t, sets) : cross_entropy_by_rows(x, t, sets);
  return record(loss.value, {logits}, {},
                [loss](const Gradients& of) { return Tensors{loss.gradient * (of[0] * loss.scale)}; });
}

}  // namespace treewalk
