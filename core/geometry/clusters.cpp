// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/clusters.h"

#include <ATen/Dispatch.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/geometry/clusters_round.h"

namespace treewalk {
namespace {

void check(const Seeds& seeds, const ClusterInput& input) {
  const auto n = seeds.home.size(0), m = seeds.homes.rows();
  TORCH_CHECK(input.node.size(0) == n && input.seed.size(0) == m && seeds.near.rows() == m, "clusters: ", n,
              " nodes and ", m, " seeds, but ", input.node.size(0), " and ", input.seed.size(0), " records");
  TORCH_CHECK(input.rounds >= 1, "clusters: there must be a round, found ", input.rounds);
  TORCH_CHECK(!input.feature.defined() || (input.feature.size(0) == n && input.feature.size(1) <= kMostClusterFeatures),
              "clusters: features must be up to ", kMostClusterFeatures, " for each of ", n, " nodes");
}

}  // namespace

Seeds make_seeds(const at::Tensor& home, const Csr& homes, const Csr& near, std::int64_t slots) {
  return {home, homes, near, transpose(near), slots};
}

Clusters assign_clusters(const Seeds& seeds, const ClusterInput& input, bool last_shares) {
  check(seeds, input);
  const auto n = seeds.home.size(0), m = seeds.homes.rows();
  const auto device = input.node.device();
  const auto numbers = input.weight.options();
  const auto width = input.feature.defined() ? input.feature.size(1) : 0;
  Clusters result;
  result.parent = at::empty({n}, seeds.home.options());
  AT_DISPATCH_FLOATING_TYPES(input.weight.scalar_type(), "assign_clusters", [&] {
    ClusterRound round{at::zeros({m, 3}, numbers), {}, {}, {}};
    if (width > 0) {
      round.feature = at::empty({m, width}, numbers);
      round.total = at::empty({m}, numbers);
      parallel_for(
          device, m,
          FirstCentres<scalar_t>{cluster_arrays<scalar_t>(seeds, input, round), out(round.feature), out(round.total)});
    }
    for (int t = 0; t < input.rounds; ++t) {
      const bool last = t + 1 == input.rounds;
      const auto arrays = cluster_arrays<scalar_t>(seeds, input, round);
      if (!last || last_shares) round.share = at::empty({n, seeds.slots}, numbers);
      parallel_for(device, n,
                   ChooseCluster<scalar_t>{arrays, out(result.parent),
                                           round.share.defined() ? round.share.mutable_data_ptr<scalar_t>() : nullptr});
      result.round.push_back(round);
      if (last && input.contiguous && m > 0) {
        const auto cut = at::empty({m}, seeds.home.options());
        parallel_for(device, m, CutBehind<scalar_t>{arrays, out(cut)});
        parallel_for(device, m, TakeInterval<scalar_t>{arrays, in(cut), out(result.parent)});
      }
      if (last) break;
      ClusterRound next{at::empty({m, 3}, numbers),
                        width > 0 ? at::empty({m, width}, numbers) : at::Tensor(),
                        at::empty({m}, numbers),
                        {}};
      parallel_for(
          device, m,
          MoveCentres<scalar_t>{arrays, in(round.share), out(next.offset),
                                width > 0 ? next.feature.mutable_data_ptr<scalar_t>() : nullptr, out(next.total)});
      round = next;
    }
  });
  return result;
}

Csr members_of(const at::Tensor& parent, std::int64_t clusters) {
  const auto n = parent.size(0);
  return transpose({at::arange(n + 1, parent.options()), parent, clusters}).graph;
}

}  // namespace treewalk
