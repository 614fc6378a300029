// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/sequoia_reference/tree_layer.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace treewalk::sequoia_reference {
namespace {

/// [n,C] -> [n,heads,C / heads]: heads are contiguous slices of the channels.
at::Tensor by_head(const at::Tensor& x) { return x.view({x.size(0), kHeads, -1}); }

/// Logits are divided by sqrt(base width) times the number of keys, at every width.
constexpr double kTiny = 1e-8;
double scale_of(double keys) { return std::sqrt(double(kBaseWidth)) * keys + kTiny; }

/// Softmax of logit [E,heads] over the edges of each of n queries.
at::Tensor softmax_per_query(const at::Tensor& logit, const at::Tensor& query, std::int64_t n) {
  const at::Tensor index = query.unsqueeze(1).expand({-1, logit.size(1)});
  const at::Tensor largest = at::full({n, logit.size(1)}, -std::numeric_limits<float>::infinity(), logit.options())
                                 .scatter_reduce(0, index, logit.detach(), "amax");
  const at::Tensor power = (logit - largest.index_select(0, query)).exp();
  const at::Tensor sum = at::zeros({n, logit.size(1)}, logit.options()).scatter_add(0, index, power);
  return power / sum.index_select(0, query);
}

/// Attention over edges (query[e], key[e]) between two levels. q [n,C]; k, v [m,C]; r [E,d].
at::Tensor attend_edges(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& r,
                        const at::Tensor& query, const at::Tensor& key) {
  const std::int64_t n = q.size(0);
  const at::Tensor products =
      (by_head(q.index_select(0, query)) * by_head(k.index_select(0, key))).sum(2);           // [E,heads]
  const at::Tensor keys = at::bincount(query, {}, n).index_select(0, query).to(q.options());  // [E]
  const at::Tensor logit = (products + r.sum(1, true)) / (keys * std::sqrt(double(kBaseWidth)) + kTiny).unsqueeze(1);
  const at::Tensor a = softmax_per_query(logit, query, n).unsqueeze(2);                             // [E,heads,1]
  const at::Tensor weighted = (a * (by_head(v.index_select(0, key)) + r.unsqueeze(1))).flatten(1);  // [E,C]
  return at::zeros_like(q).scatter_add(0, query.unsqueeze(1).expand_as(weighted), weighted);
}

/// Attention over rows of K keys of the same level. q, k, v [n,C]; r [n,K,d]; row [n,K].
at::Tensor attend_rows(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& r,
                       const at::Tensor& row) {
  const std::int64_t n = row.size(0), keys = row.size(1);
  const auto gathered = [&](const at::Tensor& x) {
    return x.index_select(0, row.flatten()).view({n, keys, kHeads, -1});
  };
  const at::Tensor products = (by_head(q).unsqueeze(1) * gathered(k)).sum(3);  // [n,K,heads]
  const at::Tensor a = at::softmax((products + r.sum(2, true)) / scale_of(double(keys)), 1);
  return (a.unsqueeze(3) * (gathered(v) + r.unsqueeze(2))).sum(1).flatten(1);  // [n,C]
}

}  // namespace

at::Tensor squared_distances(const at::Tensor& position, std::int64_t begin, std::int64_t end) {
  const at::Tensor p = position.narrow(0, begin, end - begin), square = p.square().sum(1);
  return at::matmul(p, p.t()).mul_(-2).add_(square.unsqueeze(1)).add_(square.unsqueeze(0));
}

at::Tensor nearest_by_sorting(const Level& level, std::int64_t k) {
  std::vector<at::Tensor> rows;
  for (std::size_t c = 0; c + 1 < level.first.size(); ++c) {
    const std::int64_t begin = level.first[c], n = level.first[c + 1] - begin;
    const at::Tensor order = at::argsort(squared_distances(level.position, begin, begin + n), std::int64_t{1});
    at::Tensor row = order.narrow(1, 0, std::min(k, n));
    if (n < k) row = at::cat({row, row.narrow(1, 0, 1).expand({n, k - n})}, 1);
    rows.push_back(row + begin);
  }
  return at::cat(rows);
}

