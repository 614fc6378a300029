// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/cloud_head.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>

#include "core/network/ops.h"

namespace treewalk {
namespace {

enum Half { maxima, means };

/// [clouds, c]: maximum or mean over each cloud's rows of x [n,c].
at::Tensor over_clouds(const at::Tensor& x, const at::Tensor& first, Half half) {
  const auto places = x.options().dtype(at::kInt);
  const Csr clouds{first.to(places, /*non_blocking=*/true), at::arange(x.size(0), places), x.size(0)};
  return pool_rows(x, clouds).narrow(1, half == maxima ? 0 : x.size(1), x.size(1));
}

}  // namespace

CloudHead::CloudHead(ParameterTable& table, const std::string& name, const std::vector<int>& widths, int hidden,
                     int classes) {
  int read_out = widths.front();
  for (const int width : widths) read_out += width;
  norm_ = LayerNorm(table, name + ".norm", read_out);
  hidden_ = Linear(table, name + ".hidden", read_out, hidden);
  logit_ = Linear(table, name + ".score", hidden, classes);
}

at::Tensor CloudHead::operator()(const Weights& weights, const Scene& scene, const std::vector<at::Tensor>& x,
                                 Dropout* dropout) const {
  std::vector<at::Tensor> parts{over_clouds(x[0], scene.cloud_cell[0], means)};
  for (std::size_t l = 0; l < x.size(); ++l)
    parts.push_back(over_clouds(x[l], scene.cloud_cell[l], l > 0 && l + 1 == x.size() ? means : maxima));
  auto hidden = rectified(hidden_(weights, norm_(weights, at::cat(parts, 1))));
  if (dropout) hidden = dropout->drop(hidden, dropout->head);
  return logit_(weights, hidden);
}

}  // namespace treewalk
