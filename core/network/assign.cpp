// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/assign.h"

#include <ATen/Dispatch.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>

#include <utility>
#include <vector>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/device/tape.h"
#include "core/geometry/clusters_round.h"
#include "core/network/assign_kernel.h"
#include "core/network/sum_rows.h"

namespace treewalk {
namespace {

/// Gradients of features [n,d] and weight [3].
template <class Real>
Tensors backward_of(const Seeds& seeds, const ClusterInput& input, const std::vector<ClusterRound>& rounds,
                    at::Tensor share_gradient, const at::Tensor& distance_gradient) {
  const auto n = seeds.home.size(0), m = seeds.homes.rows(), width = input.feature.size(1);
  const auto device = input.node.device();
  const auto numbers = input.weight.options();
  const auto feature = at::zeros({n, width}, numbers), weight = at::zeros({n, 3}, numbers);
  const auto score = at::empty({n, seeds.slots}, numbers);
  const auto offset = at::empty({m, 3}, numbers), centre = at::empty({m, width}, numbers);
  for (auto t = static_cast<int>(rounds.size()) - 1; t >= 0; --t) {
    const bool last = t + 1 == static_cast<int>(rounds.size());
    const auto arrays = cluster_arrays<Real>(seeds, input, rounds[t]);
    parallel_for(
        device, n,
        ScoreGradient<Real>{arrays, in(rounds[t].share), in(share_gradient), out(score), out(feature), out(weight)});
    parallel_for(device, m,
                 CentreGradient<Real>{arrays, in(score), last ? distance_gradient.const_data_ptr<Real>() : nullptr,
                                      out(offset), out(centre)});
    if (t == 0) {
      parallel_for(device, n, FirstCentreGradient<Real>{arrays, in(rounds[0].total), in(centre), out(feature)});
      break;
    }
    share_gradient = at::empty({n, seeds.slots}, numbers);
    parallel_for(device, n,
                 ShareGradient<Real>{arrays, in(rounds[t].total), in(rounds[t - 1].share), in(offset), in(centre),
                                     out(share_gradient), out(feature)});
  }
  return {feature, sum_of_rows(weight)};
}

}  // namespace

Assignment assigned(const Seeds& seeds, const ClusterInput& any_input) {
  auto input = any_input;
  input.feature = input.feature.detach().contiguous();
  input.weight = input.weight.detach().contiguous();
  auto clusters = assign_clusters(seeds, input, true);
  Assignment result;
  result.parent = clusters.parent;
  result.members = members_of(result.parent, seeds.homes.rows());
  const auto rounds = std::move(clusters.round);
  const auto distance = at::empty_like(rounds.back().share);
  AT_DISPATCH_FLOATING_TYPES(input.weight.scalar_type(), "assigned", [&] {
    parallel_for(distance.device(), distance.size(0),
                 CandidateDistances<scalar_t>{cluster_arrays<scalar_t>(seeds, input, rounds.back()), out(distance)});
  });
  const auto recorded = record({rounds.back().share, distance}, {any_input.feature, any_input.weight}, {},
                               [seeds, input, rounds](const Gradients& of) {
                                 Tensors found;
                                 AT_DISPATCH_FLOATING_TYPES(input.weight.scalar_type(), "assigned_backward", [&] {
                                   found = backward_of<scalar_t>(seeds, input, rounds, of[0], of[1]);
                                 });
                                 return found;
                               });
  result.share = recorded[0], result.distance = recorded[1];
  return result;
}

at::Tensor with_gradient_of_shares(const at::Tensor& pooled, const at::Tensor& any_x, const Seeds& seeds,
                                   const Assignment& assignment) {
  const auto x = any_x.detach().contiguous(), means = pooled.detach();
  const auto members = assignment.members;
  return record(means, {pooled, assignment.share}, {}, [x, means, members, seeds](const Gradients& of) {
    const auto share = at::empty({x.size(0), seeds.slots}, x.options());
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "with_gradient_of_shares", [&] {
      parallel_for(x.device(), x.size(0),
                   PoolShareGradient<scalar_t>{candidates_of(seeds), in(members.offset), x.size(1), in(x), in(means),
                                               in(of[0]), out(share)});
    });
    return Tensors{of[0], share};
  });
}

void take_clusters(const Assignment& assignment, int level, const Hierarchy& cells, Hierarchy& hierarchy) {
  hierarchy.parent[level] = assignment.parent;
  hierarchy.children[level + 1] = assignment.members;
  hierarchy.node = hierarchy.node.clone();  // what came before has read the old one
  at::Tensor changed;                       // of the level below
  for (int l = 1; l < hierarchy.levels(); ++l) {
    const auto now = at::empty({hierarchy.size(l)}, hierarchy.node.options().dtype(at::kByte));
    const auto &members = hierarchy.children[l], &homes = cells.children[l];
    parallel_for(now.device(), hierarchy.size(l),
                 ClusterRecords{in(members.offset), in(members.column), in(homes.offset), in(homes.column),
                                in(hierarchy.records(l - 1)), in(cells.records(l)),
                                changed.defined() ? changed.const_data_ptr<std::uint8_t>() : nullptr, hierarchy.step,
                                out(hierarchy.records(l)), out(now)});
    changed = now;
  }
}

}  // namespace treewalk
