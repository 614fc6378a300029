// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>

#include "core/device/portable.h"
#include "core/geometry/node_record.h"

namespace treewalk {

constexpr int kMostClusterFeatures = 64;

/// Where nodes may go: what bodies read of Seeds (clusters.h) for a node.
struct Candidates {
  const std::int32_t *home, *near_offset, *near_seed;
  std::int64_t slots;

  HD std::int32_t candidates(std::int32_t home) const { return 1 + near_offset[home + 1] - near_offset[home]; }
  HD std::int32_t candidate(std::int32_t home, std::int32_t slot) const {
    return slot == 0 ? home : near_seed[near_offset[home] + slot - 1];
  }
};

/// What the bodies below read of clusters.h; in one round, where centres lie.
template <class Real>
struct ClusterArrays : Candidates {
  const float *node, *seed;  ///< [n,8], [m,8]
  const Real* feature;       ///< [n,width]
  std::int64_t width;
  const std::int32_t *homes_offset, *homes_node;
  const std::int32_t *of_offset, *of_seed, *of_entry;  ///< the transpose of `near`
  const Real* weight;                                  ///< [3]
  const Real *offset, *centre;                         ///< [m,3], [m,width]

  HD Real count(std::int64_t u) const { return static_cast<Real>(node[u * kNodeRecord + 7]); }
  /// Of a node from a seed.
  HD Real from_seed(std::int64_t u, std::int64_t c, int axis) const {
    return static_cast<Real>(node[u * kNodeRecord + axis]) - static_cast<Real>(seed[c * kNodeRecord + axis]);
  }
  HD Real per_square(std::int64_t c) const {
    const Real size = static_cast<Real>(seed[c * kNodeRecord + 3]);
    return 1 / (size * size);
  }
  HD Real squared_distance(std::int64_t u, std::int64_t c) const {
    Real square = 0;
    for (int a = 0; a < 3; ++a) {
      const Real d = from_seed(u, c, a) - offset[3 * c + a];
      square += d * d;
    }
    return square * per_square(c);
  }
  HD Real squared_difference(std::int64_t u, std::int64_t c) const {
    Real square = 0;
    for (std::int64_t k = 0; k < width; ++k) {
      const Real d = feature[u * width + k] - centre[c * width + k];
      square += d * d;
    }
    return square;
  }
  /// The slot in which nodes at home with one seed have another; -1: in none.
  HD std::int32_t slot_of(std::int32_t home, std::int32_t seed) const {
    for (std::int32_t e = near_offset[home]; e < near_offset[home + 1]; ++e)
      if (near_seed[e] == seed) return e - near_offset[home] + 1;
    return -1;
  }
  /// Of homes that are an interval.
  HD std::int32_t middle(std::int32_t c) const { return (homes_offset[c] + homes_offset[c + 1]) / 2; }
  HD Real score(std::int64_t u, std::int64_t c, std::int32_t slot) const {
    Real z = -weight[1] * squared_distance(u, c);
    if (width > 0) z -= weight[0] * squared_difference(u, c);
    return slot == 0 ? z + weight[2] : z;
  }
};

/// The sum of the shares that make a cluster's mean; 0, as without members, where it is so small that a quotient by it
/// has few digits or is beyond the range of numbers.
template <class Real>
HD Real weight_of_cluster(Real total) {
  return total > Real(1e-20) ? total : Real(0);
}

/// Item = node: its parent, and the shares of its candidates.
template <class Real>
struct ChooseCluster {
  static constexpr std::int64_t grain = 512;
  ClusterArrays<Real> in;
  std::int32_t* parent;  ///< [n]
  Real* share;           ///< [n,slots]; null: not wanted

  HD void operator()(std::int64_t u) const {
    const std::int32_t home = in.home[u], candidates = in.candidates(home);
    Real* const q = share ? share + u * in.slots : nullptr;
    Real best = -INFINITY;
    std::int32_t chosen = home;
    for (std::int32_t j = 0; j < candidates; ++j) {
      const std::int32_t c = in.candidate(home, j);
      const Real z = in.score(u, c, j);
      if (q) q[j] = z;
      if (z > best) best = z, chosen = c;
    }
    parent[u] = chosen;
    if (!q) return;
    Real sum = 0;
    for (std::int32_t j = 0; j < candidates; ++j) sum += q[j] = std::exp(q[j] - best);
    for (std::int32_t j = 0; j < candidates; ++j) q[j] /= sum;
    for (std::int64_t j = candidates; j < in.slots; ++j) q[j] = 0;
  }
};

/// Item = seed: where the cluster after it begins; where the row of its homes ends if there is none beside it.
template <class Real>
struct CutBehind {
  static constexpr std::int64_t grain = 64;
  ClusterArrays<Real> in;
  std::int32_t* cut;  ///< [m]

