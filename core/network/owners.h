// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/geometry/graph.h"

namespace treewalk {

/// A small table of the CPU where a device's operators read it; the host does not wait.
inline at::Tensor on_device(const at::Tensor& table, c10::Device device) {
  return table.to(device, table.scalar_type(), /*non_blocking=*/true);
}

/// Groups of neighbouring rows, and what unpool_rows and pool_rows need of them. `first` [groups+1] int32 says where
/// they begin, on the device of the rows; the host waits for nothing.
struct Owners {
  at::Tensor group;  ///< int32: the group of each row
  Csr members;       ///< the rows of each group
};

/// Of all rows 0 .. rows-1, which the groups hold.
Owners owners_of_rows(const at::Tensor& first, std::int64_t rows);
/// Of some rows alone: place [S] int32, ascending.
Owners owners_of_places(const at::Tensor& first, const at::Tensor& place);

}  // namespace treewalk
