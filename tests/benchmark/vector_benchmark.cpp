// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// Neighbours among rows of many columns: VectorSearch, asked row by row and for all at once, against
// pcl::KdTreeFLANN and nanoflann as they come, in turns, each by one thread. First every squared distance is compared.
// Rows come from a coloured cloud, such as a depth camera's scene: positions with a fourth number or with colours,
// FPFH and SHOT of its points; and from random numbers.
//   vector_benchmark CLOUD [repetitions = 5] [only the sets whose name begins so]
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/benchmark/timing.h"
#include "tests/benchmark/vector_sets.h"
#include "tests/benchmark/vector_sides.h"

using namespace treewalk;

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: vector_benchmark CLOUD [repetitions] [sets]\n");
    return 2;
  }
  const int repetitions = argc > 2 ? std::atoi(argv[2]) : 5;
  const std::string only = argc > 3 ? argv[3] : "";
  const VectorSets sets(argv[1]);
  std::printf(
      "%-22s %8s %4s %3s %-16s | build ms: %8s %8s %8s (times less) | us a query: %8s %8s %8s %8s (times less) | "
      "differ\n",
      "rows", "number", "d", "k", "way", "PCL", "nanofl.", "ours", "PCL", "nanofl.", "ours", "at once");
  for (const VectorSets::Named& set : sets.names()) {
    if (set.name.compare(0, only.size(), only) != 0) continue;
    const VectorSet rows = sets.make(set);
    for (const int k : set.numbers) compare_sides(set.name, rows, k, repetitions);
  }
}
