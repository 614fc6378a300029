// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/assign_entries.h"

#include <ATen/Dispatch.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/device/tape.h"
#include "core/geometry/clusters_round.h"
#include "core/network/assign_entries_kernel.h"

namespace treewalk {

static_assert(EntryShareGradient<float>::kChildEntry == kChild && EntryShareGradient<float>::kParentEntry == kParent);

void weigh_entries(const Hierarchy& hierarchy, int level, const Seeds& seeds, const Assignment& assignment,
                   AttentionRows& rows) {
  const auto& share = assignment.share;
  const auto queries = rows.rows.rows(), from = rows.first_query;
  const bool among_queries = hierarchy.first[level] < from + queries && from < hierarchy.first[level + 2];
  if (!among_queries || !is_recorded({share})) return;
  const auto before = rows.entry_weight;
  const auto weight = before.defined() ? before.detach() : at::ones({1}, share.options()).expand({rows.rows.entries()});
  const auto first = hierarchy.first[level], above = hierarchy.first[level + 1];
  const auto parent = assignment.parent;
  auto own = rows;
  own.entry_weight.reset();
  rows.entry_weight = record(weight, {before, share}, {}, [own, seeds, parent, first, above](const Gradients& of) {
    const auto nodes = parent.size(0);
    const auto gradient = at::empty({nodes, seeds.slots}, of[0].options());
    AT_DISPATCH_FLOATING_TYPES(gradient.scalar_type(), "weigh_entries", [&] {
      parallel_for(gradient.device(), nodes,
                   EntryShareGradient<scalar_t>{in(own.rows.offset), in(own.rows.column), in(own.relation),
                                                own.rows.rows(), own.first_query, own.first_key, first, above,
                                                in(parent), candidates_of(seeds), in(of[0]), out(gradient)});
    });
    return Tensors{of[0], gradient};
  });
}

}  // namespace treewalk
