// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Usage: inference_benchmark MODEL [CLOUD...] [--threads N] [--repeat N] [--density D]
//
// Points per second of Session::segment by stage. First on the clouds given (file reading apart), then on made-up
// table tops of growing size and the density of a depth camera's, with the peak memory per point beyond the cloud
// itself. Every size runs in a process of its own, so that one peak does not hide another.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "treewalk/io.h"
#include "treewalk/session.h"

using namespace treewalk;

namespace {

struct Measurement {
  double points = 0, seconds = 0;
  std::map<std::string, double> stage;
  std::vector<std::string> order;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Medians over `repeat` runs after one that does not count.
Measurement measure(const Session& session, const CloudView& cloud, int repeat) {
  Measurement result;
  result.points = static_cast<double>(cloud.size);
  std::vector<double> seconds;
  std::map<std::string, std::vector<double>> stage;
  for (int r = -1; r < repeat; ++r) {
    const auto start = std::chrono::steady_clock::now();
    const auto labels = session.segment(cloud);
    const double spent = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (r < 0) continue;
    seconds.push_back(spent);
    for (const auto& s : labels.stages) stage[s.name].push_back(s.seconds);
    if (r == 0)
      for (const auto& s : labels.stages) result.order.push_back(s.name);
  }
  result.seconds = median(seconds);
  for (const auto& [name, values] : stage) result.stage[name] = median(values);
  return result;
}

/// A table with a box every quarter of a metre and `density` points in a square centimetre, seen from a metre above.
Cloud table_top(std::int64_t points, double density) {
  Cloud cloud;
  cloud.stride = 16;
  cloud.fields = {{"x", 0, Scalar::float32, 1}, {"y", 4, Scalar::float32, 1}, {"z", 8, Scalar::float32, 1}};
  cloud.width = points;
  cloud.data.resize(static_cast<std::size_t>(points) * cloud.stride);
  const double side = std::sqrt(static_cast<double>(points) / density) * 0.01;
  std::uint64_t state = 1;
  const auto uniform = [&] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(state >> 11) * 0x1p-53;
  };
  for (std::int64_t i = 0; i < points; ++i) {
    const double x = side * uniform(), y = side * uniform();
    const double u = std::fmod(x, 0.25), v = std::fmod(y, 0.25);
    const double height = u > 0.08 && u < 0.16 && v > 0.06 && v < 0.18 ? 0.1 : 0;
    const float p[3] = {float(x - side / 2), float(y - side / 2), float(1 - height + 0.002 * (uniform() - 0.5))};
    std::memcpy(cloud.data.data() + i * cloud.stride, p, sizeof p);
  }
  return cloud;
}

double peak_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void in_a_process_of_its_own(const std::function<void()>& work) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    work();
    std::fflush(stdout);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) std::exit(1);
}

/// What the command line says.
struct Settings {
  std::string model;
  std::vector<std::string> clouds;
  RunOptions options;
  int repeat = 7;
  double density = 15;  ///< points in a square centimetre, as a depth camera sees a table a metre away
};

Settings settings_of(int argc, char** argv) {
  Settings settings;
  settings.options.threads = 2;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--threads" && i + 1 < argc) {
      settings.options.threads = std::atoi(argv[++i]);
    } else if (word == "--repeat" && i + 1 < argc) {
      settings.repeat = std::atoi(argv[++i]);
    } else if (word == "--density" && i + 1 < argc) {
      settings.density = std::atof(argv[++i]);
    } else if (settings.model.empty()) {
      settings.model = word;
    } else {
      settings.clouds.push_back(word);
    }
  }
  return settings;
}

void given_clouds(const Settings& settings) {
  const Session session(load_model(settings.model), settings.options);
  const auto& clouds = settings.clouds;
  Measurement all;
  for (const auto& file : clouds) {
    const auto cloud = read_cloud(file);
    std::int64_t finite = 0;
    const auto view = cloud.view();
    for (std::int64_t i = 0; i < cloud.size(); ++i)
      finite += std::isfinite(view.value(i, *view.find("x")) + view.value(i, *view.find("y")) +
                              view.value(i, *view.find("z")));
    const auto one = measure(session, view, settings.repeat);
    all.points += static_cast<double>(finite);
    all.seconds += one.seconds;
    all.order = one.order;
    for (const auto& [name, seconds] : one.stage) all.stage[name] += seconds;
  }
  std::printf(
      "%ld parameters, %zu clouds, %.0f finite points each, %d threads: %.1f ms a cloud, %.2f million points/s\n",
      static_cast<long>(model_info(session.model()).parameters), clouds.size(), all.points / clouds.size(),
      settings.options.threads, 1e3 * all.seconds / clouds.size(), all.points / all.seconds / 1e6);
  for (const auto& name : all.order)
    std::printf("  %-26s %7.2f ms  %4.1f %%\n", name.c_str(), 1e3 * all.stage[name] / clouds.size(),
                100 * all.stage[name] / all.seconds);
}

void made_up_cloud(const Settings& settings, std::int64_t points) {
  const Session session(load_model(settings.model), settings.options);
  const auto cloud = table_top(points, settings.density);
  const double before = peak_mb();
  const auto one = measure(session, cloud.view(), std::max(3, settings.repeat / 2));
  std::printf("%10ld %12.1f %12.1f %14.2f %16.0f\n", static_cast<long>(points), 1e3 * one.seconds,
              1e9 * one.seconds / one.points, one.points / one.seconds / 1e6,
              (peak_mb() - before) * 1048576 / one.points);
  for (const auto& name : one.order)
    std::printf("           %-26s %8.1f ns/point\n", name.c_str(), 1e9 * one.stage.at(name) / one.points);
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings = settings_of(argc, argv);
  if (settings.model.empty()) {
    std::fprintf(stderr, "usage: inference_benchmark MODEL [CLOUD...] [--threads N] [--repeat N] [--density D]\n");
    return 2;
  }
  if (!settings.clouds.empty()) in_a_process_of_its_own([&] { given_clouds(settings); });
  std::printf("\nmade-up table tops, %d threads\n%10s %12s %12s %14s %16s\n", settings.options.threads, "points", "ms",
              "ns/point", "million/s", "bytes/point peak");
  for (const std::int64_t points : {250'000, 1'000'000, 4'000'000})
    in_a_process_of_its_own([&] { made_up_cloud(settings, points); });
  return 0;
}
