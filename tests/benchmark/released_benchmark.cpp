// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Usage: released_benchmark [MODEL.treewalk | RECIPE.json] [--threads N] [--repeat N] [--memory MB] [--seconds S]
//                           [--sizes N,N,...] [--pruned] [--train RECIPE.json] [--batch N]
//
// Time and peak memory against a cloud's number of points, all threads on one cloud (the time until one result) and
// a cloud for each thread (the most clouds per second): the released classifier of Sequoia (TMLR 2024) as
// specified (tests/released), batch 1, in evaluation, and a classification model of treewalk's through load_model and
// Session::classify. Both get the same made-up surfaces, points and normals, in memory; the time runs from there to the
// scores, hierarchies included. A recipe instead of a model is run with fresh weights, which take the same time.
//
// --pruned   the released network without what cannot reach its result, its dead layers too: an exact saving that the
//            release does not make
// --train    training throughput as well: clouds per second of steps of --batch clouds (24) of 1024 points
// --memory   largest estimated memory of a released row (6000); it is also the child's limit
// --seconds  longest time of a released row, all its runs together, going by the last two sizes (120)
//
// Every measurement runs in a process of its own, so that one peak does not hide another and a lack of memory ends
// only one row. Peak memory is what comes on top of the loaded network and the clouds. Processor time (ms, all threads)
// tells more than wall time on a busy machine.
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "core/device/cpu.h"
#include "core/device/parallel.h"
#include "core/device/threads.h"
#include "core/model/model_file.h"
#include "core/recipe/strict_json.h"
#include "tests/benchmark/surface_cloud.h"
#include "tests/benchmark/timing.h"
#include "tests/benchmark/training_speed.h"
#include "tests/sequoia_reference/network.h"
#include "treewalk/session.h"

using namespace treewalk;

namespace {

struct Settings {
  std::string model, recipe;
  int threads = 1, repeat = 3, batch = 24;
  double memory_mb = 6000, seconds = 120;
  bool pruned = false;
  std::vector<std::int64_t> sizes{1024, 2048, 4096, 8192, 16384, 32768, 65536};
};

constexpr std::int64_t kTrainingPoints = 1024;

/// What a child tells its parent.
struct Figures {
  double seconds = 0, processor = 0, peak_mb = 0;
};

/// Runs work in a child; nothing when it failed, which it has then said on stderr, or was killed.
template <class Work>
std::optional<Figures> in_a_process_of_its_own(const Work& work) {
  std::fflush(stdout);
  int ends[2];
  if (pipe(ends) != 0) throw Error("no pipe for a child process");
  const pid_t child = fork();
  if (child == 0) {
    int status = 1;
    try {
      const Figures figures = work();
      status = write(ends[1], &figures, sizeof figures) == sizeof figures ? 0 : 1;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", std::string(error.what(), 0, std::string(error.what()).find('\n')).c_str());
    }
    _exit(status);
  }
  close(ends[1]);
  Figures figures;
  const bool complete = read(ends[0], &figures, sizeof figures) == sizeof figures;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return complete && status == 0 ? std::optional(figures) : std::nullopt;
}

/// A line of /proc/self/status in MB.
double status_mb(const std::string& key) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.rfind(key + ":", 0) == 0) return std::atof(line.c_str() + key.size() + 1) / 1024;
  return 0;
}

/// How `threads` share the work: all on one cloud, or each with a cloud of its own.
enum class Sharing { kOneCloud, kCloudEach };

/// Per cloud: medians of `repeat` runs of work(r) after one that does not count, and the memory they add at their peak.
/// A small run before keeps code that is loaded once out of both.
template <class Small, class Work>
Figures measured(int repeat, int threads, Sharing sharing, const Small& small, const Work& work) {
  const ThreadCount own_threads(threads);
  const int clouds = sharing == Sharing::kCloudEach ? threads : 1;
  small();
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << 5;  // the peak starts anew
  const double before = status_mb("VmRSS");
  int run = 0;
  std::vector<Timing> side{{"", [&] {
                              parallel_tasks(clouds, [&](std::int64_t) { work(run); });
                              ++run;
                            }}};
  measure(side, repeat);
  return {Timing::median(side[0].seconds) / clouds, Timing::median(side[0].processor) / clouds,
          status_mb("VmHWM") - before};
}

sequoia_reference::Surface cloud_of_run(std::int64_t points, int run) {
  return sequoia_reference::made_up_surface(run % sequoia_reference::kSurfaceKinds, points, run);
}

