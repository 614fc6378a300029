// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/features/box.h"

#include <ATen/ops/amax.h>
#include <ATen/ops/amin.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>

#include "core/geometry/bounds.h"

namespace treewalk {

at::Tensor box_of(const at::Tensor& position) {
  if (!position.is_cpu()) return at::stack({position.amin(0), position.amax(0)});
  const Bounds bounds = parallel_bounds(position.const_data_ptr<float>(), position.size(0));
  at::Tensor box = at::empty({2, 3}, at::kFloat);
  float* to = box.mutable_data_ptr<float>();
  for (int a = 0; a < 3; ++a) {
    to[a] = static_cast<float>(bounds.lower[a]);
    to[3 + a] = static_cast<float>(bounds.upper[a]);
  }
  return box;
}

}  // namespace treewalk
