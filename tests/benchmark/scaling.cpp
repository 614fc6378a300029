// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What more nodes than are here would bring, on paper: arithmetic with measured inputs, nothing is run.
//   scaling train PARAMETERS BATCH SECONDS [DELAY]
// A step of a training whose gradients are shared out: BATCH clouds of SECONDS each, a gradient of PARAMETERS floats,
// DELAY seconds (default 0.00005) for a message. For networks of 1, 10 and 100 Gbit/s: the share of the nodes' time
// that makes gradients. A step takes the most clouds of a rank times SECONDS; the bytes that a rank sends or receives,
// whichever is more, in World::sum (exchange of spans, then a ring that gathers); and delays: one of the exchange, and
// one less than nodes of that ring and of another that gathers weights before.
//   scaling files SIZES SECONDS_A_POINT SECONDS_A_FILE [FILES]
// Files (default 10000) of sizes drawn evenly from those in SIZES, a text with a number of points a line. For each
// number of nodes the share of their time that is work where each takes the next file when it has done one, the largest
// first or as they come, and where each has an equal run of files.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <numeric>
#include <queue>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/distributed/piece_tree.h"

namespace {

double number(const char* text) {
  std::size_t end = 0;
  const double value = std::stod(text, &end);
  if (text[end] != 0 || !(value >= 0))
    throw std::invalid_argument("'" + std::string(text) + "' is no number from 0 on");
  return value;
}

struct Network {
  double bytes_a_second, delay;
};

/// Seconds of a step of N ranks.
double step(int ranks, double parameters, int batch, double seconds, const Network& network) {
  const double share = 4 * std::ceil(parameters / ranks);
  std::vector<double> spans(ranks);
  for (int r = 0; r < ranks; ++r) spans[r] = static_cast<double>(treewalk::spans_of_rank(batch, r, ranks).size());
  const double all = std::accumulate(spans.begin(), spans.end(), 0.0);
  double bytes = 0, clouds = 0;
  for (int r = 0; r < ranks; ++r) {
    const double sent = share * spans[r] * (ranks - 1), received = share * (all - spans[r]);
    bytes = std::max({bytes, sent, received});
    clouds = std::max(clouds, static_cast<double>(treewalk::pieces_of_rank(batch, r, ranks).size()));
  }
  bytes += share * (ranks - 1);
  return clouds * seconds + bytes / network.bytes_a_second + network.delay * (1 + 2 * (ranks - 1));
}

void train(double parameters, int batch, double seconds, double delay) {
  std::printf("%d clouds of %g s, %g parameters, %g s a message\n", batch, seconds, parameters, delay);
  std::printf("| nodes | 1 Gbit/s | 10 Gbit/s | 100 Gbit/s |\n|---|---|---|---|\n");
  for (int ranks = 2; ranks <= std::min(batch, 64); ranks *= 2) {
    std::printf("| %d |", ranks);
    for (const double gigabits : {1.0, 10.0, 100.0}) {
      const double took = step(ranks, parameters, batch, seconds, {gigabits * 1e9 / 8, delay});
      std::printf(" %.1f %% |", 100 * batch * seconds / (ranks * took));
    }
    std::printf("\n");
  }
}

/// When the last of the nodes ends, of which each takes the next task when it has done one.
double by_counter(const std::vector<double>& tasks, int nodes) {
  std::priority_queue<double, std::vector<double>, std::greater<>> free;
  for (int n = 0; n < nodes; ++n) free.push(0);
  double end = 0;
  for (const double task : tasks) {
    const double at = free.top() + task;
    free.pop();
    free.push(at);
    end = std::max(end, at);
  }
  return end;
}

double by_equal_runs(const std::vector<double>& tasks, int nodes) {
  double end = 0;
  for (int n = 0; n < nodes; ++n) {
    const auto own = treewalk::pieces_of_rank(static_cast<std::int64_t>(tasks.size()), n, nodes);
    end = std::max(end, std::accumulate(tasks.begin() + own.first, tasks.begin() + own.last, 0.0));
  }
  return end;
}

void files(const std::string& path, double a_point, double a_file, int count) {
  std::ifstream in(path);
  std::vector<double> sizes;
  for (double size; in >> size;) sizes.push_back(size);
  if (sizes.empty() || !in.eof()) throw std::runtime_error("'" + path + "' holds no list of numbers");
  std::mt19937_64 random(1);
  std::vector<double> tasks;
  for (int i = 0; i < count; ++i) tasks.push_back(a_file + a_point * sizes[random() % sizes.size()]);
  auto largest_first = tasks;
  std::sort(largest_first.begin(), largest_first.end(), std::greater<>());
  const double work = std::accumulate(tasks.begin(), tasks.end(), 0.0);
  std::printf("%d files of %zu sizes, %.0f s of work, the largest %.1f s\n", count, sizes.size(), work,
              largest_first.front());
  std::printf("| nodes | largest first | as they come | equal runs |\n|---|---|---|---|\n");
  for (const int nodes : {2, 8, 32, 128, 512, 1024}) {
    const auto share = [&](double end) { return 100 * work / (nodes * end); };
    std::printf("| %d | %.1f %% | %.1f %% | %.1f %% |\n", nodes, share(by_counter(largest_first, nodes)),
                share(by_counter(tasks, nodes)), share(by_equal_runs(tasks, nodes)));
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "train" && (argc == 5 || argc == 6)) {
    train(number(argv[2]), static_cast<int>(number(argv[3])), number(argv[4]), argc > 5 ? number(argv[5]) : 5e-5);
  } else if (what == "files" && (argc == 5 || argc == 6)) {
    files(argv[2], number(argv[3]), number(argv[4]), argc > 5 ? static_cast<int>(number(argv[5])) : 10000);
  } else {
    std::cerr << "usage: scaling train PARAMETERS BATCH SECONDS [DELAY]\n"
                 "       scaling files SIZES SECONDS_A_POINT SECONDS_A_FILE [FILES]\n";
    return 2;
  }
  return 0;
} catch (const std::exception& error) {
  std::cerr << "scaling: " << error.what() << '\n';
  return 1;
}
