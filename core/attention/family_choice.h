// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

namespace treewalk {

/// Whom a node attends to in family attention.
struct FamilyChoice {
  bool siblings = true;
  bool children = true;
  int ancestors = 1;  ///< 0: no parent; 1: the parent; t: all ancestors up to t levels up
  bool self = true;
};

}  // namespace treewalk
