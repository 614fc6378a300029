// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>

#include "treewalk/export.h"

namespace treewalk {
/// \addtogroup training
/// @{

/// Processes, on one machine or on many, that do one thing together; this is one of them. They trust each other, and
/// whoever can reach the place where they meet: docs/distributed.md.
struct WorldOptions {
  int size = 1;  ///< processes in all; 1: this one works alone, and meets nobody
  int rank = 0;  ///< of this one: 0 to size - 1
  /// Where they meet: "HOST:PORT", an address of the machine of rank 0, which listens there and nowhere else; or a
  /// folder that all of them see (a path with a '/'), in which rank 0 writes where it listens.
  std::string rendezvous;
  std::string run;       ///< the same text in all of them, another one in those of another run that might meet there
  bool hosted = false;   ///< somebody else, such as torchrun, keeps a store of LibTorch at that address
  double seconds = 600;  ///< the longest that one of them waits for another before it gives up
};

/// What the launcher of this process says in its environment, in this order: RANK, WORLD_SIZE, MASTER_ADDR and
/// MASTER_PORT (torchrun, or set by hand), OMPI_COMM_WORLD_RANK and OMPI_COMM_WORLD_SIZE (mpirun), SLURM_PROCID and
/// SLURM_STEP_NUM_TASKS (srun). Without any of these: a process that works alone. Throws Error for variables that are
/// not whole numbers, do not fit each other, or do not say where to meet.
/// \param rendezvous instead of what the environment says; empty: what it says. Without it those of mpirun meet on
/// 127.0.0.1 if all run on one machine, those of srun on the first machine of the step.
/// \return what the environment says, with the default limit on waiting
TREEWALK_EXPORT WorldOptions world_of_environment(const std::string& rendezvous = "");

/// @}
}  // namespace treewalk
