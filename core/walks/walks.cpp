// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/walks/walks.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "core/device/parallel.h"
#include "core/geometry/radix_sort.h"
#include "core/walks/gather_rows.h"
#include "core/walks/walk_kernel.h"

namespace treewalk {
namespace {

const c10::Device kCpu{c10::DeviceType::CPU};

WalkGraphArrays arrays_of(const WalkGraph& graph) {
  WalkGraphArrays a;
  a.offset = graph.rows.offset.const_data_ptr<std::int32_t>();
  a.column = graph.rows.column.const_data_ptr<std::int32_t>();
  if (graph.weight.defined()) {
    a.weight = graph.weight.const_data_ptr<double>();
    a.cumulative = graph.cumulative.const_data_ptr<double>();
  }
  a.degree = graph.degree.const_data_ptr<double>();
  if (graph.identity.defined()) a.identity = graph.identity.const_data_ptr<std::int32_t>();
  return a;
}

WalkBasis identity(std::int64_t nodes) {
  WalkBasis basis;
  basis.rows = {at::arange(nodes + 1, at::kInt), at::arange(nodes, at::kInt), nodes};
  basis.part = at::arange(nodes + 1, at::kInt);
  basis.hop = at::zeros({nodes}, at::kByte);
  basis.value = at::full({nodes}, 1.0, at::kDouble);
  return basis;
}

WalkBasis walks(const WalkGraph& graph, const WalkOptions& options) {
  WalkRules rules;
  rules.seed = options.seed;
  rules.walkers = options.walkers;
  rules.hops = options.hops;
  rules.halt = static_cast<std::uint32_t>(std::llround(options.halt * 0x1p32));
  rules.antithetic = options.antithetic;
  rules.repelling = options.repelling;
  const std::int64_t places = std::int64_t{options.walkers} * (options.hops + 1);
  return RowGatherer(graph.rows.rows())
      .gather([&](std::int64_t) { return places; },
              [&](const VisitBuffers& buffers, std::int64_t rows) {
                const auto where = raw<std::uint32_t>(rows * options.walkers);
                const auto order = raw<std::uint64_t>(rows * options.walkers);
                WalkRow body(buffers, arrays_of(graph), rules);
                body.where = where.get();
                body.order = order.get();
                parallel_for(kCpu, rows, body);
              });
}

WalkBasis expanded(const WalkGraph& graph, const WalkBasis& basis) {
  const VisitRows rows{basis.rows.offset.const_data_ptr<std::int32_t>(),
                       basis.rows.column.const_data_ptr<std::int32_t>(), basis.part.const_data_ptr<std::int32_t>(),
                       basis.hop.const_data_ptr<std::uint8_t>(), basis.value.const_data_ptr<double>()};
  const auto arrays = arrays_of(graph);
  const auto places = [&](std::int64_t row) {
    std::int64_t count = 1;
    for (auto e = rows.offset[row]; e < rows.offset[row + 1]; ++e)
      count += std::int64_t{rows.part[e + 1] - rows.part[e]} * arrays.neighbours(rows.column[e]);
    return count;
  };
  return RowGatherer(graph.rows.rows()).gather(places, [&](const VisitBuffers& buffers, std::int64_t count) {
    parallel_for(kCpu, count, ExpandRow(buffers, arrays, rows));
  });
}

}  // namespace

void check(const WalkOptions& options) {
  TORCH_CHECK(options.hops >= 0 && options.hops <= kMostHops, "walks: hops must be 0 to ", kMostHops, ", got ",
              options.hops);
  TORCH_CHECK(options.walkers >= 1 && options.walkers <= 1 << 20, "walks: walkers must be 1 to 2^20, got ",
              options.walkers);
  TORCH_CHECK(options.halt >= 0 && options.halt < 1, "walks: halt must be at least 0 and below 1, got ", options.halt);
  TORCH_CHECK(!options.antithetic || options.halt <= 0.5, "walks: antithetic halting needs halt <= 0.5, got ",
              options.halt);
}

WalkBasis walk_basis(const WalkGraph& graph, const WalkOptions& options) {
  check(options);
  const auto nodes = graph.rows.rows();
  WalkBasis basis;
  if (options.exact || options.hops == 0) {
    basis = identity(nodes);
    basis.scale = {1};
    for (int t = 0; t < options.hops; ++t) {
      basis = expanded(graph, basis);
      basis.scale.assign(t + 2, 1.0);
    }
  } else {
    auto walked = options;
    walked.hops -= options.expected_last_hop;
    basis = walks(graph, walked);
    std::vector<double> scale;
    for (int t = 0; t <= walked.hops; ++t) scale.push_back(std::pow(1 - options.halt, -t) / options.walkers);
    if (options.expected_last_hop) {
      basis = expanded(graph, basis);
      scale.insert(scale.begin(), scale.front());  // hop t + 1 inherits from hop t
    }
    basis.scale = std::move(scale);
  }
  basis.degree = graph.degree;
  basis.symmetric = graph.normalisation == WalkGraph::symmetric;
  return basis;
}

}  // namespace treewalk
