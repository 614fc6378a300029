// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <cstdint>

#include "core/device/parallel.h"
#include "core/device/scratch.h"
#include "core/device/tape.h"

namespace treewalk {

/// Rows that go through several operations together where no gradient is wanted: so many that what one operation hands
/// to the next stays in the cache, and that a matrix product of them runs at nearly full speed.
constexpr std::int64_t kRowsTogether = 512;

/// work(begin, end) for all rows, which it computes one independently of the other: at once where `at_once` says so, as
/// work on a device and on what is recorded has to be, or where they are few; else some together.
template <class Work>
void for_rows(std::int64_t rows, bool at_once, const Work& work) {
  if (at_once || rows <= kRowsTogether) return work(std::int64_t{0}, rows);
  parallel_pieces(rows, kRowsTogether, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    // Threads of the pool do not inherit the caller's modes.
    const at::AutoDispatchBelowADInplaceOrView below_autograd;
    const at::NoGradGuard no_gradients;
    const InMemory short_lived;
    work(begin, end);
  });
}

/// The same for work that returns these rows of the result [rows, ...], of the type of `like`.
template <class Work>
at::Tensor rows_of_work(std::int64_t rows, std::int64_t columns, const at::Tensor& like, bool at_once,
                        const Work& work) {
  if (at_once || rows <= kRowsTogether) return work(std::int64_t{0}, rows);
  const auto result = at::empty({rows, columns}, like.options());
  for_rows(rows, false,
           [&](std::int64_t begin, std::int64_t end) { result.narrow(0, begin, end - begin).copy_(work(begin, end)); });
  return result;
}

/// Whether work on x has to go through all rows at once.
inline bool all_at_once(const at::Tensor& x, at::TensorList weights) {
  return !x.is_cpu() || is_recorded(weights) || is_recorded({x});
}

}  // namespace treewalk
