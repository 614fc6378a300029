// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/device/cpu.h"

// Work in the widest registers that the machine has, with the bits that it has without: what wide() is given is
// compiled once per instruction set, with all that it calls and that can be inlined. What is not inlined stays code for
// every machine, so no instruction set leaks into functions that files share (see treewalk_simd in core/CMakeLists.txt,
// for kernels that are written for registers). Files that call wide() are compiled with -ffp-contract=off: a product
// and a sum must not become one instruction where there is such a one.

namespace treewalk {

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__CUDACC__)

template <class Work>
__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw"), flatten)) void work_on_avx512(const Work& work) {
  work();
}
template <class Work>
__attribute__((target("avx2"), flatten)) void work_on_avx2(const Work& work) {
  work();
}
template <class Work>
void wide(const Work& work) {
  switch (cpu()) {
    case Cpu::kAvx512:
      return work_on_avx512(work);
    case Cpu::kAvx2:
      return work_on_avx2(work);
    default:
      return work();
  }
}

#else

template <class Work>
void wide(const Work& work) {
  work();
}

#endif

}  // namespace treewalk
