// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/sequoia_reference/plain.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace treewalk::sequoia_reference {
namespace {

int width(int level) { return 128 << level; }
std::string number(int i) { return std::to_string(i); }

}  // namespace

void relu(Row& x) {
  for (double& value : x) value = std::max(value, 0.0);
}

PlainNetwork::PlainNetwork(const StateDict& state, const Tree& tree, std::vector<std::vector<std::int64_t>> siblings)
    : state_(state), tree_(tree), parents_(tree.nodes()), children_(tree.nodes()), siblings_(std::move(siblings)) {
  for (std::int64_t id = 0; id < tree.nodes(); ++id) {
    level_.push_back(id < tree.points ? 0 : 3 - int(tree.cell[id - tree.points][3]));
    const float* p = tree.coordinates.const_data_ptr<float>() + 3 * id;
    position_.push_back({p[0], p[1], p[2]});
  }
  for (const Edge& edge : tree.edge) {
    parents_[edge.child].push_back(edge.parent);
    children_[edge.parent].push_back(edge.child);
  }
}

Row PlainNetwork::linear(const std::string& name, const Row& x) const {
  const at::Tensor weight = state_.at(name + ".weight");
  const float* w = weight.const_data_ptr<float>();
  Row y(weight.size(0), 0);
  for (double& sum : y)
    for (const double value : x) sum += value * *w++;
  return y;
}

namespace {
void add(Row& x, const at::Tensor& bias) {
  for (std::size_t c = 0; c < x.size(); ++c) x[c] += bias.const_data_ptr<float>()[c];
}
}  // namespace

Row PlainNetwork::batch_norm(const std::string& name, const Row& x) const {
  const at::Tensor mean = state_.at(name + ".running_mean"), variance = state_.at(name + ".running_var");
  const at::Tensor weight = state_.at(name + ".weight"), bias = state_.at(name + ".bias");
  Row y(x.size());
  for (std::size_t c = 0; c < x.size(); ++c)
    y[c] = (x[c] - mean.const_data_ptr<float>()[c]) / std::sqrt(variance.const_data_ptr<float>()[c] + 1e-5) *
               weight.const_data_ptr<float>()[c] +
           bias.const_data_ptr<float>()[c];
  return y;
}

std::vector<Row> PlainNetwork::embedding(const at::Tensor& features,
                                         const std::vector<std::vector<std::int64_t>>& leaf_neighbours) const {
  const std::string name = "_init.projections.";
  std::vector<Row> x(tree_.nodes());
  const float* f = features.const_data_ptr<float>();
  for (std::int64_t u = 0; u < tree_.points; ++u) {
    if (leaf_neighbours.empty()) {
      x[u] = linear(name + "0.0", {f[3 * u], f[3 * u + 1], f[3 * u + 2]});
      add(x[u], state_.at(name + "0.0.bias"));
      x[u] = batch_norm(name + "0.1", x[u]);
      relu(x[u]);
      continue;
    }
    x[u].assign(128, -std::numeric_limits<double>::infinity());
    for (const std::int64_t j : leaf_neighbours[u]) {
      Row in{f[3 * j], f[3 * j + 1], f[3 * j + 2]};
      for (int a = 0; a < 3; ++a) in.push_back(position_[j][a] - position_[u][a]);
      Row message = linear(name + "0.conv.local_nn.lins.0", in);
      add(message, state_.at(name + "0.conv.local_nn.lins.0.bias"));
      for (int c = 0; c < 128; ++c) x[u][c] = std::max(x[u][c], message[c]);
    }
  }
  for (int i = 1; i <= 3; ++i) {
    // The r-th node of level i - 1, by id, goes to the parent in the r-th edge row of that level.
    std::vector<Row> pooled(tree_.nodes());
    auto row = tree_.edge.begin();
    for (std::int64_t id = 0; id < tree_.nodes(); ++id) {
      if (level_[id] != i - 1) continue;
      while (3 - row->child_depth != i - 1) ++row;
      Row& maximum = pooled[row++->parent];
      if (maximum.empty()) maximum = x[id];
      for (std::size_t c = 0; c < maximum.size(); ++c) maximum[c] = std::max(maximum[c], x[id][c]);
    }
    for (std::int64_t id = 0; id < tree_.nodes(); ++id) {
      if (level_[id] != i) continue;
      x[id] = linear(name + number(i) + ".0", pooled[id]);
      add(x[id], state_.at(name + number(i) + ".0.bias"));
      x[id] = batch_norm(name + number(i) + ".1", x[id]);
      relu(x[id]);
    }
  }
  return x;
}

