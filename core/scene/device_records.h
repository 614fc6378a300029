// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <cstdint>
#include <type_traits>

namespace treewalk {

/// Records in the memory of a tensor's device, which bodies write and later ones read, so that no host waits for them.
/// Not initialised.
template <class T>
class DeviceRecords {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  DeviceRecords() = default;
  explicit DeviceRecords(const at::Tensor& like, std::int64_t count = 1)
      : memory_(at::empty({count * static_cast<std::int64_t>(sizeof(T))}, like.options().dtype(at::kByte))) {}
  T* get() const { return reinterpret_cast<T*>(memory_.mutable_data_ptr<std::uint8_t>()); }

 private:
  at::Tensor memory_;
};

}  // namespace treewalk
