// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "core/network/steps.h"

namespace treewalk {
namespace {

struct StepBuilder {
  ParameterTable& table;
  const NetworkSpec& spec;
  std::vector<Step> steps{};
  std::size_t blocks = 0;     ///< so far, over all levels
  std::uint64_t unnamed = 0;  ///< steps that come into the list later

  std::string next_name() const { return "step" + std::to_string(steps.size()); }

  /// Before a level is pooled: its nodes choose their clusters.
  void assign(const Recipe& recipe, int level, bool attended) {
    if (recipe.scene.hierarchy != "learned" || level >= recipe.scene.learned_levels) return;
    if (!attended) {
      FamilyChoice siblings;
      siblings.children = false;
      siblings.ancestors = 0;
      steps.emplace_back(FamilyStep(table, next_name(), {level, level}, siblings, spec));
    }
    steps.emplace_back(Assign(table, next_name(), level, recipe));
  }
  void pool(int level) { steps.emplace_back(Pool(table, next_name(), level, spec.widths)); }
  void unpool(int level) { steps.emplace_back(Unpool(table, next_name(), level, spec.widths)); }

  /// As many blocks as a visit has. Their kinds take turns over the whole network.
  void attend(LevelRange levels, const FamilyChoice& family) {
    for (int b = 0; b < spec.blocks; ++b) {
      const auto& kind = spec.attention[blocks++ % spec.attention.size()];
      if (kind == "family")
        steps.emplace_back(FamilyStep(table, next_name(), levels, family, spec));
      else
        steps.emplace_back(MaskStep(table, next_name(), levels, kind == "grf" ? MaskBlock::masked : MaskBlock::global,
                                    spec, steps.size() + unnamed));
    }
  }
};

}  // namespace

std::vector<Step> build_steps(ParameterTable& table, const Recipe& recipe) {
  const auto& spec = recipe.network;
  const int levels = recipe.scene.levels;
  StepBuilder builder{table, spec};
  if (spec.order == "together") {
    const bool of_parts = !recipe.categories.empty();
    builder.unnamed = of_parts;
    for (int l = 1; l < levels; ++l) {
      builder.assign(recipe, l - 1, false);
      builder.pool(l);
    }
    const auto pooled = static_cast<std::ptrdiff_t>(builder.steps.size());
    builder.attend({0, levels - 1}, spec.relations);
    // In model files its tensors stand behind those of the other steps, whose names do not count it.
    if (of_parts) builder.steps.emplace(builder.steps.begin() + pooled, Categorise(table, recipe));
    return std::move(builder.steps);
  }
  auto upwards = spec.relations;
  upwards.ancestors = 0;
  const int lowest = spec.blocks_on == "clusters" ? 1 : 0;  // level with blocks
  for (int l = 0; l < levels; ++l) {
    if (l > 0) {
      builder.assign(recipe, l - 1, l - 1 >= lowest);
      builder.pool(l);
    }
    if (l >= lowest) builder.attend({l, l}, upwards);
  }
  for (int l = levels - 2; l >= 0; --l) {
    builder.unpool(l);
    if (l >= lowest) builder.attend({l, l}, spec.relations);
  }
  return std::move(builder.steps);
}

}  // namespace treewalk
