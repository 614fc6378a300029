// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/zeros.h>

namespace treewalk {

/// Where rows of so many entries begin: counts [n] int32 -> [n+1] int32. The sum must fit.
inline at::Tensor offsets_of(const at::Tensor& counts) {
  return at::cat({at::zeros({1}, counts.options()), counts.cumsum(0, at::kInt)});
}

}  // namespace treewalk
