// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/attention/linear_attention.h"
#include "core/geometry/graph.h"
#include "core/walks/mask.h"
#include "core/walks/node_order.h"
#include "core/walks/walks.h"
#include "tests/benchmark/timing.h"

namespace treewalk {

struct LinearSettings {
  int threads = 2, repeat = 5;
  std::int64_t heads = 4, width = 16;
  bool backward = false;
  enum { curve, random, restored } order = curve;
};

/// All forms of attention over one graph of points, timed and printed.
class LinearForms {
 public:
  LinearForms(const LinearSettings& settings, std::int64_t points, std::int64_t neighbours);
  void run();

 private:
  /// What attention is given: queries, keys and values, and the modulation of masks of so many hops.
  struct Case {
    LinearInput in;
    at::Tensor f;
  };
  Case case_of(std::int64_t hops) const;

  void one_sided_forms();
  void symmetric_forms();
  void dense_forms();

  /// A side that is timed with all others; forward, or forward and backward.
  void add(const char* name, const std::function<at::Tensor()>& attend);
  /// Times and prints what is made once a cloud.
  void once(const char* name, const std::function<void()>& work, const std::function<double()>& bytes) const;
  WalkBasis timed_basis(const char* name, const WalkGraph& graph, const WalkOptions& options) const;
  MaskRows rows_of(const Csr& rows) const;
  /// Attention with the rows that it is given in the order of the points, as MaskedAttention has them.
  at::Tensor attend(const LinearInput& in, const MaskRows& rows, const at::Tensor& mask) const;
  at::Tensor by_head(const at::Tensor& x) const;
  void report(const Timing& timing, double bytes) const;

  LinearSettings settings_;
  std::int64_t points_;
  NodeOrder order_;
  Csr directed_;
  Case four_, two_;
  at::Tensor gradient_;
  WalkBasis walked_, powers_, thinned_, symmetric_;
  MaskRows walked_rows_, powers_rows_, thinned_rows_, product_rows_, factor_rows_;
  MaskPattern pattern_;
  at::Tensor dense_mask_, dense_log_mask_;
  std::vector<Timing> sides_;
};

}  // namespace treewalk