namespace {

/// Ranks of the `k` smallest of distance[0..n), smallest first, equal ones by rank.
void select(const float* distance, std::int64_t n, std::int64_t k, std::int64_t* rank, std::vector<float>& kept) {
  kept.assign(k, std::numeric_limits<float>::infinity());
  for (std::int64_t v = 0; v < n; ++v) {
    if (!(distance[v] < kept[k - 1])) continue;
    std::int64_t place = k - 1;
    for (; place > 0 && distance[v] < kept[place - 1]; --place) {
      kept[place] = kept[place - 1];
      rank[place] = rank[place - 1];
    }
    kept[place] = distance[v];
    rank[place] = v;
  }
}

}  // namespace

at::Tensor nearest_by_selection(const Level& level, std::int64_t k) {
  at::Tensor rows = at::empty({level.nodes(), k}, at::kLong);
  auto* to = rows.mutable_data_ptr<std::int64_t>();
  for (std::size_t c = 0; c + 1 < level.first.size(); ++c) {
    const std::int64_t begin = level.first[c], n = level.first[c + 1] - begin, there = std::min(k, n);
    const at::Tensor distances = squared_distances(level.position, begin, begin + n);
    const auto* distance = distances.const_data_ptr<float>();
    at::parallel_for(0, n, 64, [&](std::int64_t from, std::int64_t until) {
      std::vector<float> kept;
      for (std::int64_t u = from; u < until; ++u) {
        std::int64_t* row = to + (begin + u) * k;
        select(distance + u * n, n, there, row, kept);
        std::fill(row + there, row + k, row[0]);
        for (std::int64_t e = 0; e < k; ++e) row[e] += begin;
      }
    });
  }
  return rows;
}

RelativePosition::RelativePosition(StateDict& state, const std::string& name, std::int64_t width)
    : in(state, name + ".pe_mlp.0", 3, 3),
      out(state, name + ".pe_mlp.3", 3, width),
      norm(state, name + ".pe_mlp.1", 3) {}

at::Tensor RelativePosition::operator()(const at::Tensor& delta, const Mode& mode) const {
  return out(at::relu(norm(in(delta), mode)));
}

TreeLayer::TreeLayer(StateDict& state, const std::string& name, std::int64_t siblings)
    : siblings_(siblings), theta_(state.add_parameter(name + ".weight", state.normal({kRelations}, 1))) {
  const auto numbered = [&](const char* part, int i) { return name + "." + part + "." + std::to_string(i); };
  for (int i = 0; i < kLevels; ++i) {
    const std::int64_t width = width_of(i);
    query_[i] = Linear(state, numbered("linearQ", i), width, width, false);
    key_[i] = Linear(state, numbered("linearK", i), width, width, false);
    value_[i] = Linear(state, numbered("linearV", i), width, width, false);
    position_[kParent][i] = RelativePosition(state, numbered("parents_attns", i), head_width_of(i));
    position_[kChildren][i] = RelativePosition(state, numbered("children_attns", i), head_width_of(i));
    position_[kSibling][i] = RelativePosition(state, numbered("siblings_attns", i), head_width_of(i));
  }
  for (int i = 0; i + 1 < kLevels; ++i) {
    const std::int64_t width = width_of(i), wide = width_of(i + 1);
    expand_key_[i] = Linear(state, numbered("expands_K", i), width, wide, false);
    expand_value_[i] = Linear(state, numbered("expands_V", i), width, wide, false);
    shrink_key_[i] = Linear(state, numbered("shrinks_K", i), wide, width, false);
    shrink_value_[i] = Linear(state, numbered("shrinks_V", i), wide, width, false);
  }
}

/// Queries, keys and values of the levels, each computed once and only if a relation asks for it.
class TreeLayer::Projections {
 public:
  Projections(const TreeLayer& layer, const PerLevel& y) : layer_(layer), y_(y) {}
  const at::Tensor& query(int i) { return once(query_[i], layer_.query_[i], y_[i]); }
  const at::Tensor& key(int i) { return once(key_[i], layer_.key_[i], y_[i]); }
  const at::Tensor& value(int i) { return once(value_[i], layer_.value_[i], y_[i]); }

 private:
  static const at::Tensor& once(at::Tensor& kept, const Linear& linear, const at::Tensor& y) {
    if (!kept.defined()) kept = linear(y);
    return kept;
  }
  const TreeLayer& layer_;
  const PerLevel& y_;
  PerLevel query_, key_, value_;
};

