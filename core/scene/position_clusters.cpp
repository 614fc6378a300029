// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/scene/position_clusters.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/tensor.h>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/geometry/clusters.h"
#include "core/scene/moments_kernel.h"
#include "core/scene/scene_kernel.h"

namespace treewalk {
namespace {

constexpr double kPositionWeight = 8;

/// Records of a level's nodes, as far as clusters read them.
at::Tensor records_of(const LevelMoments& level, const at::Tensor& mean) {
  const auto record = at::empty({level.size(), kNodeRecord}, mean.options());
  parallel_for(mean.device(), level.size(), WritePlaces{level.arrays(), in(mean), out(record)});
  return record;
}

/// Gives the nodes of a level the points of their members.
void add_up(const Csr& members, const LevelMoments& below, double step, LevelMoments& level, at::Tensor& mean) {
  const auto raw = at::empty_like(level.raw);
  parallel_for(raw.device(), level.size(),
               ClusterMoments{in(members.offset), in(members.column), below.arrays().raw, level.arrays(),
                              reinterpret_cast<Moments*>(raw.mutable_data_ptr<double>())});
  level.raw = raw;
  mean = at::empty_like(mean);
  parallel_for(mean.device(), level.size(), WriteMeans{level.arrays(), step, out(mean)});
}

}  // namespace

int cluster_levels(const SceneOptions& options) {
  return options.hierarchy != "position" ? 0 : levels_of_clusters(options);
}

void cluster_by_position(const SceneOptions& options, double step, CellMoments& moments, std::vector<at::Tensor>& mean,
                         Hierarchy& hierarchy) {
  const int levels = cluster_levels(options);
  const auto weight = at::tensor({0.0, kPositionWeight, 0.0}, at::kDouble).to(mean[0].device(), at::kDouble, true);
  for (int l = 0; l + 1 < hierarchy.levels(); ++l) {
    LevelMoments& above = moments.level[l + 1];
    if (l < levels) {
      const auto seeds =
          make_seeds(hierarchy.parent[l], hierarchy.children[l + 1], hierarchy.siblings[l + 1], 1 + options.neighbours);
      ClusterInput input;
      input.node = records_of(moments.level[l], mean[l]);
      input.seed = records_of(above, mean[l + 1]);
      input.weight = weight;
      input.rounds = options.rounds;
      hierarchy.parent[l] = assign_clusters(seeds, input, false).parent;
      hierarchy.children[l + 1] = members_of(hierarchy.parent[l], above.size());
    }
    add_up(hierarchy.children[l + 1], moments.level[l], step, above, mean[l + 1]);
  }
}

}  // namespace treewalk
