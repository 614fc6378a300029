// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/recipe/recipe.h"
#include "core/training/dataset.h"
#include "core/training/draw.h"

namespace treewalk {

/// Which cloud a draw gets.
struct Sampler {
  std::uint64_t clouds = 0;
  int steps_per_epoch = 1;  ///< steps that the recipe names, or as many as take each cloud about once
  /// Of a recipe with "balance": the clouds of each group, and last those without one; empty where none has one.
  std::vector<std::vector<std::size_t>> stratum;
  std::string warning;  ///< about names in which the recipe's pattern of groups finds none, if there are any
};

Sampler make_sampler(const std::vector<DataItem>& items, const TrainingSpec& training);

/// Without strata every pass over the clouds is a fresh permutation of them. With strata, each draw takes one of them,
/// all equally likely, and then one of its clouds.
std::size_t cloud_of(const Sampler& sampler, const Draw& draw);

/// `count` of the candidates, in their order, each set equally likely; all of them where there are no more.
std::vector<std::int32_t> choose(const std::vector<std::int32_t>& candidates, std::int64_t count, RandomStream random);

}  // namespace treewalk