at::Tensor TreeLayer::parents(int i, Projections& projections, const Batch& batch, bool skip_trivial,
                              const Mode& mode) const {
  const Links& links = batch.links[i];
  const at::Tensor delta =
      batch.level[i].position.index_select(0, links.child) - batch.level[i + 1].position.index_select(0, links.parent);
  const at::Tensor r = position_[kParent][i](delta, mode);  // [E,d]
  const at::Tensor value = shrink_value_[i](projections.value(i + 1));
  if (skip_trivial && links.single_parents) {
    const at::Tensor attended = (by_head(value.index_select(0, links.parent)) + r.unsqueeze(1)).flatten(1);
    return at::zeros({attended.size(0), attended.size(1)}, attended.options()).index_copy(0, links.child, attended);
  }
  return attend_edges(projections.query(i), shrink_key_[i](projections.key(i + 1)), value, r, links.child,
                      links.parent);
}

at::Tensor TreeLayer::children(int i, Projections& projections, const Batch& batch, const Mode& mode) const {
  const Links& links = batch.links[i - 1];
  const at::Tensor delta =
      batch.level[i].position.index_select(0, links.parent) - batch.level[i - 1].position.index_select(0, links.child);
  return attend_edges(projections.query(i), expand_key_[i - 1](projections.key(i - 1)),
                      expand_value_[i - 1](projections.value(i - 1)), position_[kChildren][i](delta, mode),
                      links.parent, links.child);
}

at::Tensor TreeLayer::nearest(int i, Projections& projections, const Batch& batch, const at::Tensor& siblings,
                              const Mode& mode) const {
  const at::Tensor& position = batch.level[i].position;
  const std::int64_t n = siblings.size(0), keys = siblings.size(1);
  const at::Tensor delta =
      (position.unsqueeze(1) - position.index_select(0, siblings.flatten()).view({n, keys, 3})).view({n * keys, 3});
  return attend_rows(projections.query(i), projections.key(i), projections.value(i),
                     position_[kSibling][i](delta, mode).view({n, keys, -1}), siblings);
}

at::Tensor TreeLayer::relation(Relation relation, int level, Projections& projections, const Batch& batch,
                               const at::Tensor& siblings, bool skip_trivial, const Mode& mode) const {
  const bool root = level == kLevels - 1;
  if (relation == kParent) return root ? at::Tensor() : parents(level, projections, batch, skip_trivial, mode);
  if (relation == kChildren) return level == 0 ? at::Tensor() : children(level, projections, batch, mode);
  return root ? at::Tensor() : nearest(level, projections, batch, siblings, mode);
}

at::Tensor TreeLayer::relation(Relation which, int level, const PerLevel& y, const Batch& batch,
                               const at::Tensor& siblings, bool skip_trivial, const Mode& mode) const {
  Projections projections(*this, y);
  return relation(which, level, projections, batch, siblings, skip_trivial, mode);
}

at::Tensor TreeLayer::mixture() const { return at::softmax(theta_, 0); }

PerLevel TreeLayer::operator()(const PerLevel& y, const Batch& batch, const LevelSet& wanted, bool skip_trivial,
                               const Mode& mode) const {
  Projections projections(*this, y);
  const at::Tensor share = mixture();
  PerLevel z;
  for (int i = 0; i < kLevels; ++i) {
    if (!wanted[i]) continue;
    at::Tensor siblings;
    if (i + 1 < kLevels)  // Positions never change, yet the release searches the neighbours anew in every block.
      siblings = batch.nearest[i].defined() ? batch.nearest[i].narrow(1, 0, siblings_)
                                            : nearest_by_sorting(batch.level[i], siblings_);
    for (const Relation which : {kParent, kChildren, kSibling}) {
      const at::Tensor part = relation(which, i, projections, batch, siblings, skip_trivial, mode);
      if (!part.defined()) continue;  // a missing relation adds nothing, and the others are not scaled up
      const at::Tensor shared = share[which] * part;
      z[i] = z[i].defined() ? z[i] + shared : shared;
    }
  }
  return z;
}

}  // namespace treewalk::sequoia_reference
