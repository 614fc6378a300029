// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/global.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <vector>

#include "core/attention/attention_simd.h"
#include "core/attention/global_kernel.h"
#include "core/device/parallel.h"
#include "core/device/sums_kernel.h"
#include "core/device/tape.h"

namespace treewalk {
namespace {

/// The pieces of all groups, on the device of the rows.
struct Pieces {
  at::Tensor list;        ///< [3,pieces] int32: begin, end, group
  at::Tensor of_group;    ///< [groups+1] int32: the pieces of each group
  std::int64_t size = 0;  ///< pieces
  std::int64_t groups() const { return of_group.size(0) - 1; }
};

Pieces pieces_of(const at::Tensor& first, c10::Device device) {
  const auto groups = first.size(0) - 1;
  const auto* f = first.const_data_ptr<std::int32_t>();
  std::vector<std::int32_t> begin, end, group, of_group{0};
  for (std::int64_t g = 0; g < groups; ++g) {
    for (std::int64_t row = f[g]; row < f[g + 1]; row += kGlobalPiece) {
      begin.push_back(static_cast<std::int32_t>(row));
      end.push_back(static_cast<std::int32_t>(std::min<std::int64_t>(row + kGlobalPiece, f[g + 1])));
      group.push_back(static_cast<std::int32_t>(g));
    }
    of_group.push_back(static_cast<std::int32_t>(begin.size()));
  }
  const auto size = static_cast<std::int64_t>(begin.size());
  for (const auto* more : {&end, &group}) begin.insert(begin.end(), more->begin(), more->end());
  return {at::tensor(begin, at::kInt).view({3, size}).to(device, at::kInt, /*non_blocking=*/true),
          at::tensor(of_group, at::kInt).to(device, at::kInt, true), size};
}

template <class Real>
GlobalArrays<Real> arrays_of(const Pieces& pieces, std::int64_t heads, std::int64_t features, std::int64_t width) {
  GlobalArrays<Real> a;
  a.heads = static_cast<int>(heads);
  a.features = static_cast<int>(features);
  a.width = static_cast<int>(width);
  a.piece_begin = pieces.list.const_data_ptr<std::int32_t>();
  a.piece_end = a.piece_begin + pieces.size;
  a.group_of_piece = a.piece_end + pieces.size;
  return a;
}

template <class Real>
void add_outer(c10::Device device, std::int64_t pieces, const GlobalArrays<Real>& a) {
  parallel_for_lanes(device, pieces * a.heads, OuterSums<Real>(a));
}
void add_outer(c10::Device device, std::int64_t pieces, const GlobalArrays<float>& a) {
  if (!device.is_cpu()) return add_outer<float>(device, pieces, a);
  const auto& simd = attention_simd();
  parallel_pieces(pieces, 1, [&](std::int64_t piece, std::int64_t, std::int64_t) { simd.outer_sums(a, piece); });
}
template <class Real>
void multiply(c10::Device device, std::int64_t pieces, const GlobalArrays<Real>& a) {
  parallel_for_lanes(device, pieces * a.heads, StateProducts<Real>(a));
}
void multiply(c10::Device device, std::int64_t pieces, const GlobalArrays<float>& a) {
  if (!device.is_cpu()) return multiply<float>(device, pieces, a);
  const auto& simd = attention_simd();
  parallel_pieces(pieces, 1, [&](std::int64_t piece, std::int64_t, std::int64_t) { simd.state_products(a, piece); });
}

/// Per group the sum of a_i (x) b_i: [groups, H, R, C].
template <class Real>
at::Tensor outer_sums(const Pieces& pieces, const at::Tensor& a, const at::Tensor& b, std::int64_t heads) {
  auto arrays = arrays_of<Real>(pieces, heads, a.size(1) / heads, b.size(1) / heads);
  const std::int64_t size = heads * arrays.features * arrays.width;
  const at::Tensor partial = at::empty({pieces.size, size}, a.options());
  at::Tensor state = at::empty({pieces.groups(), heads, arrays.features, arrays.width}, a.options());
  arrays.a = a.const_data_ptr<Real>();
  arrays.b = b.const_data_ptr<Real>();
  arrays.partial = partial.mutable_data_ptr<Real>();
  add_outer(a.device(), pieces.size, arrays);
  parallel_for(a.device(), state.numel(),
               AddPieces<Real>{arrays.partial, pieces.of_group.const_data_ptr<std::int32_t>(), pieces.size, size,
                               state.mutable_data_ptr<Real>()});
  return state;
}

/// Rows times their group's state [groups,H,R,C].
template <class Real>
at::Tensor state_products(const Pieces& pieces, const at::Tensor& rows, const at::Tensor& any_state) {
  const at::Tensor state = any_state.contiguous();
  const std::int64_t heads = state.size(1);
  auto arrays = arrays_of<Real>(pieces, heads, state.size(2), state.size(3));
  const at::Tensor result = at::empty({rows.size(0), heads * state.size(3)}, rows.options());
  arrays.a = rows.const_data_ptr<Real>();
  arrays.state = state.const_data_ptr<Real>();
  arrays.result = result.mutable_data_ptr<Real>();
  multiply(rows.device(), pieces.size, arrays);
  return result;
}

/// query . sum_j key_j (x) value_j, all in one group.
template <class Real>
at::Tensor global_sums(const at::Tensor& any_query, const at::Tensor& any_key, const at::Tensor& any_value,
                       const at::Tensor& first, std::int64_t heads) {
  const auto query = any_query.detach().contiguous(), key = any_key.detach().contiguous(),
             value = any_value.detach().contiguous();
  const auto pieces = pieces_of(first, query.device());
  const at::Tensor state = outer_sums<Real>(pieces, key, value, heads);
  return record(state_products<Real>(pieces, query, state), {any_query, any_key, any_value}, {query, key, value},
                [=](const Gradients& of) -> Tensors {
                  const at::Tensor of_state = outer_sums<Real>(pieces, query, of[0], heads);
                  return {state_products<Real>(pieces, of[0], state.transpose(2, 3)),
                          state_products<Real>(pieces, value, of_state.transpose(2, 3)),
                          state_products<Real>(pieces, key, of_state)};
                });
}

}  // namespace

at::Tensor global_attention(const LinearInput& in, const at::Tensor& first) {
  TORCH_CHECK(in.query.dim() == 2 && in.key.sizes() == in.query.sizes() && in.value.dim() == 2 &&
                  in.value.size(0) == in.query.size(0) && in.query.size(1) % in.heads == 0 &&
                  in.value.size(1) % in.heads == 0,
              "global_attention: query and key must be alike and value have as many rows, with columns for ", in.heads,
              " heads; got ", in.query.sizes(), ", ", in.key.sizes(), " and ", in.value.sizes());
  TORCH_CHECK(first.dim() == 1 && first.scalar_type() == at::kInt && first.size(0) >= 1 && first.is_cpu(),
              "global_attention: the groups' first rows must be int32 [groups+1] on the CPU, got ", first.sizes(),
              " on ", first.device());
  const auto nodes = in.value.size(0), width = in.value.size(1) / in.heads;
  const auto value = in.value.view({nodes, in.heads, width});
  const auto value_and_one = at::cat({value, at::ones({nodes, in.heads, 1}, value.options())}, 2).view({nodes, -1});
  const auto groups = first.contiguous();
  const auto sums =
      (in.query.scalar_type() == at::kFloat ? global_sums<float>(in.query, in.key, value_and_one, groups, in.heads)
                                            : global_sums<double>(in.query, in.key, value_and_one, groups, in.heads))
          .view({nodes, in.heads, width + 1});
  return (sums.narrow(2, 0, width) / (sums.narrow(2, width, 1) + in.epsilon)).reshape({nodes, -1});
}

}  // namespace treewalk
