// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// All that this program and its libraries allocate by `new`: long arrays are where --scratch says.
#include <treewalk/scratch.h>

#include <cstdlib>
#include <new>

namespace {

void* array(std::size_t bytes) {
  if (void* const found = treewalk::Scratch::allocate(bytes)) return found;
  for (;;) {
    if (void* const found = std::malloc(bytes > 0 ? bytes : 1)) return found;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

void* array_or_nothing(std::size_t bytes) noexcept {
  try {
    return array(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void release(void* array) noexcept {
  if (!treewalk::Scratch::deallocate(array)) std::free(array);
}

}  // namespace

void* operator new(std::size_t bytes) { return array(bytes); }
void* operator new[](std::size_t bytes) { return array(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return array_or_nothing(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return array_or_nothing(bytes); }
void operator delete(void* array) noexcept { release(array); }
void operator delete[](void* array) noexcept { release(array); }
void operator delete(void* array, std::size_t) noexcept { release(array); }
void operator delete[](void* array, std::size_t) noexcept { release(array); }
void operator delete(void* array, const std::nothrow_t&) noexcept { release(array); }
void operator delete[](void* array, const std::nothrow_t&) noexcept { release(array); }
