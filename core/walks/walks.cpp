// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/walks/walks.h"

#include <ATen/ops/amax.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "core/device/parallel.h"
#include "core/geometry/radix_sort.h"
#include "core/walks/gather_rows.h"
#include "core/walks/host_visits.h"
#include "core/walks/walk_kernel.h"

namespace treewalk {
namespace {

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

/// Rows' rules as a kernel reads them, and what they point to.
struct Plan {
  std::vector<double> scale, weight;
  VisitRules rules;
  WalkRules walk;
  bool powers = false, expected = false;

  Plan(const WalkGraph& graph, const WalkOptions& options) {
    powers = options.powers();
    expected = options.expected_last_hop && !powers;
    for (int t = 0; t <= options.hops; ++t) {
      // An expected hop t + 1 inherits from hop t.
      scale.push_back(powers ? 1 : std::pow(1 - options.halt, -std::max(0, t - expected)) / options.walkers);
      const double f = options.modulation.empty() ? std::pow(0.6, t) : std::max(std::abs(options.modulation[t]), 1e-9);
      weight.push_back(f * scale.back());
    }
    rules.graph = arrays_of(graph);
    rules.seed = options.seed;
    rules.hops = options.hops;
    rules.frontier = options.frontier;
    rules.entries = options.entries;
    rules.weight = weight.data();
    rules.symmetric = graph.normalisation == WalkGraph::symmetric;
    walk.walkers = options.walkers;
    walk.halt = static_cast<std::uint32_t>(std::llround(options.halt * 0x1p32));
    walk.antithetic = options.antithetic;
    walk.repelling = options.repelling;
  }
  WalkBasis finished(WalkBasis basis, const WalkGraph& graph) const {
    basis.scale = scale;
    basis.degree = graph.degree;
    basis.symmetric = rules.symmetric;
    return basis;
  }
};

/// What one thread needs to walk.
struct Walker {
  HostVisits visits;
  std::unique_ptr<HostVisits> places;
  std::vector<std::uint32_t> at;
  std::vector<std::uint64_t> order;

  Walker(std::int64_t nodes, const Plan& plan) : visits(nodes, plan.rules.hops) {
    if (plan.powers) return;
    if (plan.expected) places = std::make_unique<HostVisits>(nodes, plan.rules.hops);
    at.resize(plan.walk.walkers);
    order.resize(plan.walk.walkers);
  }
  void operator()(const Plan& plan, std::uint32_t node) {
    visits.start(node);
    if (plan.powers) return PowerRow(plan.rules)(node, visits);
    if (places) places->start(node);
    WalkRow(plan.rules, plan.walk)(node, visits, places.get(), at.data(), order.data());
    if (places) places->finish(0, 0, [](std::uint32_t, int) { return 1.0; });  // forgets its nodes
  }
};

/// Memory that grows and is not cleared.
template <class T>
struct Growing {
  Raw<T> data;
  std::size_t size = 0, capacity = 0;
  /// Room for so many more, to be counted in `size` once they are there.
  T* room(std::size_t more) {
    if (size + more > capacity) {
      capacity = 2 * (size + more);
      auto larger = raw<T>(static_cast<std::int64_t>(capacity));
      std::copy_n(data.get(), size, larger.get());
      data = std::move(larger);
    }
    return data.get() + size;
  }
  void copy_to(T* to) const { std::copy_n(data.get(), size, to); }
};

/// Rows' visits, as they lie one after the other.
struct Rows {
  Growing<std::int32_t> column, parts;
  Growing<std::uint8_t> hop;
  Growing<double> value;
  std::vector<std::int32_t> entries;

