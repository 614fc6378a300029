// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/layers.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <functional>
#include <numeric>
#include <tuple>

#include "core/device/parallel.h"
#include "core/device/random.h"
#include "core/network/ops.h"
#include "core/network/ops_kernel.h"
#include "core/network/row_pieces.h"

namespace treewalk {

std::int64_t ParameterSpec::numel() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

int ParameterTable::add(ParameterSpec spec) {
  spec_.push_back(std::move(spec));
  return static_cast<int>(spec_.size()) - 1;
}

std::int64_t ParameterTable::numel() const {
  std::int64_t total = 0;
  for (const auto& spec : spec_) total += spec.numel();
  return total;
}

Weights weight_views(const ParameterTable& table, const at::Tensor& flat) {
  TORCH_CHECK(flat.numel() == table.numel(), "weights: ", flat.numel(), " numbers for a network of ", table.numel());
  Weights weights;
  std::int64_t at = 0;
  for (const auto& spec : table.all()) {
    weights.push_back(flat.narrow(0, at, spec.numel()).view(spec.shape).detach());
    at += spec.numel();
  }
  return weights;
}

Weights initial_weights(const ParameterTable& table, std::uint64_t seed, at::Tensor* flat) {
  *flat = at::empty({table.numel()}, at::kFloat);
  auto* to = flat->mutable_data_ptr<float>();
  RandomStream random(seed, "weights", 0);
  for (const auto& spec : table.all()) {
    float* const first = to;
    for (std::int64_t i = 0; i < spec.numel(); ++i) {
      double value = 0;
      switch (spec.init) {
        case Init::zero:
          break;
        case Init::one:
          value = 1;
          break;
        case Init::uniform:
          value = spec.scale * random.uniform(-1, 1);
          break;
        case Init::normal:
          value = spec.scale * random.normal();
      }
      *to++ = static_cast<float>(value);
    }
    for (const auto& [index, value] : spec.preset) first[index] = static_cast<float>(value);
  }
  return weight_views(table, *flat);
}

Weights with_products_in(at::ScalarType type, const ParameterTable& table, const Weights& weights) {
  Weights result = weights;
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (table.all()[i].product) result[i] = weights[i].to(type);
  return result;
}

Linear::Linear(ParameterTable& table, const std::string& name, std::int64_t in, std::int64_t out, bool with_bias,
               double gain) {
  const double bound = gain / std::sqrt(static_cast<double>(in));
  weight = table.add({name + ".weight", {out, in}, Init::uniform, bound, true, {}, true});
  if (with_bias) bias = table.add({name + ".bias", {out}, Init::uniform, bound, false});
}

at::Tensor Linear::operator()(const Weights& weights, const at::Tensor& x) const {
  return linear(x, weights[weight], bias >= 0 ? weights[bias] : at::Tensor());
}

LayerNorm::LayerNorm(ParameterTable& table, const std::string& name, std::int64_t width)
    : gain(table.add({name + ".gain", {width}, Init::one, 0, false})),
      shift(table.add({name + ".shift", {width}, Init::zero, 0, false})) {}

at::Tensor LayerNorm::operator()(const Weights& weights, const at::Tensor& x) const {
  return layer_norm(x, weights[gain], weights[shift]);
}

at::Tensor Dropout::drop(const at::Tensor& x, double probability) {
  if (probability <= 0) return x;
  return dropout(x, probability, seed_, (step_ << 16) + calls_++);
}

at::Tensor relation_scales(int relations, c10::Device device) {
  auto scale = at::empty({relations}, at::TensorOptions(at::kFloat).device(device));
  parallel_for(device, relations, RelationScale{scale.mutable_data_ptr<float>()});
  return scale;
}

FamilyBlock::FamilyBlock(ParameterTable& table, const std::string& name, int width, const FamilyBlockOptions& options)
    : width_(width), options_(options) {
  const int heads = options.heads, hidden = static_cast<int>(std::lround(width * options.expansion));
  query_norm_ = LayerNorm(table, name + ".query_norm", width);
  query_ = Linear(table, name + ".query", width, width);
  if (options.query_position) position_ = Linear(table, name + ".position", width, heads * kEdgeGeometry, false, 0.1);
  for (std::size_t s = 0; s < options.source_widths.size(); ++s) {
    const auto source = name + ".source" + std::to_string(s);
    source_norm_.emplace_back(table, source + ".norm", options.source_widths[s]);
    key_.emplace_back(table, source + ".key", options.source_widths[s], width, false);
    value_.emplace_back(table, source + ".value", options.source_widths[s], width, false);
  }
  if (options.relation_position)
    slope_ = table.add({name + ".relation_slope", {options.relations, heads * kEdgeGeometry}, Init::zero, 0, false});
  bias_ = table.add({name + ".relation_bias", {options.relations, heads}, Init::zero, 0, false});
  if (options.separate) mix_ = table.add({name + ".mix", {kRowGroups, 1}, Init::zero, 0, false});
  // The residual branches start at half size.
  out_ =
      Linear(table, name + ".out", width + (options.relation_position ? heads * kEdgeGeometry : 0), width, true, 0.5);
  mlp_norm_ = LayerNorm(table, name + ".mlp_norm", width);
  mlp_in_ = Linear(table, name + ".mlp_in", width, hidden);
  mlp_out_ = Linear(table, name + ".mlp_out", hidden, width, true, 0.5);
}

std::vector<FamilyChoice> FamilyBlock::row_groups(const FamilyChoice& family) const {
  if (!options_.separate) return {family};
  std::vector<FamilyChoice> groups(kRowGroups, family);
  groups[0].children = groups[1].siblings = groups[2].siblings = groups[2].children = false;
  groups[0].ancestors = groups[1].ancestors = 0;
  groups[1].self = groups[2].self = false;
  return groups;
}

at::Tensor FamilyBlock::operator()(const Weights& weights, const at::Tensor& x, const std::vector<at::Tensor>& sources,
                                   const at::Tensor& node, const std::vector<AttentionRows>& rows,
                                   Dropout* dropout) const {
  const bool at_once = dropout || all_at_once(x, weights) || is_recorded(sources);
  AttentionInput common;
  common.heads = options_.heads;
  std::tie(common.key, common.value) = keys_and_values(weights, sources, at_once);
  const auto geometry = std::int64_t(options_.heads) * kEdgeGeometry;
  common.relation_slope =
      slope_ >= 0 ? weights[slope_] : at::zeros({options_.relations, geometry}, weights[bias_].options());
  common.relation_bias = weights[bias_];
  common.node = node;
  common.relation_scale = relation_scales(options_.relations, x.device());
  auto out = weights[out_.weight];
  if (options_.separate) {
    // Shares mix the groups' results; they scale the small matrix rather than the long ones.
    const auto share = weights[mix_].softmax(0).to(out.scalar_type());  // [groups, 1]
    out = at::cat({out * share.select(0, 0), out * share.select(0, 1), out * share.select(0, 2)}, 1);
  }
  const auto drop = [&](const at::Tensor& branch) {
    return dropout ? dropout->drop(branch, dropout->residual) : branch;
  };
  return rows_of_work(x.size(0), width_, x, at_once, [&](std::int64_t begin, std::int64_t end) {
    const bool all = begin == 0 && end == x.size(0);
    const auto own = all ? x : x.narrow(0, begin, end - begin);
    const auto normed = query_norm_(weights, own);
    auto input = common;
    input.query = query_(weights, normed);
    input.position_query =
        options_.query_position ? position_(weights, normed) : at::zeros({own.size(0), geometry}, own.options());
    std::vector<at::Tensor> attended;
    for (const auto& group : rows) {
      const auto result = attention(input, all ? group : part_of(group, begin, end));
      attended.push_back(result.output);
      if (options_.relation_position) attended.push_back(result.offset);
    }
    const auto joined = attended.size() == 1 ? attended[0] : at::cat(attended, 1);
    const auto y = residual(own, drop(linear(joined, out, weights[out_.bias])));
    return residual(y, drop(mlp_out_(weights, rectified(mlp_in_(weights, mlp_norm_(weights, y))))));
  });
}

std::pair<at::Tensor, at::Tensor> FamilyBlock::keys_and_values(const Weights& weights,
                                                               const std::vector<at::Tensor>& sources,
                                                               bool at_once) const {
  std::vector<at::Tensor> key, value;
  if (at_once) {
    for (std::size_t s = 0; s < sources.size(); ++s) {
      const auto normed = source_norm_[s](weights, sources[s]);
      key.push_back(key_[s](weights, normed));
      value.push_back(value_[s](weights, normed));
    }
    return {key.size() == 1 ? key[0] : at::cat(key), value.size() == 1 ? value[0] : at::cat(value)};
  }
  std::int64_t keys = 0;
  for (const auto& source : sources) keys += source.size(0);
  const auto all = at::empty({2, keys, width_}, sources[0].options());
  keys = 0;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    const auto own = all.narrow(1, keys, sources[s].size(0));
    for_rows(own.size(1), false, [&](std::int64_t begin, std::int64_t end) {
      const auto normed = source_norm_[s](weights, sources[s].narrow(0, begin, end - begin));
      const auto to = own.narrow(1, begin, end - begin);
      to[0].copy_(key_[s](weights, normed));
      to[1].copy_(value_[s](weights, normed));
    });
    keys += own.size(1);
  }
  return {all[0], all[1]};
}

}  // namespace treewalk
