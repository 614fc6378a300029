// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/device/portable.h"

namespace treewalk {

/// The lanes that share one item. OneLane on the CPU; a warp or part of it on CUDA; host threads in tests.
/// A body strides its channels by rank() so that neighbouring lanes touch neighbouring memory.
/// sum, max and broadcast are collective: every lane calls them, equally often, and all get the same bits back.
struct OneLane {
  static constexpr int size = 1;
  HD int rank() const { return 0; }
  HD float sum(float x) const { return x; }
  HD double sum(double x) const { return x; }
  HD float max(float x) const { return x; }
  HD double max(double x) const { return x; }
  HD float broadcast(float x, int /*from*/) const { return x; }
  HD double broadcast(double x, int /*from*/) const { return x; }
};

}  // namespace treewalk
