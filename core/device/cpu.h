// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

namespace treewalk {

/// Instruction sets that kernels are compiled for; each contains those before it.
enum class Cpu { kBaseline, kAvx2, kAvx512 };

/// The best instruction set of this machine.
Cpu best_cpu();

/// The instruction set that kernels use: the best one, or a lesser one named by the environment variable TREEWALK_CPU
/// (baseline, avx2, avx512) when first asked.
Cpu cpu();

/// Lets kernels use another instruction set from now on, for tests and benchmarks.
void use_cpu(Cpu cpu);

/// The one of three forms of a kernel that is for the instruction set in use.
template <class T>
const T& choose(const T& baseline, const T& avx2, const T& avx512) {
  const Cpu set = cpu();
  return set == Cpu::kAvx512 ? avx512 : set == Cpu::kAvx2 ? avx2 : baseline;
}

/// "baseline", "avx2" or "avx512".
const char* name_of(Cpu cpu);
const char* cpu_capability();

}  // namespace treewalk
