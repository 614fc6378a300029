// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/benchmark/linear_forms.h"

#include <ATen/ATen.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>

#include "core/attention/factored.h"
#include "core/attention/feature_map.h"
#include "core/attention/global.h"
#include "core/geometry/knn.h"
#include "core/walks/modulation.h"

namespace treewalk {
namespace {

/// Points on a wavy surface in Morton-like order: sorted by coarse cells, so that neighbours lie near each other; or in
/// random order.
at::Tensor surface(std::int64_t points, bool random_order) {
  at::manual_seed(1);
  auto p = at::rand({points, 3});
  p.select(1, 2).copy_((p.select(1, 0) * 7).sin() * (p.select(1, 1) * 5).cos() * 0.1);
  if (random_order) return p;
  const auto cell = (p.narrow(1, 0, 2) * 1024).to(at::kLong);
  auto key = at::zeros({points}, at::kLong);
  for (int bit = 0; bit < 10; ++bit)
    key += (cell.select(1, 0).bitwise_right_shift(bit).bitwise_and(1)).bitwise_left_shift(2 * bit) +
           (cell.select(1, 1).bitwise_right_shift(bit).bitwise_and(1)).bitwise_left_shift(2 * bit + 1);
  return p.index_select(0, key.argsort()).contiguous();
}

double bytes_of(const std::vector<at::Tensor>& tensors) {
  double bytes = 0;
  for (const auto& t : tensors) bytes += static_cast<double>(t.nbytes());
  return bytes;
}

/// Linear attention without a mask as LibTorch's users write it.
at::Tensor by_products(const LinearInput& in) {
  const auto points = in.query.size(0);
  const auto split = [&](const at::Tensor& x) { return x.view({points, in.heads, -1}).transpose(0, 1); };
  const auto query = split(in.query), key = split(in.key);
  const auto sums = query.matmul(key.transpose(1, 2).matmul(split(in.value)));
  return (sums / (query.matmul(key.sum(1).unsqueeze(2)) + in.epsilon)).transpose(0, 1).reshape({points, -1});
}

double entries_of_a_row(const Csr& rows) {
  return static_cast<double>(rows.entries()) / static_cast<double>(rows.rows());
}

}  // namespace

LinearForms::LinearForms(const LinearSettings& settings, std::int64_t points, std::int64_t neighbours)
    : settings_(settings), points_(points) {
  const auto near = knn(surface(points, settings.order != LinearSettings::curve), static_cast<int>(neighbours));
  directed_ = {at::arange(0, (points + 1) * neighbours, neighbours, at::kInt), near.index.flatten(), points};
  std::printf("%ld points, %ld neighbours\n", static_cast<long>(points), static_cast<long>(neighbours));
  if (settings.order == LinearSettings::restored) {
    once(
        "once: an order by patches", [&] { order_ = order_by_patches(directed_); }, [] { return 0; });
    Csr near;
    once(
        "once: the graph in that order", [&] { near = renumbered(directed_, order_); }, [] { return 0; });
    directed_ = near;
  }
  four_ = case_of(4);
  two_ = case_of(2);
  gradient_ = at::randn({points, settings.heads * settings.width});
}

LinearForms::Case LinearForms::case_of(std::int64_t hops) const {
  const auto channels = settings_.heads * settings_.width;
  Case made;
  auto& in = made.in;
  in.heads = settings_.heads;
  in.query = features_of(at::randn({points_, channels}), in.heads, FeatureMap::relu, false);
  in.key = features_of(at::randn({points_, channels}), in.heads, FeatureMap::relu, true);
  in.value = at::randn({points_, channels});
  made.f = at::rand({in.heads, hops + 1}) + 0.1;
  if (settings_.backward)
    for (auto* x : {&in.query, &in.key, &in.value, &made.f}) x->requires_grad_(true);
  return made;
}

void LinearForms::report(const Timing& timing, double bytes) const {
  const auto nanoseconds = [&](double seconds) { return 1e9 * seconds / static_cast<double>(points_); };
  const double wall = Timing::median(timing.seconds);
  std::printf("  %-46s %9.2f ms, a node: %9.1f ns wall %9.1f user %8.1f system", timing.name, 1e3 * wall,
              nanoseconds(wall), nanoseconds(timing.user()), nanoseconds(timing.system()));
  if (bytes > 0) std::printf(" %8.0f bytes", bytes / static_cast<double>(points_));
  std::printf("\n");
  std::fflush(stdout);
}

void LinearForms::once(const char* name, const std::function<void()>& work,
                       const std::function<double()>& bytes) const {
  std::vector<Timing> side{{name, work}};
  measure(side, std::max(1, settings_.repeat / 2));
  report(side[0], bytes());
}

WalkBasis LinearForms::timed_basis(const char* name, const WalkGraph& graph, const WalkOptions& options) const {
  WalkBasis basis;
  once(
      name, [&] { basis = walk_basis(graph, options); },
      [&] {
        return bytes_of({basis.rows.offset, basis.rows.column, basis.part, basis.hop, basis.value});
      });
  return basis;
}

MaskRows LinearForms::rows_of(const Csr& rows) const {
  return settings_.backward ? with_transpose(MaskRows{rows, {}}) : MaskRows{rows, {}};
}

void LinearForms::add(const char* name, const std::function<at::Tensor()>& attend) {
  sides_.push_back({name, [this, attend] {
                      const auto out = attend();
                      if (settings_.backward) out.backward(gradient_);
                    }});
}

at::Tensor LinearForms::attend(const LinearInput& in, const MaskRows& rows, const at::Tensor& mask) const {
  auto own = in;
  own.query = placed(in.query, order_);
  own.key = placed(in.key, order_);
  own.value = placed(in.value, order_);
  return by_node(masked_attention(own, rows, mask), order_);
}

void LinearForms::one_sided_forms() {
  const auto graph = make_walk_graph(directed_, WalkGraph::random_walk);
  WalkOptions walks;
  walks.walkers = 8;
  walks.hops = 4;
  walks.expected_last_hop = true;
  walked_ = timed_basis("once: walks, one-sided", graph, walks);
  WalkOptions exact;
  exact.walkers = 0;
  exact.hops = 2;
  powers_ = timed_basis("once: powers of 2 hops", graph, exact);
  WalkOptions thinned = exact;
  thinned.hops = 4;
  thinned.frontier = 32;
  thinned.entries = 40;
  thinned_ = timed_basis("once: powers of 4 hops, thinned to 40", graph, thinned);
  walked_rows_ = rows_of(walked_.rows);
  powers_rows_ = rows_of(powers_.rows);
  thinned_rows_ = rows_of(thinned_.rows);
  const auto groups = at::tensor({0, static_cast<int>(points_)}, at::kInt);
  add("no mask (global)", [this, groups] { return global_attention(four_.in, groups); });
  add("no mask, by LibTorch's matrix products", [this] { return by_products(four_.in); });
  add("Phi, walks, modulation included",
      [this] { return attend(four_.in, walked_rows_, modulated(walked_, four_.f)); });
  add("Phi, powers of 2 hops, exact", [this] { return attend(two_.in, powers_rows_, modulated(powers_, two_.f)); });
  add("Phi, thinned powers of 4 hops",
      [this] { return attend(four_.in, thinned_rows_, modulated(thinned_, four_.f)); });
}

void LinearForms::symmetric_forms() {
  WalkOptions paper;
  paper.hops = 4;
  paper.halt = 0.25;
  paper.repelling = false;
  const auto united = make_walk_graph(unite(directed_), WalkGraph::symmetric);
  symmetric_ = timed_basis("once: walks, Phi Phi^T", united, paper);
  once(
      "once: pattern of Phi Phi^T", [&] { pattern_ = product_pattern(symmetric_.rows); },
      [&] {
        return bytes_of({pattern_.rows.offset, pattern_.rows.column, pattern_.mirror});
      });
  product_rows_ = rows_of(pattern_.rows);
  factor_rows_ = with_transpose(MaskRows{symmetric_.rows, {}});
  add("Phi Phi^T by its entries", [this] {
    return attend(four_.in, product_rows_, mask_product(symmetric_.rows, modulated(symmetric_, four_.f), pattern_));
  });
  if (points_ <= 40000)
    add("Phi Phi^T by factors",
        [this] { return factored_attention(four_.in, factor_rows_, modulated(symmetric_, four_.f)); });
}

at::Tensor LinearForms::by_head(const at::Tensor& x) const {
  return x.view({1, points_, settings_.heads, settings_.width}).transpose(1, 2);  // [1,heads,N,width]
}

void LinearForms::dense_forms() {
  const auto joined = [this](const at::Tensor& out) { return out.transpose(1, 2).reshape({points_, -1}); };
  once(
      "once: Phi Phi^T as a dense mask, its logarithm",
      [&] {
        const auto value = mask_product(symmetric_.rows, modulated(symmetric_, four_.f.detach()), pattern_);
        const auto row = at::arange(points_).repeat_interleave(pattern_.rows.offset.diff().to(at::kLong));
        dense_mask_ = at::zeros({1, settings_.heads, points_, points_});  // LibTorch's fused form asks for four
        dense_mask_.view({settings_.heads, -1}).index_copy_(1, row * points_ + pattern_.rows.column, value.t());
        dense_log_mask_ = dense_mask_.log();
      },
      [&] {
        return bytes_of({dense_mask_, dense_log_mask_});
      });
  const auto& in = four_.in;
  add("dense softmax, no mask, by LibTorch", [this, joined, &in] {
    return joined(at::scaled_dot_product_attention(by_head(in.query), by_head(in.key), by_head(in.value)));
  });
  add("dense softmax under log Phi Phi^T, by LibTorch", [this, joined, &in] {
    return joined(
        at::scaled_dot_product_attention(by_head(in.query), by_head(in.key), by_head(in.value), dense_log_mask_));
  });
  add("Phi Phi^T as a dense mask", [this, joined, &in] {
    const auto w = dense_mask_ * by_head(in.query).matmul(by_head(in.key).transpose(2, 3));
    return joined(w.matmul(by_head(in.value)) / (w.sum(3, true) + 1e-6));
  });
}

void LinearForms::run() {
  one_sided_forms();
  if (points_ <= 200000) symmetric_forms();
  if (points_ <= 4096) dense_forms();
  measure(sides_, settings_.repeat);
  for (const auto& side : sides_) report(side, 0);
  std::printf("  entries of a row: %.1f by walks, %.1f by powers", entries_of_a_row(walked_.rows),
              entries_of_a_row(powers_.rows));
  if (pattern_.rows.offset.defined())
    std::printf("; Phi Phi^T: %.1f of Phi, %.1f of the mask", entries_of_a_row(symmetric_.rows),
                entries_of_a_row(pattern_.rows));
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("; peak of the process so far %.2f GB\n", static_cast<double>(usage.ru_maxrss) / 1e6);
}

}  // namespace treewalk