  HD void operator()(std::int64_t seed) const {
    const auto c = static_cast<std::int32_t>(seed), next = c + 1;
    cut[c] = in.homes_offset[next];
    const std::int32_t to_next = in.slot_of(c, next);
    if (to_next < 0) return;
    const std::int32_t to_own = in.slot_of(next, c);
    Real gain = 0, best = 0;
    cut[c] = in.middle(c) + 1;
    for (std::int32_t u = in.middle(c) + 1; u < in.middle(next); ++u) {
      const bool own = u < in.homes_offset[next];
      gain += in.score(u, c, own ? 0 : to_own) - in.score(u, next, own ? to_next : 0);
      if (gain > best) best = gain, cut[c] = u + 1;
    }
  }
};

/// Item = seed: it gets the nodes from the boundary before it to the one behind.
template <class Real>
struct TakeInterval {
  static constexpr std::int64_t grain = 256;
  ClusterArrays<Real> in;
  const std::int32_t* cut;
  std::int32_t* parent;

  HD void operator()(std::int64_t seed) const {
    const auto c = static_cast<std::int32_t>(seed);
    const bool has_before = c > 0 && in.slot_of(c - 1, c) >= 0;
    for (std::int32_t u = has_before ? cut[c - 1] : in.homes_offset[c]; u < cut[c]; ++u) parent[u] = c;
  }
};

/// Item = seed: the mean of its homes' features.
template <class Real>
struct FirstCentres {
  static constexpr std::int64_t grain = 512;
  ClusterArrays<Real> in;
  Real *centre, *sum;  ///< [m,width], [m]

  HD void operator()(std::int64_t c) const {
    Real* const mean = centre + c * in.width;
    for (std::int64_t k = 0; k < in.width; ++k) mean[k] = 0;
    Real total = 0;
    for (std::int32_t i = in.homes_offset[c]; i < in.homes_offset[c + 1]; ++i) {
      const std::int64_t u = in.homes_node[i];
      const Real n = in.count(u);
      total += n;
      for (std::int64_t k = 0; k < in.width; ++k) mean[k] += n * in.feature[u * in.width + k];
    }
    for (std::int64_t k = 0; total > 0 && k < in.width; ++k) mean[k] /= total;
    sum[c] = total;
  }
};

/// Goes over the nodes that have seed c as a candidate, by their homes in ascending order.
template <class Real>
class NodesAround {
 public:
  HD NodesAround(const ClusterArrays<Real>& in, std::int64_t c)
      : in_(in), own_(static_cast<std::int32_t>(c)), entry_(in.of_offset[c]), end_(in.of_offset[c + 1]) {}
  /// The next node and the slot in which it has the seed; false: there is none.
  HD bool next(std::int64_t& u, std::int64_t& slot) {
    while (i_ == last_) {
      std::int32_t home;
      if (own_ >= 0 && (entry_ == end_ || in_.of_seed[entry_] > own_)) {
        home = own_, slot_ = 0, own_ = -1;
      } else if (entry_ < end_) {
        home = in_.of_seed[entry_];
        slot_ = in_.of_entry[entry_++] - in_.near_offset[home] + 1;
      } else {
        return false;
      }
      i_ = in_.homes_offset[home], last_ = in_.homes_offset[home + 1];
    }
    u = in_.homes_node[i_++];
    slot = slot_;
    return true;
  }

 private:
  const ClusterArrays<Real>& in_;
  std::int32_t own_, entry_, end_, i_ = 0, last_ = 0, slot_ = 0;
};

/// Item = seed: where its centre is after a round of those shares.
template <class Real>
struct MoveCentres {
  static constexpr std::int64_t grain = 128;
  ClusterArrays<Real> in;
  const Real* share;                ///< [n,slots]
  Real *offset, *centre, *weights;  ///< [m,3], [m,width], [m]

  HD void operator()(std::int64_t c) const {
    Real total = 0, sum[3] = {0, 0, 0};
    Real* const mean = centre + c * in.width;
    for (std::int64_t k = 0; k < in.width; ++k) mean[k] = 0;
    NodesAround<Real> around(in, c);
    for (std::int64_t u, slot; around.next(u, slot);) {
      const Real w = share[u * in.slots + slot] * in.count(u);
      total += w;
      for (int a = 0; a < 3; ++a) sum[a] += w * in.from_seed(u, c, a);
      for (std::int64_t k = 0; k < in.width; ++k) mean[k] += w * in.feature[u * in.width + k];
    }
    total = weight_of_cluster(total);
    for (int a = 0; a < 3; ++a) offset[3 * c + a] = total > 0 ? sum[a] / total : Real(0);
    for (std::int64_t k = 0; k < in.width; ++k) mean[k] = total > 0 ? mean[k] / total : Real(0);
    weights[c] = total;
  }
};

}  // namespace treewalk
