// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/masked_attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <mutex>

#include "core/attention/linear_attention.h"
#include "core/device/public_errors.h"
#include "core/device/threads.h"
#include "core/walks/mask.h"
#include "core/walks/modulation.h"
#include "core/walks/public_graph.h"

namespace treewalk {

struct MaskedAttention::Impl {
  NodeOrder order;  // what follows is in it
  WalkBasis basis;
  bool symmetric = false;
  MaskPattern pattern;  // symmetric
  MaskRows rows;
  mutable std::once_flag asked;
  mutable RestoredRows given;  // the mask's rows as the caller numbers nodes; made when asked for

  Impl(const KnnGraphArrays& graph, const WalkOptions& options, int threads) : symmetric(options.symmetric) {
    const ThreadCount own_threads(threads);
    const auto ordered = ordered_walk_graph(graph, options);
    order = ordered.order;
    basis = walk_basis(ordered.graph, options);
    if (symmetric) pattern = product_pattern(basis.rows);
    rows = with_transpose({symmetric ? pattern.rows : basis.rows, {}});
  }
  at::Tensor mask(const at::Tensor& f) const {
    const auto phi = modulated(basis, f);
    return symmetric ? mask_product(basis.rows, phi, pattern) : phi;
  }
  const RestoredRows& given_rows() const {
    std::call_once(asked, [&] { given = order.as_given() ? RestoredRows{rows.rows, {}} : restored(rows.rows, order); });
    return given;
  }
};

MaskedAttention::MaskedAttention(const KnnGraphArrays& graph, const WalkOptions& options, int threads)
    : impl_(with_public_errors([&] { return std::make_unique<Impl>(graph, options, threads); })) {}
MaskedAttention::~MaskedAttention() = default;
MaskedAttention::MaskedAttention(MaskedAttention&&) noexcept = default;
MaskedAttention& MaskedAttention::operator=(MaskedAttention&&) noexcept = default;

at::Tensor MaskedAttention::offset() const {
  return with_public_errors([&] { return impl_->given_rows().rows.offset; });
}
at::Tensor MaskedAttention::column() const {
  return with_public_errors([&] { return impl_->given_rows().rows.column; });
}

at::Tensor MaskedAttention::mask(const at::Tensor& f) const {
  return with_public_errors([&] {
    const auto& entry = impl_->given_rows().entry;
    const auto mask = impl_->mask(f);
    return entry.defined() ? mask.index_select(0, entry) : mask;
  });
}

at::Tensor MaskedAttention::operator()(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                                       const at::Tensor& f, Weights weights) const {
  return with_public_errors([&] {
    TORCH_CHECK(query.dim() == 2 && f.dim() == 2 && f.size(0) >= 1 && query.size(1) % f.size(0) == 0,
                "masked attention: f must be [heads,hops+1] and query [N,heads*R], got ", f.sizes(), " and ",
                query.sizes());
    const auto nodes = impl_->rows.rows.rows();
    TORCH_CHECK(
        query.size(0) == nodes && key.dim() == 2 && key.size(0) == nodes && value.dim() == 2 && value.size(0) == nodes,
        "masked attention: query, key and value must have a row for each of ", nodes, " nodes, got ", query.sizes(),
        ", ", key.sizes(), " and ", value.sizes());
    LinearInput in;
    in.heads = f.size(0);
    in.exponential = weights == exponential;
    const auto placed_query = placed(query, impl_->order);
    in.query = in.exponential ? placed_query / std::sqrt(static_cast<double>(query.size(1) / in.heads)) : placed_query;
    in.key = placed(key, impl_->order);
    in.value = placed(value, impl_->order);
    return by_node(masked_attention(in, impl_->rows, impl_->mask(f)), impl_->order);
  });
}

}  // namespace treewalk
