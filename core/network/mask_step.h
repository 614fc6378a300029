// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/network/preparation.h"
#include "core/recipe/recipe.h"

namespace treewalk {

/// The nodes of some levels attend to what is near through a mask of walks, or to all cells of their level, by linear
/// attention (a step: see steps.h).
class MaskStep {
 public:
  /// number: of the step in its network, which walks that are drawn for each block are seeded with.
  MaskStep(ParameterTable& table, const std::string& name, LevelRange levels, MaskBlock::Kind kind,
           const NetworkSpec& spec, std::uint64_t number);

  LevelRange levels;
  MaskBlock::Kind kind() const { return block_.kind(); }
  void prune(std::vector<bool>& read);
  void prepare(Preparation& preparation);
  void operator()(const Weights& weights, const Scene& scene, Encoding& encoding, Dropout* dropout) const;

  // Of the input that the step was prepared for.
  SharedMasks masks;  ///< masked: one for all heads, or one per head
  at::Tensor groups;  ///< global: [clouds * levels + 1] int32 on the CPU, where the cells of a cloud and level begin

 private:
  SharedMasks draw(const Preparation& preparation, int sets, std::uint64_t seed) const;

  MaskSpec walks_;
  std::uint64_t number_;
  bool tree_;  ///< walks go from level to level, so that a row may depend on any of them
  MaskBlock block_;
};

}  // namespace treewalk
