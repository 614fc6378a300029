// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <c10/core/CPUAllocator.h>

#include <cstring>

#include "core/device/scratch.h"
#include "treewalk/scratch.h"

namespace treewalk {
namespace {

/// Long tensors in files, all others where they were.
class Tensors final : public c10::Allocator {
 public:
  explicit Tensors(c10::Allocator& others) : others_(others) {}

  c10::DataPtr allocate(std::size_t bytes) override {
    void* const array = Scratch::allocate(bytes);
    if (array == nullptr) return others_.allocate(bytes);
    return {array, array, [](void* at) { Scratch::deallocate(at); }, c10::Device(c10::kCPU)};
  }
  // Plain pointers are not asked for here: who frees them may not know whose they are.
  void copy_data(void* to, const void* from, std::size_t bytes) const override { std::memcpy(to, from, bytes); }

 private:
  c10::Allocator& others_;
};

}  // namespace

void keep_tensors_in_scratch() {
  static Tensors tensors(*c10::GetCPUAllocator());
  c10::SetCPUAllocator(&tensors);
}

}  // namespace treewalk