Row PlainNetwork::relative_position(const std::string& name, std::int64_t query, std::int64_t key) const {
  Row delta;
  for (int a = 0; a < 3; ++a) delta.push_back(position_[query][a] - position_[key][a]);
  Row hidden = linear(name + ".0", delta);
  add(hidden, state_.at(name + ".0.bias"));
  hidden = batch_norm(name + ".1", hidden);
  relu(hidden);
  Row r = linear(name + ".3", hidden);
  add(r, state_.at(name + ".3.bias"));
  return r;
}

std::vector<std::int64_t> PlainNetwork::keys(const std::string& relation, std::int64_t query) const {
  return relation == "parents" ? parents_[query] : relation == "children" ? children_[query] : siblings_[query];
}

std::vector<Row> PlainNetwork::relation(int block, const std::string& name, const std::vector<Row>& y) const {
  const std::string layer = "enc." + number(block) + ".attn2a.";
  std::vector<Row> key(tree_.nodes()), value(tree_.nodes()), out(tree_.nodes());
  for (std::int64_t id = 0; id < tree_.nodes(); ++id) {
    const int i = level_[id];
    key[id] = linear(layer + "linearK." + number(i), y[id]);
    value[id] = linear(layer + "linearV." + number(i), y[id]);
    if (name == "children" && i < 3) {
      key[id] = linear(layer + "expands_K." + number(i), key[id]);
      value[id] = linear(layer + "expands_V." + number(i), value[id]);
    }
    if (name == "parents" && i > 0) {
      key[id] = linear(layer + "shrinks_K." + number(i - 1), key[id]);
      value[id] = linear(layer + "shrinks_V." + number(i - 1), value[id]);
    }
  }
  for (std::int64_t u = 0; u < tree_.nodes(); ++u) {
    const int i = level_[u], d = width(i) / 4;
    out[u].assign(width(i), 0);
    const auto family = keys(name, u);
    if (family.empty()) continue;
    const Row query = linear(layer + "linearQ." + number(i), y[u]);
    std::vector<Row> r;
    for (const std::int64_t v : family)
      r.push_back(relative_position(layer + name + "_attns." + number(i) + ".pe_mlp", u, v));
    for (int h = 0; h < 4; ++h) {
      Row weight;
      double sum = 0;
      for (std::size_t e = 0; e < family.size(); ++e) {
        double logit = 0;
        for (int c = 0; c < d; ++c) logit += query[h * d + c] * key[family[e]][h * d + c] + r[e][c];
        weight.push_back(std::exp(logit / (std::sqrt(128.0) * double(family.size()) + 1e-8)));
        sum += weight.back();
      }
      for (std::size_t e = 0; e < family.size(); ++e)
        for (int c = 0; c < d; ++c) out[u][h * d + c] += weight[e] / sum * (value[family[e]][h * d + c] + r[e][c]);
    }
  }
  return out;
}

std::vector<Row> PlainNetwork::block(int b, const std::vector<Row>& x) const {
  const std::string name = "enc." + number(b) + ".";
  std::vector<Row> y(x.size());
  for (std::size_t id = 0; id < x.size(); ++id) {
    y[id] = batch_norm(name + "mlp1s." + number(level_[id]) + ".1",
                       linear(name + "mlp1s." + number(level_[id]) + ".0", x[id]));
    relu(y[id]);
  }
  const at::Tensor theta = state_.at(name + "attn2a.weight");
  Row share;
  for (int t = 0; t < 3; ++t) share.push_back(std::exp(double(theta.const_data_ptr<float>()[t])));
  const double sum = share[0] + share[1] + share[2];
  std::vector<Row> z(x.size());
  int t = 0;
  for (const char* which : {"parents", "children", "siblings"}) {
    const auto part = relation(b, which, y);
    for (std::size_t id = 0; id < x.size(); ++id) {
      z[id].resize(part[id].size(), 0);
      for (std::size_t c = 0; c < part[id].size(); ++c) z[id][c] += share[t] / sum * part[id][c];
    }
    ++t;
  }
  for (std::size_t id = 0; id < x.size(); ++id) {
    z[id] = batch_norm(name + "attn2bs." + number(level_[id]) + ".0", z[id]);
    relu(z[id]);
  }
  return z;
}

}  // namespace treewalk::sequoia_reference