  void take(const HostVisits& visits, int hops) {
    const auto nodes = visits.nodes().size(), most = nodes * (hops + 1);
    auto *to_column = column.room(nodes), *to_parts = parts.room(nodes);
    auto* to_hop = hop.room(most);
    auto* to_value = value.room(most);
    std::size_t count = 0;
    for (const auto node : visits.nodes()) {
      const auto* values = visits.values(node);
      const auto before = count;
      for (int t = 0; t <= hops; ++t) {
        to_hop[count] = static_cast<std::uint8_t>(t);
        to_value[count] = values[t];
        count += values[t] > 0;
      }
      *to_column++ = static_cast<std::int32_t>(node);
      *to_parts++ = static_cast<std::int32_t>(count - before);
    }
    column.size += nodes;
    parts.size += nodes;
    hop.size += count;
    value.size += count;
    entries.push_back(static_cast<std::int32_t>(nodes));
  }
};

/// Takes every node's walks, in pieces that threads share out: with(piece, node, visits).
template <class With>
void walk_all(std::int64_t nodes, std::int64_t piece, const Plan& plan, const With& with) {
  parallel_ranges((nodes + piece - 1) / piece, 1, [&](std::int64_t begin, std::int64_t end) {
    Walker walker(nodes, plan);
    for (std::int64_t p = begin; p < end; ++p)
      for (std::int64_t node = p * piece; node < std::min(nodes, (p + 1) * piece); ++node) {
        walker(plan, static_cast<std::uint32_t>(node));
        with(p, static_cast<std::uint32_t>(node), walker.visits);
      }
  });
}

WalkBasis joined(std::vector<Rows>& pieces, std::int64_t piece, std::int64_t nodes) {
  std::vector<std::int64_t> entry{0}, part{0};
  for (const auto& rows : pieces) {
    entry.push_back(entry.back() + static_cast<std::int64_t>(rows.column.size));
    part.push_back(part.back() + static_cast<std::int64_t>(rows.hop.size));
  }
  TORCH_CHECK(part.back() < std::numeric_limits<std::int32_t>::max(),
              "walks: more than 2^31 visits; take fewer walkers, hops or entries, or part the graph");
  WalkBasis basis;
  basis.rows = {at::empty({nodes + 1}, at::kInt), at::empty({entry.back()}, at::kInt), nodes};
  basis.part = at::empty({entry.back() + 1}, at::kInt);
  basis.hop = at::empty({part.back()}, at::kByte);
  basis.value = at::empty({part.back()}, at::kDouble);
  auto *offset = basis.rows.offset.mutable_data_ptr<std::int32_t>(),
       *column = basis.rows.column.mutable_data_ptr<std::int32_t>(),
       *parts = basis.part.mutable_data_ptr<std::int32_t>();
  auto* hop = basis.hop.mutable_data_ptr<std::uint8_t>();
  auto* value = basis.value.mutable_data_ptr<double>();
  offset[0] = 0;
  parts[0] = 0;
  parallel_pieces(nodes, piece, [&](std::int64_t p, std::int64_t begin, std::int64_t) {
    auto& rows = pieces[p];
    auto e = static_cast<std::int32_t>(entry[p]), q = static_cast<std::int32_t>(part[p]);
    rows.column.copy_to(column + e);
    rows.hop.copy_to(hop + q);
    rows.value.copy_to(value + q);
    for (std::size_t i = 0; i < rows.parts.size; ++i) parts[e + 1 + i] = q += rows.parts.data[i];
    for (std::size_t r = 0; r < rows.entries.size(); ++r) offset[begin + 1 + r] = e += rows.entries[r];
    rows = Rows();
  });
  return basis;
}

/// Places of the rows of powers, of what a frontier leaves of them.
at::Tensor places_of_powers(const WalkGraph& graph, int hops, int frontier) {
  const auto& offset = graph.rows.offset;
  const std::int64_t nodes = graph.rows.rows();
  auto paths = at::ones({nodes}, offset.options().dtype(at::kLong)), next = at::empty_like(paths);
  const at::Tensor places = at::ones_like(paths);
  if (nodes == 0) return places;
  const at::Tensor most = offset.slice(0, 1).sub(offset.slice(0, 0, nodes)).amax().clamp_min(1).to(at::kLong);
  PathCounts body{offset.const_data_ptr<std::int32_t>(), graph.rows.column.const_data_ptr<std::int32_t>(), frontier,
                  most.const_data_ptr<std::int64_t>()};
  body.places = places.mutable_data_ptr<std::int64_t>();
  for (int hop = 0; hop < hops; ++hop) {
    body.paths = paths.const_data_ptr<std::int64_t>();
    body.next = next.mutable_data_ptr<std::int64_t>();
    parallel_for(offset.device(), nodes, body);
    std::swap(paths, next);
  }
  return places;
}

}  // namespace

void check(const WalkOptions& options) {
  TORCH_CHECK(options.hops >= 0 && options.hops <= kMostHops, "walks: hops must be 0 to ", kMostHops, ", got ",
              options.hops);
  TORCH_CHECK(options.frontier >= 0 && options.entries >= 0, "walks: frontier and entries must not be negative, got ",
              options.frontier, " and ", options.entries);
  TORCH_CHECK(options.frontier == 0 || options.walkers == 0,
              "walks: a frontier belongs to powers; walks have their walkers");
  TORCH_CHECK(options.modulation.empty() || static_cast<int>(options.modulation.size()) == options.hops + 1,
              "walks: ", options.hops, " hops need ", options.hops + 1, " coefficients of modulation (or none), got ",
              options.modulation.size());
  for (const double f : options.modulation)
    TORCH_CHECK(std::isfinite(f), "walks: coefficients of the modulation must be finite, got ", f);
  TORCH_CHECK(options.walkers >= 0 && options.walkers <= 1 << 20, "walks: walkers must be 0 to 2^20, got ",
              options.walkers);
  TORCH_CHECK(options.halt >= 0 && options.halt < 1, "walks: halt must be at least 0 and below 1, got ", options.halt);
  TORCH_CHECK(!options.antithetic || options.halt <= 0.5, "walks: antithetic halting needs halt <= 0.5, got ",
              options.halt);
}

WalkBasis walk_basis(const WalkGraph& graph, const WalkOptions& options) {
  if (!graph.rows.offset.is_cpu()) return walk_basis_by_sorting(graph, options);
  check(options);
  constexpr std::int64_t kPiece = 1024;
  const Plan plan(graph, options);
  const auto nodes = graph.rows.rows();
  std::vector<Rows> pieces((nodes + kPiece - 1) / kPiece);
  walk_all(nodes, kPiece, plan,
           [&](std::int64_t p, std::uint32_t, const HostVisits& visits) { pieces[p].take(visits, plan.rules.hops); });
  return plan.finished(joined(pieces, kPiece, nodes), graph);
}

WalkBasis walk_basis_by_sorting(const WalkGraph& graph, const WalkOptions& options) {
  check(options);
  Plan plan(graph, options);
  const auto device = graph.rows.offset.device();
  const auto memory = at::TensorOptions().device(device);
  const at::Tensor weight = at::tensor(plan.weight, at::kDouble).to(device);
  plan.rules.weight = weight.const_data_ptr<double>();
  const auto nodes = graph.rows.rows();
  const at::Tensor places =
      plan.powers || plan.expected
          ? places_of_powers(graph, options.hops, plan.powers ? options.frontier : options.walkers)
          : at::full({nodes}, std::int64_t{options.walkers} * (options.hops + 1), memory.dtype(at::kLong));
  auto basis = RowGatherer(places).gather([&](const VisitBuffers& buffers, std::int64_t rows) {
    if (plan.powers) return parallel_for(device, rows, SortedPowerRow(buffers, PowerRow(plan.rules)));
    SortedWalkRow body(buffers, WalkRow(plan.rules, plan.walk));
    const at::Tensor at = at::empty({rows * options.walkers}, memory.dtype(at::kInt));
    const at::Tensor order = at::empty({rows * options.walkers}, memory.dtype(at::kLong));
    body.at = reinterpret_cast<std::uint32_t*>(at.mutable_data_ptr<std::int32_t>());
    body.order = reinterpret_cast<std::uint64_t*>(order.mutable_data_ptr<std::int64_t>());
    const std::int64_t own = plan.expected ? std::int64_t{options.walkers} * options.hops : 0;
    const VisitMemory walkers(rows * own, memory);
    const at::Tensor begin = at::arange(rows, memory.dtype(at::kLong)).mul(own);
    body.expected = plan.expected;
    body.places = buffers;
    body.places.begin = begin.const_data_ptr<std::int64_t>();
    walkers.put_into(body.places);
    parallel_for(device, rows, body);
  });
  return plan.finished(std::move(basis), graph);
}

at::Tensor returns_of_walks(const WalkGraph& graph, int hops) {
  constexpr std::int64_t kPiece = 256;
  WalkOptions options;
  options.hops = (hops + 1) / 2;
  options.walkers = 0;
  check(options);
  const Plan plan(graph, options);
  const auto nodes = graph.rows.rows();
  const at::Tensor result = at::zeros({nodes, hops}, at::kDouble);
  auto* value = result.mutable_data_ptr<double>();
  const double* degree = plan.rules.graph.degree;
  walk_all(nodes, kPiece, plan, [&](std::int64_t, std::uint32_t node, const HostVisits& visits) {
    double* of_node = value + std::int64_t{node} * hops;
    // (P^(s+t))_ii = sum_u (P^s)_iu (P^t)_ui, and edges go both ways: d_u (P^t)_ui = d_i (P^t)_iu.
    for (const auto u : visits.nodes()) {
      const double* reached = visits.values(u);
      const double back = degree[node] / degree[u];
      for (int t = 0; t < hops; ++t) of_node[t] += reached[(t + 1) / 2] * back * reached[t / 2 + 1];
    }
  });
  return result;
}

}  // namespace treewalk
