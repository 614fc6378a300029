// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Usage: linear_benchmark [--threads N] [--repeat N] [--sizes N,N,...] [--neighbours K,K,...] [--heads H] [--width D]
//                         [--order curve|random|restored] [--backward]
//
// Cost per node of masked linear attention by every path over k-NN graphs of points on a wavy surface, beside linear
// attention without a mask; and, up to 4096 points, beside LibTorch's scaled_dot_product_attention over all pairs,
// without a mask and under the logarithm of a dense one, and the form with a dense mask that public code takes. What is
// made once a cloud (walks, patterns, dense masks) is timed apart. Walks: 8 repelling walkers of 4 hops, the last one
// in expectation (one-sided); for Phi Phi^T 16 walkers that halt with probability 0.25 within 4 hops, as the ICLR 2025
// paper walks. Features are relu's. Powers: exact over 2 hops, and thinned over 4. All in one run, medians; memory is
// that of walks and mask.
//
// --order     nodes along a space-filling curve (the default), as octrees and sessions have them, or in random order: a
//             row's nodes then lie anywhere in memory, and the cost of a node grows with their number; restored: in
//             random order, and brought near each other first, as MaskedAttention does. That is timed apart, and
//             moving rows of queries, keys, values and results with the attention
// --backward  forward and backward; the dense forms without the gradient of the modulation
//
// User and system time of all threads are printed apart: the latter is fresh memory, for the most part.
#include <ATen/Parallel.h>

#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include "core/device/cpu.h"
#include "tests/benchmark/linear_forms.h"

using namespace treewalk;

namespace {

std::vector<std::int64_t> numbers(const std::string& list) {
  std::vector<std::int64_t> found;
  std::stringstream stream(list);
  for (std::string one; std::getline(stream, one, ',');) found.push_back(std::stoll(one));
  return found;
}

int usage(const std::string& word) {
  std::fprintf(stderr, "what is %s? the head of tests/benchmark/linear_benchmark.cpp lists all\n", word.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  LinearSettings settings;
  std::vector<std::int64_t> sizes{10000, 100000, 1000000}, neighbours{6, 16};
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--backward") {
      settings.backward = true;
      continue;
    }
    if (i + 1 >= argc) return usage(word);
    const std::string value = argv[++i];
    if (word == "--threads")
      settings.threads = std::stoi(value);
    else if (word == "--repeat")
      settings.repeat = std::stoi(value);
    else if (word == "--sizes")
      sizes = numbers(value);
    else if (word == "--neighbours")
      neighbours = numbers(value);
    else if (word == "--heads")
      settings.heads = std::stoll(value);
    else if (word == "--width")
      settings.width = std::stoll(value);
    else if (word == "--order" && (value == "curve" || value == "random" || value == "restored"))
      settings.order = value == "curve"    ? LinearSettings::curve
                       : value == "random" ? LinearSettings::random
                                           : LinearSettings::restored;
    else
      return usage(word + " " + value);
  }
  at::set_num_threads(settings.threads);
  std::printf("masked linear attention: %s, %d threads, %ld heads x %ld, %s, nodes %s, medians of %d\n",
              cpu_capability(), settings.threads, static_cast<long>(settings.heads), static_cast<long>(settings.width),
              settings.backward ? "forward and backward" : "forward",
              settings.order == LinearSettings::curve ? "along a curve" : "in random order", settings.repeat);
  for (const auto k : neighbours)
    for (const auto points : sizes) LinearForms(settings, points, k).run();
}
