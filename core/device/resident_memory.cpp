// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <malloc.h>
#include <unistd.h>

#include <fstream>

#include "treewalk/memory.h"

namespace treewalk {

std::int64_t resident_memory(const std::filesystem::path& root) {
  std::ifstream in(root / "proc/self/statm");  // in pages: size of the address space, what is in memory, ...
  std::int64_t pages = 0;
  return in >> pages >> pages && pages > 0 ? pages * ::sysconf(_SC_PAGESIZE) : 0;
}

void give_back_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int kAll = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, kAll);  // longer arrays are mapped for themselves, and unmapped when freed
  mallopt(M_TRIM_THRESHOLD, kAll);
#endif
}

}  // namespace treewalk
