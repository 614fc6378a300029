// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What a step of training takes by the number of nodes, with each kind of attention: one made-up surface of as many
// points as named, octree, features, forward, backward and update, on one thread; two blocks of 32 channels on each of
// the levels, the finest of which holds nearly a leaf a point. Every row in a process of its own.
//   step_benchmark [REPEATS [POINTS...]]   (by default 3, and 1,000 to 300,000)
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/benchmark/our_side.h"

using namespace treewalk;

namespace {

Recipe recipe_with(const std::string& attention, std::int64_t points) {
  // A surface in a box of n cells an axis has about 3 n^2 leaves, and its points lie at random.
  const auto levels = static_cast<int>(std::ceil(std::log2(std::sqrt(static_cast<double>(points))))) + 2;
  std::string widths = "network.widths=[32";
  for (int level = 1; level < levels; ++level) widths += ",32";
  return parse_recipe(R"({"task": "classification", "unknown_id": 255,
      "classes": [{"id": 0, "name": "a"}, {"id": 1, "name": "b"}],
      "features": ["coordinates", "offset", "normal", "shape", "density", "covariance"],
      "network": {"normalise": "box", "orientation": "outward", "order": "up-down", "blocks": 2}})",
                      {"network.levels=" + std::to_string(levels), widths + "]",
                       "network.attention=\"" + attention + "\"", "network.points=" + std::to_string(points)});
}

}  // namespace

int main(int argc, char** argv) {
  Run run;
  run.repeat = argc > 1 ? std::atoi(argv[1]) : 3;
  std::vector<std::int64_t> sizes;
  for (int i = 2; i < argc; ++i) sizes.push_back(std::atoll(argv[i]));
  if (sizes.empty()) sizes = {1000, 3000, 10'000, 30'000, 100'000, 300'000};
  std::printf("%10s %10s  %-8s %12s %12s %12s %12s\n", "points", "leaves", "kind", "processor ms", "us a leaf",
              "wall ms", "peak MB");
  for (const std::int64_t points : sizes)
    for (const char* kind : {"family", "grf", "global"}) {
      const auto figures =
          in_a_process_of_its_own([&] { return our_training(run, recipe_with(kind, points), 1, points); });
      if (!figures) return 1;
      std::printf("%10lld %10.0f  %-8s %12.2f %12.2f %12.2f %12.0f\n", static_cast<long long>(points), figures->tokens,
                  kind, figures->processor * 1e3, figures->processor / figures->tokens * 1e6, figures->seconds * 1e3,
                  figures->peak_mb);
      std::fflush(stdout);
    }
}
