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

/// "baseline", "avx2" or "avx512".
const char* name_of(Cpu cpu);
const char* cpu_capability();

}  // namespace treewalk
