// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>

#include "core/geometry/clusters_kernel.h"
#include "core/scene/moments_arrays.h"

// How gradients go back through the rounds of clusters.h. In each body `in` is as the round had it.

namespace treewalk {

/// Item = node: |P - Y|^2 / size^2 of each candidate; 0 where a slot is empty.
template <class Real>
struct CandidateDistances {
  static constexpr std::int64_t grain = 512;
  ClusterArrays<Real> in;
  Real* distance;  ///< [n,slots]

  HD void operator()(std::int64_t u) const {
    const std::int32_t home = in.home[u], candidates = in.candidates(home);
    for (std::int32_t j = 0; j < in.slots; ++j)
      distance[u * in.slots + j] = j < candidates ? in.squared_distance(u, in.candidate(home, j)) : Real(0);
  }
};

/// Item = node: from the gradient of its shares that of its scores, and what its own features and the three weights
/// get by these.
template <class Real>
struct ScoreGradient {
  static constexpr std::int64_t grain = 512;
  ClusterArrays<Real> in;
  const Real *share, *share_gradient;  ///< [n,slots]
  Real* score_gradient;                ///< [n,slots]
  Real *feature, *weight;              ///< [n,width], [n,3]: added to

  HD void operator()(std::int64_t u) const {
    const std::int32_t home = in.home[u], candidates = in.candidates(home);
    const Real *q = share + u * in.slots, *dq = share_gradient + u * in.slots;
    Real mean = 0;
    for (std::int32_t j = 0; j < candidates; ++j) mean += q[j] * dq[j];
    for (std::int32_t j = candidates; j < in.slots; ++j) score_gradient[u * in.slots + j] = 0;
    for (std::int32_t j = 0; j < candidates; ++j) {
      const std::int64_t c = in.candidate(home, j);
      const Real dz = q[j] * (dq[j] - mean);
      score_gradient[u * in.slots + j] = dz;
      weight[3 * u + 1] -= dz * in.squared_distance(u, c);
      if (j == 0) weight[3 * u + 2] += dz;
      if (in.width == 0) continue;
      weight[3 * u] -= dz * in.squared_difference(u, c);
      for (std::int64_t k = 0; k < in.width; ++k)
        feature[u * in.width + k] -=
            2 * in.weight[0] * dz * (in.feature[u * in.width + k] - in.centre[c * in.width + k]);
    }
  }
};

/// Item = seed: what its centre gets from the scores and distances of the nodes around it.
template <class Real>
struct CentreGradient {
  static constexpr std::int64_t grain = 128;
  ClusterArrays<Real> in;
  const Real *score_gradient, *distance_gradient;  ///< [n,slots]; the second may be null
  Real *offset, *centre;                           ///< [m,3], [m,width]

  HD void operator()(std::int64_t c) const {
    const Real per_square = in.per_square(c);
    Real sum[3] = {0, 0, 0};
    Real* const to = centre + c * in.width;
    for (std::int64_t k = 0; k < in.width; ++k) to[k] = 0;
    NodesAround<Real> around(in, c);
    for (std::int64_t u, slot; around.next(u, slot);) {
      const Real dz = score_gradient[u * in.slots + slot];
      Real dp = -in.weight[1] * dz;
      if (distance_gradient) dp += distance_gradient[u * in.slots + slot];
      for (int a = 0; a < 3; ++a) sum[a] -= 2 * dp * per_square * (in.from_seed(u, c, a) - in.offset[3 * c + a]);
      for (std::int64_t k = 0; k < in.width; ++k)
        to[k] += 2 * in.weight[0] * dz * (in.feature[u * in.width + k] - in.centre[c * in.width + k]);
    }
    for (int a = 0; a < 3; ++a) offset[3 * c + a] = sum[a];
  }
};

/// Item = node: what the shares of the round before and its features get from the centres that were made of them.
template <class Real>
struct ShareGradient {
  static constexpr std::int64_t grain = 512;
  ClusterArrays<Real> in;
  const Real *total, *share;    ///< [m]: sums of Q n of the round before; its Q
  const Real *offset, *centre;  ///< gradients of the centres
  Real *share_gradient, *feature;

