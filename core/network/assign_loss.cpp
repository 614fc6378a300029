// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/assign_loss.h"

#include <ATen/Dispatch.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/device/sums_kernel.h"
#include "core/device/tape.h"
#include "core/geometry/clusters_round.h"
#include "core/network/assign_loss_kernel.h"
#include "core/network/sum_rows.h"
#include "core/network/sum_rows_kernel.h"

namespace treewalk {
namespace {

/// Those of `share` for bodies that read no positions or features.
template <class Real>
ClusterArrays<Real> candidates_of(const Seeds& seeds) {
  ClusterArrays<Real> arrays{};
  set_candidates(seeds, arrays);
  return arrays;
}

}  // namespace

at::Tensor partition_loss(const Seeds& seeds, const Assignment& assignment, const at::Tensor& any_labels) {
  const auto share = assignment.share.detach();
  const auto labels = any_labels.to(share.scalar_type()).contiguous();
  const auto n = share.size(0), m = seeds.homes.rows(), classes = labels.size(1);
  const auto device = share.device();
  const auto numbers = share.options();
  const bool recorded = is_recorded({assignment.share});
  const auto labelled = at::empty({n}, numbers), mean = at::empty({m, classes}, numbers),
             total = at::empty({m}, numbers);
  const auto loss = at::empty({n, 1}, numbers), told = at::empty({n, classes}, numbers);
  at::Tensor value, gradient;
  AT_DISPATCH_FLOATING_TYPES(share.scalar_type(), "partition_loss", [&] {
    const auto arrays = candidates_of<scalar_t>(seeds);
    parallel_for(device, n, RowSums<scalar_t>{in(labels), classes, out(labelled)});
    parallel_for(device, m,
                 ClusterLabels<scalar_t>{arrays, in(share), in(labels), in(labelled), classes, out(mean), out(total)});
    parallel_for(device, n,
                 NodeLabels<scalar_t>{arrays, in(share), in(labels), in(mean), classes, out(loss), out(told)});
    const auto points = sum_of_rows(labelled.view({n, 1}));
    const auto scale = at::where(points > 0, points.reciprocal(), at::zeros_like(points));
    value = (sum_of_rows(loss) * scale).squeeze(0);
    if (!recorded) return;
    const auto mean_gradient = at::empty({m, classes}, numbers);
    gradient = at::empty({n, seeds.slots}, numbers);
    parallel_for(device, m, ClusterLabelsGradient<scalar_t>{arrays, in(share), in(told), classes, out(mean_gradient)});
    parallel_for(device, n,
                 LabelShareGradient<scalar_t>{arrays, in(labels), in(labelled), in(told), in(mean), in(mean_gradient),
                                              in(total), classes, out(gradient)});
    gradient = gradient * scale;
  });
  return record(value, {assignment.share}, {}, [gradient](const Gradients& of) { return Tensors{gradient * of[0]}; });
}

at::Tensor labels_of_clusters(const Assignment& assignment, const at::Tensor& labels) {
  const auto& members = assignment.members;
  const auto sum = at::empty({members.rows(), labels.size(1)}, labels.options());
  AT_DISPATCH_FLOATING_TYPES(labels.scalar_type(), "labels_of_clusters", [&] {
    parallel_for(labels.device(), members.rows(),
                 SumMembers<scalar_t>{in(labels), in(members.offset), in(members.column), labels.size(1), out(sum)});
  });
  return sum;
}

at::Tensor compact_loss(const Assignment& assignment) {
  const auto share = assignment.share.detach(), distance = assignment.distance.detach();
  const auto n = share.size(0);
  const auto spread = at::empty({n, 1}, share.options());
  AT_DISPATCH_FLOATING_TYPES(share.scalar_type(), "compact_loss", [&] {
    parallel_for(share.device(), n, SpreadOfNode<scalar_t>{in(share), in(distance), share.size(1), out(spread)});
  });
  const double scale = n > 0 ? 1.0 / static_cast<double>(n) : 0;
  return record((sum_of_rows(spread) * scale).squeeze(0), {assignment.share, assignment.distance}, {},
                [share, distance, scale](const Gradients& of) {
                  const auto g = of[0] * scale;
                  return Tensors{distance * g, share * g};
                });
}

at::Tensor link_loss(const Seeds& seeds, const Assignment& assignment, const Csr& graph) {
  const auto share = assignment.share.detach();
  const auto n = share.size(0);
  const auto turned = transpose(graph).graph;
  const auto value = at::empty({n, 1}, share.options()), gradient = at::empty_like(share);
  AT_DISPATCH_FLOATING_TYPES(share.scalar_type(), "link_loss", [&] {
    parallel_for(share.device(), n,
                 LinksOfNode<scalar_t>{candidates_of<scalar_t>(seeds), in(assignment.parent),
                                       in(assignment.members.offset), in(graph.offset), in(graph.column),
                                       in(turned.offset), in(turned.column), out(value), out(gradient)});
  });
  const auto entries = static_cast<double>(graph.entries() + n);
  const double scale = n > 0 ? 1 / entries : 0;
  return record(((sum_of_rows(value) + entries) * scale).squeeze(0), {assignment.share}, {},
                [gradient, scale](const Gradients& of) { return Tensors{gradient * (of[0] * (2 * scale))}; });
}

}  // namespace treewalk
