// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/cpu.h"

#include <c10/util/Exception.h>

#include <atomic>
#include <cstdlib>
#include <string>

namespace treewalk {
namespace {

Cpu chosen_cpu() {
  const char* wanted = std::getenv("TREEWALK_CPU");
  if (!wanted || !*wanted) return best_cpu();
  for (const Cpu cpu : {Cpu::kBaseline, Cpu::kAvx2, Cpu::kAvx512}) {
    if (std::string(wanted) != name_of(cpu)) continue;
    TORCH_CHECK(cpu <= best_cpu(), "TREEWALK_CPU asks for ", wanted, ", but this machine has ", name_of(best_cpu()));
    return cpu;
  }
  TORCH_CHECK(false, "TREEWALK_CPU must be baseline, avx2 or avx512, got '", wanted, "'");
}

std::atomic<Cpu>& choice() {
  static std::atomic<Cpu> chosen{chosen_cpu()};
  return chosen;
}

}  // namespace

Cpu best_cpu() {
#ifdef __x86_64__
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi");
  if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
    return Cpu::kAvx512;
  if (avx2) return Cpu::kAvx2;
#endif
  return Cpu::kBaseline;
}

Cpu cpu() { return choice(); }

void use_cpu(Cpu cpu) {
  TORCH_CHECK(cpu <= best_cpu(), "this machine has no ", name_of(cpu));
  choice() = cpu;
}

const char* name_of(Cpu cpu) { return cpu == Cpu::kAvx512 ? "avx512" : cpu == Cpu::kAvx2 ? "avx2" : "baseline"; }

const char* cpu_capability() { return name_of(cpu()); }

}  // namespace treewalk