std::vector<sequoia_reference::Surface> surfaces_of_runs(std::int64_t points, int repeat) {
  std::vector<sequoia_reference::Surface> surfaces;
  for (int run = 0; run <= repeat; ++run) surfaces.push_back(cloud_of_run(points, run));
  return surfaces;
}

/// Distances, sorted distances and their order, and per point what is gathered for 8 siblings and 16 neighbours.
double estimated_mb(std::int64_t points) {
  return (double(points) * double(points) * (4 + 8 + 4) + double(points) * 30000) / 1e6 + 200;
}

Figures of_released(const Settings& settings, std::int64_t points, Sharing sharing) {
  const auto limit = static_cast<rlim_t>((settings.memory_mb + 1000) * 1e6);
  const rlimit data{limit, limit};
  setrlimit(RLIMIT_DATA, &data);
  const sequoia_reference::Classifier network(1);
  sequoia_reference::Switches switches;
  switches.pruned = settings.pruned;
  const auto classify = [&](const sequoia_reference::Surface& surface) {
    const at::NoGradGuard no_gradients;
    network(sequoia_reference::make_batch({sequoia_reference::build_tree(surface.position)}, {surface.normal}),
            switches, {});
  };
  const auto surfaces = surfaces_of_runs(points, settings.repeat);
  return measured(
      settings.repeat, settings.threads, sharing, [&] { classify(cloud_of_run(64, 0)); },
      [&](int run) { classify(surfaces[run]); });
}

Figures of_treewalk(const Settings& settings, const std::string& model, std::int64_t points, Sharing sharing) {
  RunOptions options;
  options.threads = settings.threads;
  const Session session(load_model(model), options);
  std::vector<Cloud> clouds;
  for (const auto& surface : surfaces_of_runs(points, settings.repeat)) clouds.push_back(surface_cloud(surface));
  const Cloud small = surface_cloud(cloud_of_run(64, 0));
  return measured(
      settings.repeat, settings.threads, sharing, [&] { session.classify(small.view()); },
      [&](int run) { session.classify(clouds[run].view()); });
}

/// Seconds of one run by a power law through the last two sizes; 0 while there are fewer.
double extrapolated(const std::vector<std::pair<std::int64_t, double>>& known, std::int64_t points) {
  if (known.size() < 2) return 0;
  const auto& [n1, t1] = known[known.size() - 2];
  const auto& [n2, t2] = known.back();
  const double power = std::log(t2 / t1) / std::log(double(n2) / double(n1));
  return t2 * std::pow(double(points) / double(n2), power);
}

void print(const std::optional<Figures>& figures, std::int64_t points) {
  if (figures)
    std::printf(" %9.2f %9.2f %9.0f %9.2f %8.1f", 1e3 * figures->seconds, 1e3 * figures->processor,
                1e9 * figures->seconds / double(points), 1 / figures->seconds, figures->peak_mb);
  else
    std::printf(" %48s", "failed");
}

void print(const Settings& settings, const char* sharing, const std::optional<Figures>& theirs, const char* reason,
           const std::optional<Figures>& ours, std::int64_t points) {
  std::printf("%8ld %-10s |", static_cast<long>(points), sharing);
  if (reason[0])
    std::printf(" %48s", reason);
  else
    print(theirs, points);
  std::printf(" |");
  if (settings.model.empty())
    std::printf(" %48s", "no model given");
  else
    print(ours, points);
  std::printf(" |");
  if (theirs && ours) std::printf(" %6.1f %6.1f", theirs->seconds / ours->seconds, theirs->processor / ours->processor);
  std::printf("\n");
}

void compare_sizes(const Settings& settings, const std::string& model) {
  std::printf("%19s |%49s |%49s | %s\n", "", settings.pruned ? "released, pruned" : "released, as specified",
              "treewalk", "times faster,");
  std::printf("%8s %-10s |", "points", "threads");
  for (int side = 0; side < 2; ++side)
    std::printf(" %9s %9s %9s %9s %8s |", "ms", "processor", "ns/point", "clouds/s", "peak MB");
  std::printf(" less processor\n");
  std::vector<std::pair<std::int64_t, double>> known;  // a released row's time, all threads on one cloud
  for (const std::int64_t points : settings.sizes)
    for (const Sharing sharing : {Sharing::kOneCloud, Sharing::kCloudEach}) {
      const bool together = sharing == Sharing::kCloudEach;
      if (together && settings.threads == 1) continue;
      const double memory = estimated_mb(points) * (together ? settings.threads : 1);
      const double all_runs = extrapolated(known, points) * (settings.repeat + 1) * (together ? settings.threads : 1);
      std::optional<Figures> theirs, ours;
      char reason[64] = "";
      if (memory > settings.memory_mb)
        std::snprintf(reason, sizeof reason, "skipped: needs about %.0f MB", memory);
      else if (all_runs > settings.seconds)
        std::snprintf(reason, sizeof reason, "skipped: would take about %.0f s", all_runs);
      else
        theirs = in_a_process_of_its_own([&] { return of_released(settings, points, sharing); });
      if (theirs && !together) known.emplace_back(points, theirs->seconds);
      if (!model.empty()) ours = in_a_process_of_its_own([&] { return of_treewalk(settings, model, points, sharing); });
      print(settings, together ? "cloud each" : "one cloud", theirs, reason, ours, points);
    }
}

