// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/distributed/rendezvous.h"
#include "core/distributed/world.h"

namespace treewalk {

std::unique_ptr<World> World::join(const WorldOptions& options) {
  check_world(options);
  if (options.size == 1) return nullptr;
  throw Error(
      "this LibTorch was built without its part for several processes (c10d with Gloo); use another, or one process");
}

}  // namespace treewalk
