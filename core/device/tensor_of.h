// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <c10/core/ScalarType.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace treewalk {

/// A list as a tensor [n] of the type To, on the CPU: tensor_of<std::int32_t>(offsets). Numbers must fit; nothing
/// checks them. An empty list gives [0].
template <class To, class From>
at::Tensor tensor_of(const std::vector<From>& values) {
  const at::Tensor tensor = at::empty({static_cast<std::int64_t>(values.size())}, c10::CppTypeToScalarType<To>::value);
  std::transform(values.begin(), values.end(), tensor.mutable_data_ptr<To>(),
                 [](From x) { return static_cast<To>(x); });
  return tensor;
}

}  // namespace treewalk
