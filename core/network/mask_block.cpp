// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/mask_block.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "core/attention/factored.h"
#include "core/attention/feature_map.h"
#include "core/attention/global.h"
#include "core/network/mask_graph.h"
#include "core/network/ops.h"
#include "core/walks/modulation.h"

namespace treewalk {
namespace {

/// Columns of a head's values that carry geometry: position, normal and two that are 0 and fill the registers; and what
/// is made of them.
constexpr std::int64_t kPlace = 8, kGeometryOut = 6;

/// Offset, distance, height over the own plane and turn of the normal of the attended mean [n,H,6]: place [n,H,8].
at::Tensor geometry_of(const at::Tensor& place, const at::Tensor& node) {
  const auto position = node.narrow(1, 0, 3).unsqueeze(1), size = node.narrow(1, 3, 1).unsqueeze(1);
  const auto normal = node.narrow(1, 4, 3).unsqueeze(1);
  const auto offset = (place.narrow(2, 0, 3) - position) / size;
  const auto squared = offset.square().sum(2, true);
  return at::cat({offset, (squared + 1e-6).sqrt(), (offset * normal).sum(2, true).clamp(-4, 4),
                  (place.narrow(2, 3, 3) * normal).sum(2, true) - 1},
                 2);
}

/// Phi Phi^T by its entries.
at::Tensor product_of(const BlockMask& mask, const at::Tensor& phi, const at::Tensor& f) {
  const auto product = mask_product(mask.basis.rows, phi, mask.pattern);
  if (!mask.other.part.defined()) return product;
  return with_diagonal(product, mask.pattern,
                       row_products(mask.basis.rows, phi, mask.other.rows, modulated(mask.other, f)));
}

LinearInput head_of(const LinearInput& in, std::int64_t head) {
  const auto columns = [&](const at::Tensor& x) {
    const auto width = x.size(1) / in.heads;
    return x.narrow(1, head * width, width);
  };
  LinearInput one = in;
  one.heads = 1;
  one.query = columns(in.query);
  one.key = columns(in.key);
  one.value = columns(in.value);
  return one;
}

}  // namespace

BlockMask block_mask(const Hierarchy& hierarchy, const std::vector<at::Tensor>& cloud_cell, int from, int to,
                     const MaskSpec& spec, std::uint64_t seed, bool for_training) {
  auto graph = from == to ? hierarchy.siblings[from] : mask_graph(hierarchy, from, to, spec.tree);
  if (spec.walks.symmetric) graph = unite(graph);
  auto options = spec.walks;
  options.seed = seed;
  auto walk_graph =
      make_walk_graph(std::move(graph), spec.walks.symmetric ? WalkGraph::symmetric : WalkGraph::random_walk);
  if (!options.exact()) walk_graph.identity = node_names(cloud_cell, from, to, hierarchy.node.device());
  BlockMask mask;
  mask.basis = walk_basis(walk_graph, options);
  const bool product = spec.walks.symmetric && !spec.factored;
  if (product) mask.pattern = product_pattern(mask.basis.rows);
  if (product && spec.independent_diagonal && !options.exact()) {
    options.seed = ~seed;
    mask.other = walk_basis(walk_graph, options);
  }
  mask.rows.rows = product ? mask.pattern.rows : mask.basis.rows;
  if (for_training || spec.factored) mask.rows = with_transpose(std::move(mask.rows));
  return mask;
}

MaskBlock::MaskBlock(ParameterTable& table, const std::string& name, int width, int heads, double expansion, Kind kind,
                     const MaskSpec& spec)
    : width_(width), heads_(heads), kind_(kind), spec_(spec) {
  const int hidden = static_cast<int>(std::lround(width * expansion));
  norm_ = LayerNorm(table, name + ".norm", width);
  query_ = Linear(table, name + ".query", width, width);
  key_ = Linear(table, name + ".key", width, width);
  value_ = Linear(table, name + ".value", width, width, false);
  if (kind == masked) theta_ = table.add({name + ".theta", {heads, spec.walks.hops + 1}, Init::zero, 0, false});
  out_ = Linear(table, name + ".out", width + (kind == masked ? heads * kGeometryOut : 0), width, true, 0.5);
  mlp_norm_ = LayerNorm(table, name + ".mlp_norm", width);
  mlp_in_ = Linear(table, name + ".mlp_in", width, hidden);
  mlp_out_ = Linear(table, name + ".mlp_out", hidden, width, true, 0.5);
  if (kind == global && spec.feature_map == FeatureMap::exponential) spec_.feature_map = FeatureMap::relu;
  if (spec.feature_map == FeatureMap::favor)
    directions_ = favor_directions(spec.features > 0 ? spec.features : width / heads, width / heads, spec.walks.seed);
}

at::Tensor MaskBlock::attend(const LinearInput& in, const BlockMask& mask, const at::Tensor& f) const {
  const auto phi = modulated(mask.basis, f);
  if (!spec_.walks.symmetric) return masked_attention(in, mask.rows, phi);
  return spec_.factored ? factored_attention(in, mask.rows, phi)
                        : masked_attention(in, mask.rows, product_of(mask, phi, f));
}

at::Tensor MaskBlock::operator()(const Weights& weights, const at::Tensor& x, const at::Tensor& node,
                                 const std::vector<BlockMask>* masks, const at::Tensor& groups,
                                 Dropout* dropout) const {
  const auto nodes = x.size(0), head_width = std::int64_t{width_ / heads_};
  const auto normed = norm_(weights, x);
  LinearInput in;
  in.heads = heads_;
  in.query = features_of(query_(weights, normed), heads_, spec_.feature_map, false, directions_);
  in.key = features_of(key_(weights, normed), heads_, spec_.feature_map, true, directions_);
  in.value = value_(weights, normed);
  in.exponential = kind_ == masked && spec_.feature_map == FeatureMap::exponential;
  at::Tensor attended;
  if (kind_ == global) {
    attended = global_attention(in, groups);
  } else {
    const auto place = at::cat({node.narrow(1, 0, 3), node.narrow(1, 4, 3), at::zeros({nodes, 2}, node.options())}, 1);
    in.value =
        at::cat({in.value.view({nodes, heads_, head_width}), place.unsqueeze(1).expand({nodes, heads_, kPlace})}, 2)
            .view({nodes, -1});
    const auto f = at::softplus(weights[theta_]);
    if (masks->size() == 1) {
      attended = attend(in, masks->front(), f);
    } else {
      std::vector<at::Tensor> by_head;
      for (int h = 0; h < heads_; ++h) by_head.push_back(attend(head_of(in, h), (*masks)[h], f.narrow(0, h, 1)));
      attended = at::cat(by_head, 1);
    }
    const auto by_head = attended.view({nodes, heads_, head_width + kPlace});
    attended = at::cat({by_head.narrow(2, 0, head_width).reshape({nodes, -1}),
                        geometry_of(by_head.narrow(2, head_width, kPlace), node).reshape({nodes, -1})},
                       1);
  }
  const auto drop = [&](const at::Tensor& branch) {
    return dropout ? dropout->drop(branch, dropout->residual) : branch;
  };
  const auto y = residual(x, drop(out_(weights, attended)));
  return residual(y, drop(mlp_out_(weights, rectified(mlp_in_(weights, mlp_norm_(weights, y))))));
}

}  // namespace treewalk
