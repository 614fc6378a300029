// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/walks/modulation.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <vector>

#include "core/device/parallel.h"
#include "core/device/sums_kernel.h"
#include "core/device/tape.h"
#include "core/walks/heads.h"
#include "core/walks/modulation_kernel.h"

namespace treewalk {
namespace {

/// The hops' scales [hops+1] on a device; the host does not wait.
at::Tensor scale_on(const WalkBasis& basis, c10::Device device) {
  return at::tensor(basis.scale, at::kDouble).to(device, at::kDouble, /*non_blocking=*/true);
}

template <class Real>
ModulationArrays<Real> arrays_of(const WalkBasis& basis, int heads) {
  ModulationArrays<Real> a;
  a.rows = basis.rows.rows();
  a.offset = basis.rows.offset.const_data_ptr<std::int32_t>();
  a.column = basis.rows.column.const_data_ptr<std::int32_t>();
  a.part = basis.part.const_data_ptr<std::int32_t>();
  a.hop = basis.hop.const_data_ptr<std::uint8_t>();
  a.value = basis.value.const_data_ptr<double>();
  a.degree = basis.symmetric ? basis.degree.const_data_ptr<double>() : nullptr;
  a.heads = heads;
  a.hops = basis.hops();
  return a;
}

template <class Real>
at::Tensor forward(const WalkBasis& basis, const at::Tensor& f) {
  auto a = arrays_of<Real>(basis, static_cast<int>(f.size(0)));
  const at::Tensor phi = at::empty({basis.rows.entries(), f.size(0)}, f.options());
  const auto device = f.device();
  const at::Tensor scaled = f.to(at::kDouble).mul(scale_on(basis, device)).t().contiguous();  // [hops+1,heads]
  a.scaled_f = scaled.const_data_ptr<double>();
  a.phi = phi.mutable_data_ptr<Real>();
  with_heads(a.heads, [&](auto heads) { parallel_for(device, a.rows, ModulateRow<Real, decltype(heads)::value>(a)); });
  return phi;
}

template <class Real>
at::Tensor backward(const WalkBasis& basis, const at::Tensor& phi_gradient) {
  const auto heads = phi_gradient.size(1);
  auto a = arrays_of<Real>(basis, static_cast<int>(heads));
  const std::int64_t pieces = (a.rows + kModulationPiece - 1) / kModulationPiece, size = heads * (a.hops + 1);
  const auto device = phi_gradient.device();
  const at::Tensor scale = scale_on(basis, device), partial = at::empty({pieces, size}, scale.options());
  a.scale = scale.const_data_ptr<double>();
  a.phi_gradient = phi_gradient.const_data_ptr<Real>();
  a.partial = partial.mutable_data_ptr<double>();
  parallel_for(device, pieces, ModulationGradient<Real>(a));
  const at::Tensor sum = at::empty({heads, a.hops + 1}, scale.options());
  parallel_for(device, size, AddPieces<double>{a.partial, nullptr, pieces, size, sum.mutable_data_ptr<double>()});
  return sum.to(phi_gradient.scalar_type());
}

/// The basis is plain data, which no gradient flows to.
template <class Real>
at::Tensor recorded(const WalkBasis& basis, const at::Tensor& f) {
  return record(forward<Real>(basis, f.detach().contiguous()), {f}, {},
                [basis](const Gradients& of) { return Tensors{backward<Real>(basis, of[0])}; });
}

}  // namespace

at::Tensor modulated(const WalkBasis& basis, const at::Tensor& f) {
  TORCH_CHECK(f.dim() == 2 && f.size(1) == basis.hops() + 1, "modulated: f must be [heads,", basis.hops() + 1,
              "], got ", f.sizes());
  TORCH_CHECK(f.scalar_type() == at::kFloat || f.scalar_type() == at::kDouble,
              "modulated: f must be float32 or float64, got ", f.scalar_type());
  return f.scalar_type() == at::kFloat ? recorded<float>(basis, f) : recorded<double>(basis, f);
}

std::vector<double> convolved(const std::vector<double>& f) {
  std::vector<double> alpha(f.empty() ? 0 : 2 * f.size() - 1, 0.0);
  for (std::size_t p = 0; p < f.size(); ++p)
    for (std::size_t q = 0; q < f.size(); ++q) alpha[p + q] += f[p] * f[q];
  return alpha;
}

}  // namespace treewalk
