// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/steps.h"

namespace treewalk {

LevelRange levels_of(const Step& step) {
  return std::visit([](const auto& own) { return own.levels; }, step);
}

std::vector<Step> pruned(std::vector<Step> steps, std::vector<bool> read) {
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) std::visit([&](auto& own) { own.prune(read); }, *step);
  return steps;
}

}  // namespace treewalk
