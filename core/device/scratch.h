// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

namespace treewalk {

/// While one lives, arrays of the calling thread are in memory, also where a Scratch lives: those of a tile, for which
/// the limit has room.
class InMemory {
 public:
  InMemory();
  ~InMemory();
  InMemory(const InMemory&) = delete;
  InMemory& operator=(const InMemory&) = delete;
};

/// Tensors on the CPU ask Scratch for their place from now on.
void keep_tensors_in_scratch();

}  // namespace treewalk