/// The file itself, or a model with fresh weights of the recipe in `folder`.
std::string model_of(const std::string& file, const std::filesystem::path& folder) {
  if (std::filesystem::path(file).extension() != ".json") return file;
  const auto model = folder / "fresh.treewalk";
  const auto made = in_a_process_of_its_own([&] {
    const Recipe recipe = read_recipe(file);
    const Network network(recipe);
    at::Tensor flat;
    initial_weights(network.parameters(), 1, &flat);
    write_model(model, recipe, network, flat, Json::object());
    return Figures{};
  });
  if (!made) throw Error("no model could be made from " + file);
  return model.string();
}

void compare_training(const Settings& settings) {
  std::printf("\ntraining, steps of %d clouds of %ld points\n", settings.batch, static_cast<long>(kTrainingPoints));
  const auto side = [&](const char* name, const auto& clouds_per_second) {
    const auto figures = in_a_process_of_its_own([&] {
      at::set_num_threads(settings.threads);
      const double before = status_mb("VmRSS");
      const double seconds = 1 / clouds_per_second();
      return Figures{seconds, 0, status_mb("VmHWM") - before};
    });
    if (figures)
      std::printf("  %-24s %9.2f clouds/s, %9.1f ms per cloud, peak %9.1f MB, weights and optimiser included\n", name,
                  1 / figures->seconds, 1e3 * figures->seconds, figures->peak_mb);
    return figures;
  };
  const auto theirs = side("released, as specified", [&] {
    return released_training_clouds_per_second(settings.batch, kTrainingPoints, settings.repeat);
  });
  const auto ours = side("treewalk", [&] {
    return our_training_clouds_per_second(settings.recipe, settings.batch, kTrainingPoints, settings.repeat);
  });
  if (theirs && ours) std::printf("  treewalk is %.1f times faster\n", theirs->seconds / ours->seconds);
}

std::vector<std::int64_t> sizes_of(const std::string& list) {
  std::vector<std::int64_t> sizes;
  std::stringstream stream(list);
  for (std::string size; std::getline(stream, size, ',');) sizes.push_back(std::stoll(size));
  return sizes;
}

Settings settings_of(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&] {
      if (i + 1 >= argc) throw Error(word + " needs a value");
      return std::string(argv[++i]);
    };
    if (word == "--threads") {
      settings.threads = std::stoi(value());
    } else if (word == "--repeat") {
      settings.repeat = std::max(3, std::stoi(value()));
    } else if (word == "--memory") {
      settings.memory_mb = std::stod(value());
    } else if (word == "--seconds") {
      settings.seconds = std::stod(value());
    } else if (word == "--sizes") {
      settings.sizes = sizes_of(value());
    } else if (word == "--pruned") {
      settings.pruned = true;
    } else if (word == "--train") {
      settings.recipe = value();
    } else if (word == "--batch") {
      settings.batch = std::stoi(value());
    } else if (word[0] == '-' || !settings.model.empty()) {
      throw Error("unknown argument " + word + "; the head of tests/benchmark/released_benchmark.cpp lists them");
    } else {
      settings.model = word;
    }
  }
  return settings;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Settings settings = settings_of(argc, argv);
    std::printf("released network against treewalk: %s, %d threads, medians of %d\n", cpu_capability(),
                settings.threads, settings.repeat);
    auto pattern = (std::filesystem::temp_directory_path() / "treewalk-XXXXXX").string();
    const std::filesystem::path folder = mkdtemp(pattern.data());
    if (!settings.sizes.empty()) compare_sizes(settings, model_of(settings.model, folder));
    std::filesystem::remove_all(folder);
    if (!settings.recipe.empty()) compare_training(settings);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
