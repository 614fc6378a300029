// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Usage: robustness_benchmark MODEL DATA [SPLIT [THREADS]]
// How a classifier holds out where clouds differ from those that it was trained on: other numbers of points, noise,
// units, rotation, and halves. Every cloud of the split is changed in the same way in each row; prints overall accuracy
// and clouds per second. More points than a cloud has are made between neighbouring points. At how many points of a
// cloud the model looks stands in the first line: what is beyond is thinned out before anything is computed, and costs
// no more than that.
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/device/random.h"
#include "core/device/threads.h"
#include "core/geometry/knn.h"
#include "core/model/model_file.h"
#include "treewalk/layouts.h"
#include "treewalk/session.h"

namespace {

using treewalk::Cloud;
using Points = std::vector<float>;  // x y z of each

Points points_of(const Cloud& cloud) {
  const auto view = cloud.view();
  Points points;
  for (std::int64_t i = 0; i < view.size; ++i)
    for (const char* axis : {"x", "y", "z"}) points.push_back(static_cast<float>(view.value(i, *view.find(axis))));
  return points;
}

std::int64_t size_of(const Points& points) { return static_cast<std::int64_t>(points.size() / 3); }

double longest_side(const Points& points) {
  double longest = 0;
  for (int a = 0; a < 3; ++a) {
    float low = INFINITY, high = -INFINITY;
    for (std::size_t i = a; i < points.size(); i += 3) low = std::min(low, points[i]), high = std::max(high, points[i]);
    longest = std::max(longest, static_cast<double>(high) - low);
  }
  return longest;
}

using Change = std::function<Points(const Points&, treewalk::RandomStream&)>;

Points some(const Points& from, std::int64_t count, treewalk::RandomStream& random) {
  Points to;
  const auto all = size_of(from);
  if (count <= all) {
    std::int64_t left = count;
    for (std::int64_t i = 0; i < all; ++i) {
      if (random.uniform() * static_cast<double>(all - i) >= static_cast<double>(left)) continue;
      to.insert(to.end(), from.begin() + 3 * i, from.begin() + 3 * i + 3);
      --left;
    }
    return to;
  }
  // New points on the lines from a point to one of its four nearest.
  const auto position = at::from_blob(const_cast<float*>(from.data()), {all, 3}, at::kFloat);
  const auto near = treewalk::knn(position, 4).index;
  const auto* index = near.const_data_ptr<std::int32_t>();
  to = from;
  while (size_of(to) < count) {
    const auto i = random.below(static_cast<std::uint32_t>(all));
    const auto j = index[4 * i + random.below(4)];
    const double t = random.uniform();
    for (int a = 0; a < 3; ++a)
      to.push_back(static_cast<float>(from[3 * i + a] + t * (from[3 * j + a] - from[3 * i + a])));
  }
  return to;
}

Points noisy(Points points, double sigma, treewalk::RandomStream& random) {
  const double width = sigma * longest_side(points);
  for (float& x : points) x += static_cast<float>(width * random.normal());
  return points;
}

Points turned(Points points, double degrees) {
  const double angle = degrees * M_PI / 180, c = std::cos(angle), s = std::sin(angle);
  for (std::size_t i = 0; i < points.size(); i += 3) {
    const double x = points[i], y = points[i + 1];
    points[i] = static_cast<float>(c * x - s * y);
    points[i + 1] = static_cast<float>(s * x + c * y);
  }
  return points;
}

/// The points on one side of the plane through the middle of the points, upright and in a random direction.
Points half(const Points& points, treewalk::RandomStream& random) {
  const double angle = random.uniform(0, 2 * M_PI), c = std::cos(angle), s = std::sin(angle);
  std::vector<double> along;
  for (std::size_t i = 0; i < points.size(); i += 3) along.push_back(c * points[i] + s * points[i + 1]);
  auto sorted = along;
  std::nth_element(sorted.begin(), sorted.begin() + sorted.size() / 2, sorted.end());
  Points kept;
  for (std::size_t i = 0; i < along.size(); ++i)
    if (along[i] >= sorted[sorted.size() / 2])
      kept.insert(kept.end(), points.begin() + 3 * i, points.begin() + 3 * i + 3);
  return kept;
}

Cloud cloud_of(const Points& points) {
  std::vector<float> axis[3];
  for (std::size_t i = 0; i < points.size(); ++i) axis[i % 3].push_back(points[i]);
  Cloud cloud;
  cloud.width = size_of(points);
  cloud.height = 1;
  cloud.set_field("x", axis[0]);
  cloud.set_field("y", axis[1]);
  cloud.set_field("z", axis[2]);
  return cloud;
}

void run(const std::string& model_file, const std::string& folder, const std::string& split, int threads) {
  const auto model = treewalk::load_model(model_file);
  treewalk::RunOptions options;
  options.threads = threads;
  const treewalk::Session session(model, options);
  std::printf("%ld parameters, looks at up to %d points of a cloud (0: all), %d threads\n",
              static_cast<long>(model->network.parameters().numel()), model->recipe.scene.points,
              treewalk::ThreadCount::resolve(threads));
  const auto data = treewalk::open_data(folder);
  std::vector<std::pair<std::string, Points>> clouds;  // class, points
  for (const auto& entry : data->list(split))
    clouds.emplace_back(entry.name.substr(0, entry.name.find('/')), points_of(data->read(entry)));

  std::vector<std::pair<std::string, Change>> rows;
  rows.emplace_back("as they are", [](const Points& p, auto&) { return p; });
  for (const std::int64_t count : {128, 256, 512, 2048, 8192, 32768, 100000})
    rows.emplace_back(std::to_string(count) + " points",
                      [count](const Points& p, auto& random) { return some(p, count, random); });
  for (const double sigma : {0.005, 0.01, 0.02})
    rows.emplace_back("noise of " + std::to_string(100 * sigma).substr(0, 3) + " % of the size",
                      [sigma](const Points& p, auto& random) { return noisy(p, sigma, random); });
  rows.emplace_back("in other units (x 1000)", [](Points p, auto&) {
    for (float& x : p) x *= 1000;
    return p;
  });
  for (const double angle : {10.0, 45.0, 90.0, 180.0})
    rows.emplace_back("turned by " + std::to_string(static_cast<int>(angle)) + " degrees",
                      [angle](const Points& p, auto&) { return turned(p, angle); });
  rows.emplace_back("one half missing", [](const Points& p, auto& random) { return half(p, random); });

  for (const auto& [name, change] : rows) {
    std::int64_t right = 0;
    double seconds = 0;
    for (std::size_t c = 0; c < clouds.size(); ++c) {
      treewalk::RandomStream random(1, c);
      const auto cloud = cloud_of(change(clouds[c].second, random));
      const auto start = std::chrono::steady_clock::now();
      const auto scores = session.classify(cloud.view());
      seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      right += !scores.empty() && scores.front().name == clouds[c].first;
    }
    std::printf("%-28s %6.2f %%  %7.1f clouds/s\n", name.c_str(), 100.0 * right / clouds.size(),
                clouds.size() / seconds);
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: robustness_benchmark MODEL DATA [SPLIT [THREADS]]\n");
    return 2;
  }
  try {
    run(argv[1], argv[2], argc > 3 ? argv[3] : "test", argc > 4 ? std::atoi(argv[4]) : 0);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "robustness_benchmark: error: %s\n", error.what());
    return 1;
  }
}
