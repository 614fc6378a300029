// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <variant>
#include <vector>

#include "core/network/assign_step.h"
#include "core/network/categorise.h"
#include "core/network/family_step.h"
#include "core/network/mask_step.h"
#include "core/network/pool.h"
#include "core/recipe/recipe.h"

namespace treewalk {

/// An encoder is a list of steps over the levels of a hierarchy. A kind of step is a class in a file of its own, with
///   LevelRange levels                           the levels that it changes;
///   void prune(std::vector<bool>& read)         read[l]: whether what comes later reads level l. Cuts `levels` down to
///                                               what is read (empty: nothing), and marks what the step reads itself;
///   void prepare(Preparation&)                  keeps what the step needs of one input beside its features;
///   void operator()(weights, scene, encoding, dropout) const   works on the encoding of that input.
/// Its layers are indices into the weights, so a copy of a step is cheap: each input has copies of its network's steps,
/// pruned and prepared.
using Step = std::variant<Pool, Unpool, FamilyStep, MaskStep, Categorise, Assign>;

LevelRange levels_of(const Step& step);

/// The steps of a recipe, whose parameters are added to the table. Order "up-down": fine to coarse pool and attend
/// (self, siblings, children), then coarse to fine unpool and attend (with ancestors); every level has its own width
/// and weights; blocks on "clusters" leave the leaves to pooling and unpooling. Order "together": pool upwards, then
/// blocks in which all levels attend at once with shared weights; a model of parts categorises before the first block.
/// Where the hierarchy is learned, a level is assigned before it is pooled, after a block over its siblings if no other
/// came before.
std::vector<Step> build_steps(ParameterTable& table, const Recipe& recipe);

/// The same steps without what cannot reach the levels that are read in the end (`read[l]`): some change fewer levels,
/// and those that nothing depends on change none. What is left computes the same.
std::vector<Step> pruned(std::vector<Step> steps, std::vector<bool> read);

}  // namespace treewalk
