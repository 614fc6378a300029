// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/masked_attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "core/attention/linear_attention.h"
#include "core/device/public_errors.h"
#include "core/device/threads.h"
#include "core/walks/mask.h"
#include "core/walks/modulation.h"
#include "core/walks/public_graph.h"

namespace treewalk {

struct MaskedAttention::Impl {
  WalkBasis basis;
  bool symmetric = false;
  MaskPattern pattern;  // symmetric
  MaskRows rows;

  Impl(const KnnGraphArrays& graph, const WalkOptions& options, int threads) : symmetric(options.symmetric) {
    const ThreadCount own_threads(threads);
    basis = walk_basis(walk_graph_of(graph, options), options);
    if (symmetric) pattern = product_pattern(basis.rows);
    rows = with_transpose({symmetric ? pattern.rows : basis.rows, {}});
  }
  at::Tensor mask(const at::Tensor& f) const {
    const auto phi = modulated(basis, f);
    return symmetric ? mask_product(basis.rows, phi, pattern) : phi;
  }
};

MaskedAttention::MaskedAttention(const KnnGraphArrays& graph, const WalkOptions& options, int threads)
    : impl_(with_public_errors([&] { return std::make_unique<Impl>(graph, options, threads); })) {}
MaskedAttention::~MaskedAttention() = default;
MaskedAttention::MaskedAttention(MaskedAttention&&) noexcept = default;
MaskedAttention& MaskedAttention::operator=(MaskedAttention&&) noexcept = default;

at::Tensor MaskedAttention::offset() const { return impl_->rows.rows.offset; }
at::Tensor MaskedAttention::column() const { return impl_->rows.rows.column; }

at::Tensor MaskedAttention::mask(const at::Tensor& f) const {
  return with_public_errors([&] { return impl_->mask(f); });
}

at::Tensor MaskedAttention::operator()(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                                       const at::Tensor& f, Weights weights) const {
  return with_public_errors([&] {
    TORCH_CHECK(query.dim() == 2 && f.dim() == 2 && f.size(0) >= 1 && query.size(1) % f.size(0) == 0,
                "masked attention: f must be [heads,hops+1] and query [N,heads*R], got ", f.sizes(), " and ",
                query.sizes());
    LinearInput in;
    in.heads = f.size(0);
    in.exponential = weights == exponential;
    in.query = in.exponential ? query / std::sqrt(static_cast<double>(query.size(1) / in.heads)) : query;
    in.key = key;
    in.value = value;
    return masked_attention(in, impl_->rows, impl_->mask(f));
  });
}

}  // namespace treewalk
