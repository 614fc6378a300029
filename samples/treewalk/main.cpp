// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Idle threads of OpenMP spin by default, which costs whatever else runs (the threads that prepare training clouds, a
// robot's other nodes) its cores, and on a busy machine makes every parallel loop wait for its slowest turn. The OpenMP
// library reads its environment when it is loaded, and a library that is linked is loaded before main: so all of the
// program is a library too, which is loaded here, when the environment says that threads shall sleep.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  if (std::getenv("GOMP_SPINCOUNT") == nullptr) setenv("OMP_WAIT_POLICY", "passive", 0);
  void* commands = dlopen(TREEWALK_COMMANDS, RTLD_LAZY);
  void* function = commands == nullptr ? nullptr : dlsym(commands, "treewalk_main");
  if (function == nullptr) {
    std::fprintf(stderr, "treewalk: error: %s\n", dlerror());
    return 1;
  }
  return reinterpret_cast<int (*)(int, char**)>(function)(argc, argv);
}