  HD void operator()(std::int64_t u) const {
    const std::int32_t home = in.home[u], candidates = in.candidates(home);
    const Real n = in.count(u);
    for (std::int32_t j = 0; j < in.slots; ++j) {
      Real& to = share_gradient[u * in.slots + j] = 0;
      if (j >= candidates) continue;
      const std::int64_t c = in.candidate(home, j);
      if (!(total[c] > 0)) continue;
      Real sum = 0;
      for (int a = 0; a < 3; ++a) sum += offset[3 * c + a] * (in.from_seed(u, c, a) - in.offset[3 * c + a]);
      for (std::int64_t k = 0; k < in.width; ++k)
        sum += centre[c * in.width + k] * (in.feature[u * in.width + k] - in.centre[c * in.width + k]);
      to = n / total[c] * sum;
      const Real w = share[u * in.slots + j] * n / total[c];
      for (std::int64_t k = 0; k < in.width; ++k) feature[u * in.width + k] += w * centre[c * in.width + k];
    }
  }
};

/// Item = node: what its features get from the first centre of its home.
template <class Real>
struct FirstCentreGradient {
  static constexpr std::int64_t grain = 512;
  ClusterArrays<Real> in;
  const Real *total, *centre;
  Real* feature;

  HD void operator()(std::int64_t u) const {
    const std::int64_t c = in.home[u];
    if (!(total[c] > 0)) return;
    const Real w = in.count(u) / total[c];
    for (std::int64_t k = 0; k < in.width; ++k) feature[u * in.width + k] += w * centre[c * in.width + k];
  }
};

/// Item = node: what the shares of its candidates get through the means over clusters, as if W = [parent] + Q - Q had
/// been their weights: <G_c, x_u - X_c> / members of c. A cluster without members gives nothing.
template <class Real>
struct PoolShareGradient {
  static constexpr std::int64_t grain = 256;
  Candidates in;
  const std::int32_t* member_offset;
  std::int64_t width;
  const Real *x, *pooled, *gradient;  ///< [n,width]; [m,2 width]: maxima and means
  Real* share_gradient;               ///< [n,slots]

  HD void operator()(std::int64_t u) const {
    const std::int32_t home = in.home[u], candidates = in.candidates(home);
    for (std::int32_t j = 0; j < in.slots; ++j) {
      Real& to = share_gradient[u * in.slots + j] = 0;
      if (j >= candidates) continue;
      const std::int64_t c = in.candidate(home, j);
      const std::int32_t members = member_offset[c + 1] - member_offset[c];
      if (members == 0) continue;
      const Real *mean = pooled + (2 * c + 1) * width, *g = gradient + (2 * c + 1) * width;
      Real sum = 0;
      for (std::int64_t k = 0; k < width; ++k) sum += g[k] * (x[u * width + k] - mean[k]);
      to = sum / static_cast<Real>(members);
    }
  }
};

/// Item = cluster: its record from its members': number of points, mean position, mean normal. One with the members of
/// its seed, none of which changed, keeps that one's; one without points too, but for their number. Seeds lie on a
/// lattice of that step, and so do clusters, as offsets from them: the same bits wherever positions count from.
struct ClusterRecords {
  static constexpr std::int64_t grain = 512;
  const std::int32_t *member_offset, *member, *home_offset, *home;
  const float *below, *seed;          ///< [n,8], [m,8]
  const std::uint8_t* below_changed;  ///< [n]; null: none has
  double step;
  float* record;          ///< [m,8]
  std::uint8_t* changed;  ///< [m]

  HD void operator()(std::int64_t c) const {
    const std::int32_t begin = member_offset[c], count = member_offset[c + 1] - begin;
    bool same = count == home_offset[c + 1] - home_offset[c];
    for (std::int32_t i = 0; same && i < count; ++i) {
      const std::int32_t u = member[begin + i];
      same = u == home[home_offset[c] + i] && !(below_changed && below_changed[u]);
    }
    for (int k = 0; k < kNodeRecord; ++k) record[kNodeRecord * c + k] = seed[kNodeRecord * c + k];
    changed[c] = !same;
    if (same) return;
    double points = 0, place[3] = {0, 0, 0}, normal[3] = {0, 0, 0};
    for (std::int32_t i = 0; i < count; ++i) {
      const float* from = below + kNodeRecord * static_cast<std::int64_t>(member[begin + i]);
      points += from[7];
      for (int a = 0; a < 3; ++a) {
        place[a] += static_cast<double>(from[7]) * (static_cast<double>(from[a]) - seed[kNodeRecord * c + a]);
        normal[a] += static_cast<double>(from[7]) * from[4 + a];
      }
    }
    float* to = record + kNodeRecord * c;
    to[7] = static_cast<float>(points);
    if (!(points > 0)) return;
    for (int a = 0; a < 3; ++a)
      to[a] = static_cast<float>(seed[kNodeRecord * c + a] + on_lattice(place[a] / points, step));
    const double length = std::sqrt(normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2]);
    if (length > 1e-6 * points)
      for (int a = 0; a < 3; ++a) to[4 + a] = static_cast<float>(normal[a] / length);
  }
};

}  // namespace treewalk
