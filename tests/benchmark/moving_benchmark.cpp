// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// A map that moves: each frame asks for the neighbours of a scan, adds it, and forgets as many of the oldest points.
// MovingSearch against a PointSearch that is made anew for each frame, for few queries; every row of every frame is
// compared. The sides take turns of all frames, so that the inner thread of one takes nothing from the other.
//   moving_benchmark [live points = 1000000] [frames = 60] [points a frame = 20000] [k = 5] [threads = 2] [turns = 3]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tests/benchmark/timing.h"
#include "treewalk/moving_search.h"
#include "treewalk/search.h"

using namespace treewalk;

namespace {

struct Settings {
  std::int64_t live = 1000000, frames = 60, step = 20000;
  int k = 5, threads = 2, turns = 3;
};

CloudView view_of(const float* xyz, std::int64_t size) {
  return {reinterpret_cast<const std::byte*>(xyz),
          size,
          3 * sizeof(float),
          {{"x", 0, Scalar::float32, 1}, {"y", 4, Scalar::float32, 1}, {"z", 8, Scalar::float32, 1}}};
}

/// What a scanner sees that drives along x between walls: scans of ground and walls, 40 m to each side.
std::vector<float> drive(std::int64_t points, std::int64_t scan) {
  std::mt19937 random(1);
  std::normal_distribution<float> noise(0, 0.01f), along(0, 12);
  std::uniform_real_distribution<float> unit(0, 1);
  std::vector<float> xyz;
  xyz.reserve(static_cast<std::size_t>(3 * points));
  for (std::int64_t i = 0; i < points; ++i) {
    const float x = 1.5f * static_cast<float>(i / scan) + along(random), a = unit(random), b = unit(random);
    const bool wall = b < 0.4f;
    const float y = wall ? (a < 0.5f ? -12.0f : 12.0f) : 24 * a - 12, z = wall ? 8 * unit(random) : 0.1f * std::sin(x);
    xyz.insert(xyz.end(), {x, y + noise(random), z + noise(random)});
  }
  return xyz;
}

struct Frames {
  std::vector<double> seconds;
  double processor = 0;
  std::vector<std::vector<std::int64_t>> number;  ///< [frames][queries * k]
  std::vector<std::vector<float>> distance;
};

/// frame(f, number, distance) for each frame.
Frames run(const Settings& settings,
           const std::function<void(std::int64_t, std::vector<std::int64_t>&, std::vector<float>&)>& frame) {
  Frames result;
  const double before = processor_time();
  for (std::int64_t f = 0; f < settings.frames; ++f) {
    result.number.emplace_back(static_cast<std::size_t>(settings.step * settings.k), -1);
    result.distance.emplace_back(result.number.back().size(), -1.0f);
    const auto start = std::chrono::steady_clock::now();
    frame(f, result.number.back(), result.distance.back());
    result.seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  result.processor = processor_time() - before;
  return result;
}

/// Where a query's row goes.
template <class Index>
auto into(const Settings& settings, std::vector<std::int64_t>& number, std::vector<float>& distance,
          std::int64_t first) {
  return [&, first](std::int64_t query, const Index* index, const float* squared, std::int64_t found) {
    for (std::int64_t j = 0; j < found; ++j) {
      number[static_cast<std::size_t>(query * settings.k + j)] = first + index[j];
      distance[static_cast<std::size_t>(query * settings.k + j)] = squared[j];
    }
  };
}

void compare(const Settings& settings) {
  const std::int64_t step = settings.step;
  const std::vector<float> xyz = drive(settings.live + settings.frames * step, step);
  const std::vector<double> query(xyz.begin(), xyz.end());
  std::vector<double> median[2], worst[2], processor[2];
  std::int64_t wrong = 0;
  for (int turn = 0; turn < settings.turns; ++turn) {
    Frames sides[2];
    sides[0] = run(settings, [&](std::int64_t f, auto& number, auto& distance) {
      const std::int64_t first = f * step;  // of the points that are there
      const PointSearch search(view_of(&xyz[static_cast<std::size_t>(3 * first)], settings.live), nullptr,
                               settings.threads, true);
      search.nearest(&query[static_cast<std::size_t>(3 * (first + settings.live))], step, settings.k,
                     into<std::int32_t>(settings, number, distance, first), settings.threads);
    });
    MovingSearch map({0, 0, 0}, settings.threads);
    for (std::int64_t i = 0; i < settings.live; i += step)
      map.add(view_of(&xyz[static_cast<std::size_t>(3 * i)], std::min(step, settings.live - i)));
    sides[1] = run(settings, [&](std::int64_t f, auto& number, auto& distance) {
      const float* const scan = &xyz[static_cast<std::size_t>(3 * (settings.live + f * step))];
      map.nearest(&query[static_cast<std::size_t>(3 * (settings.live + f * step))], step, settings.k,
                  into<std::int64_t>(settings, number, distance, 0));
      map.add(view_of(scan, step));
      map.forget_oldest(step);
    });
    for (std::size_t f = 0; f < sides[0].number.size(); ++f)
      wrong += sides[0].number[f] != sides[1].number[f] || sides[0].distance[f] != sides[1].distance[f];
    for (int side = 0; side < 2; ++side) {
      median[side].push_back(Timing::median(sides[side].seconds));
      worst[side].push_back(*std::max_element(sides[side].seconds.begin(), sides[side].seconds.end()));
      processor[side].push_back(sides[side].processor / static_cast<double>(settings.frames));
    }
  }
  std::printf("%lld points, %lld a frame, k = %d, %d threads, %lld frames: %lld frames differ\n",
              static_cast<long long>(settings.live), static_cast<long long>(step), settings.k, settings.threads,
              static_cast<long long>(settings.frames), static_cast<long long>(wrong));
  const char* name[] = {"PointSearch made anew", "MovingSearch"};
  for (int side = 0; side < 2; ++side)
    std::printf(
        "  %-22s median frame %8.2f ms (%5.2f times faster), worst %8.2f ms (%.2f medians), processor %8.2f ms\n",
        name[side], Timing::median(median[side]) * 1e3, Timing::median(median[0]) / Timing::median(median[side]),
        Timing::median(worst[side]) * 1e3, Timing::median(worst[side]) / Timing::median(median[side]),
        Timing::median(processor[side]) * 1e3);
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  std::int64_t* const counts[] = {&settings.live, &settings.frames, &settings.step};
  int* const others[] = {&settings.k, &settings.threads, &settings.turns};
  for (int i = 1; i < argc && i < 7; ++i)
    if (i < 4)
      *counts[i - 1] = std::atoll(argv[i]);
    else
      *others[i - 4] = std::atoi(argv[i]);
  compare(settings);
}
