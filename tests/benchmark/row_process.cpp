// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/benchmark/row_process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <string>

#include "core/device/parallel.h"
#include "core/device/threads.h"
#include "tests/benchmark/timing.h"
#include "treewalk/cloud.h"

namespace treewalk {

std::optional<Figures> in_a_process_of_its_own(const std::function<Figures()>& work) {
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

double status_mb(const char* key) {
  std::ifstream file("/proc/self/status");
  const std::size_t length = std::strlen(key);
  for (std::string line; std::getline(file, line);)
    if (line.compare(0, length, key) == 0 && line[length] == ':') return std::atof(line.c_str() + length + 1) / 1024;
  return 0;
}

Figures measured(const Run& run, const std::function<void()>& small, const std::function<void(int)>& work) {
  const ThreadCount own_threads(run.threads);
  const int clouds = run.cloud_each ? run.threads : 1;
  small();
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << 5;  // the peak starts anew
  const double before = status_mb("VmRSS");
  int turn = 0;
  std::vector<Timing> side{{"", [&] {
                              parallel_tasks(clouds, [&](std::int64_t) { work(turn); });
                              ++turn;
                            }}};
  measure(side, run.repeat);
  Figures figures;
  figures.seconds = Timing::median(side[0].seconds) / clouds;
  figures.processor = Timing::median(side[0].processor) / clouds;
  figures.system = side[0].system() / clouds;
  figures.peak_mb = status_mb("VmHWM") - before;
  return figures;
}

Figures per_cloud(Figures figures, int clouds) {
  for (double* time : {&figures.seconds, &figures.processor, &figures.system}) *time /= clouds;
  return figures;
}

std::vector<sequoia_reference::Surface> surfaces_of_runs(std::int64_t points, int repeat) {
  std::vector<sequoia_reference::Surface> surfaces;
  for (int run = 0; run <= repeat; ++run)
    surfaces.push_back(sequoia_reference::made_up_surface(run % sequoia_reference::kSurfaceKinds, points, run));
  return surfaces;
}

sequoia_reference::Surface small_surface() { return sequoia_reference::made_up_surface(0, 64, 0); }

}  // namespace treewalk
