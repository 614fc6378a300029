// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <string>

#include "core/distributed/world.h"
#include "core/training/checkpoint.h"
#include "core/training/optimizer.h"

namespace treewalk {

// What processes that train together do before and after their steps. world: null for one process, where nothing is to
// be done. All of these are called by all processes.

/// work() in each process. Where it throws in one, all throw: the others Error with what that one said. It must not
/// call `world`.
void together(World* world, const std::function<void()>& work);

/// What rank 0 says.
bool as_rank_0(World* world, bool value);

/// Throws Error unless all processes are about to do the same: print is what must not differ.
void check_same_training(World* world, const std::string& print);

/// Throws Error for a batch that has no piece for each process.
void check_pieces(const World* world, int batch, int pieces);

/// The device of that name; of a GPU without a number, that with the process's number on its machine.
c10::Device device_of_rank(const World* world, const std::string& name);

/// Gives all processes the weights, moments and progress of rank 0.
void take_over(World* world, Optimizer& optimizer, Progress& progress);

/// One sentence for the user: how many gradients each process made.
std::string gradients_made(World* world, std::int64_t made);

}  // namespace treewalk
