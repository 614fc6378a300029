// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>

#include "core/geometry/clusters_kernel.h"

namespace treewalk {

/// item = cluster: H_c, and sum_u Q_uc |h_u|.
template <class Real>
struct ClusterLabels {
  static constexpr std::int64_t grain = 32;
  ClusterArrays<Real> in;
  const Real *share, *label, *labelled;  ///< [n,slots], [n,classes], [n]: |h_u|
  std::int64_t classes;
  Real *mean, *total;  ///< [m,classes], [m]

  HD void operator()(std::int64_t c) const {
    Real* const to = mean + c * classes;
    for (std::int64_t k = 0; k < classes; ++k) to[k] = 0;
    Real sum = 0;
    NodesAround<Real> around(in, c);
    for (std::int64_t u, slot; around.next(u, slot);) {
      const Real q = share[u * in.slots + slot];
      sum += q * labelled[u];
      for (std::int64_t k = 0; k < classes; ++k) to[k] += q * label[u * classes + k];
    }
    total[c] = sum = weight_of_cluster(sum);
    for (std::int64_t k = 0; k < classes; ++k) to[k] = sum > 0 ? to[k] / sum : Real(0);
  }
};

/// item = node: its part of the loss, and minus h over what its candidates tell.
template <class Real>
struct NodeLabels {
  static constexpr std::int64_t grain = 64;
  ClusterArrays<Real> in;
  const Real *share, *label, *mean;
  std::int64_t classes;
  Real *loss, *told;  ///< [n], [n,classes]

  HD void operator()(std::int64_t u) const {
    const std::int32_t home = in.home[u], candidates = in.candidates(home);
    Real sum = 0;
    for (std::int64_t k = 0; k < classes; ++k) {
      Real& to = told[u * classes + k] = 0;
      const Real h = label[u * classes + k];
      if (h == 0) continue;
      Real r = Real(1e-4);
      for (std::int32_t j = 0; j < candidates; ++j)
        r += share[u * in.slots + j] * mean[in.candidate(home, j) * classes + k];
      sum -= h * std::log(r);
      to = -h / r;
    }
    loss[u] = sum;
  }
};

/// item = cluster: the gradient of H_c.
template <class Real>
struct ClusterLabelsGradient {
  static constexpr std::int64_t grain = 32;
  ClusterArrays<Real> in;
  const Real *share, *told;
  std::int64_t classes;
  Real* mean;  ///< [m,classes]

  HD void operator()(std::int64_t c) const {
    Real* const to = mean + c * classes;
    for (std::int64_t k = 0; k < classes; ++k) to[k] = 0;
    NodesAround<Real> around(in, c);
    for (std::int64_t u, slot; around.next(u, slot);)
      for (std::int64_t k = 0; k < classes; ++k) to[k] += share[u * in.slots + slot] * told[u * classes + k];
  }
};

/// item = node: the gradient of its shares.
template <class Real>
struct LabelShareGradient {
  static constexpr std::int64_t grain = 64;
  ClusterArrays<Real> in;
  const Real *label, *labelled, *told, *mean, *mean_gradient, *total;
  std::int64_t classes;
  Real* share;  ///< [n,slots]

  HD void operator()(std::int64_t u) const {
    const std::int32_t home = in.home[u], candidates = in.candidates(home);
    for (std::int32_t j = 0; j < in.slots; ++j) {
      Real& to = share[u * in.slots + j] = 0;
      if (j >= candidates) continue;
      const std::int64_t c = in.candidate(home, j);
      if (!(total[c] > 0)) continue;
      Real direct = 0, through = 0;
      for (std::int64_t k = 0; k < classes; ++k) {
        const Real h = mean[c * classes + k];
        direct += told[u * classes + k] * h;
        through += mean_gradient[c * classes + k] * (label[u * classes + k] - h * labelled[u]);
      }
      to = direct + through / total[c];
    }
  }
};

/// item = node: sum_j Q d.
template <class Real>
struct SpreadOfNode {
  static constexpr std::int64_t grain = 1024;
  const Real *share, *distance;
  std::int64_t slots;
  Real* spread;

  HD void operator()(std::int64_t u) const {
    Real sum = 0;
    for (std::int64_t j = 0; j < slots; ++j) sum += share[u * slots + j] * distance[u * slots + j];
    spread[u] = sum;
  }
};

/// item = node: 1 + its neighbours that share its cluster, and the gradient of its shares times E / 2: minus the
/// neighbours, itself among them, in candidate c, out and in, and twice the members of its own.
template <class Real>
struct LinksOfNode {
  static constexpr std::int64_t grain = 256;
  ClusterArrays<Real> in;
  const std::int32_t *parent, *member_offset;
  const std::int32_t *out_offset, *out_node, *in_offset, *in_node;
  Real *value, *share;  ///< [n], [n,slots]

  HD void operator()(std::int64_t u) const {
    const std::int32_t own = parent[u], home = in.home[u], candidates = in.candidates(home);
    const Real members = member_offset[own + 1] - member_offset[own];
    Real together = 1;
    for (std::int32_t e = out_offset[u]; e < out_offset[u + 1]; ++e) together += parent[out_node[e]] == own;
    value[u] = members - 2 * together;  // the members' squares, each member's part
    for (std::int32_t j = 0; j < in.slots; ++j) {
      Real& to = share[u * in.slots + j] = 0;
      if (j >= candidates) continue;
      const std::int32_t c = in.candidate(home, j);
      Real near = c == own ? 2 : 0;
      for (std::int32_t e = out_offset[u]; e < out_offset[u + 1]; ++e) near += parent[out_node[e]] == c;
      for (std::int32_t e = in_offset[u]; e < in_offset[u + 1]; ++e) near += parent[in_node[e]] == c;
      to = (c == own ? 2 * members : Real(0)) - near;
    }
  }
};

}  // namespace treewalk
