// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Tasks whose answer hangs on all of the data, made here: no hierarchy, a fixed one and a learned one, of equal width
// and with equally many steps of training. Prints for each how many of 200 items that were not trained on are right, as
// the mean over the seeds, and how long the training took.
//   long_range listops|geodesic [ITEMS [SEEDS [SHORTEST LONGEST]]]
// listops: nested lists of digits with minimum, maximum, median and sum modulo 10, by the rules of the Long Range Arena
//   (ICLR 2021): a node is a list with probability 1/4, of 2 to 10 members, down to a depth of 10; sequences of
//   SHORTEST to LONGEST symbols (500 and 2000 there, 100 and 300 if they are not given); 10 classes.
// geodesic: graphs of the 6 nearest neighbours of 300 points along a branching tube; the class is in which fifth of the
//   training's the longest of all shortest paths is, in hops. Nodes know how probable walks of 1 to 8 hops return.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "treewalk/nn/nodes.h"

using treewalk::nn::Nodes;

namespace {

struct Random {
  std::mt19937_64 engine;
  int below(int n) { return static_cast<int>(engine() % static_cast<std::uint64_t>(n)); }
  double uniform() { return static_cast<double>(engine() >> 11) * 0x1p-53; }
};

// Symbols: the digits, four operators, and the end of a list.
constexpr int kOperators = 4, kEnd = 10 + kOperators, kSymbols = kEnd + 1;

int value_of(int operation, std::vector<int> members) {
  std::sort(members.begin(), members.end());
  const std::size_t middle = members.size() / 2;
  switch (operation) {
    case 0:
      return members.front();
    case 1:
      return members.back();
    case 2:
      return members.size() % 2 ? members[middle] : (members[middle - 1] + members[middle]) / 2;
    default:
      return std::accumulate(members.begin(), members.end(), 0) % 10;
  }
}

/// Appends a digit or a list; its value.
int append_list(Random& random, int depth, std::vector<int>& symbols) {
  constexpr int kDeepest = 10, kMostMembers = 10;
  if (depth >= kDeepest || random.uniform() > 0.25) {
    symbols.push_back(random.below(10));
    return symbols.back();
  }
  const int operation = random.below(kOperators);
  symbols.push_back(10 + operation);
  std::vector<int> members(2 + random.below(kMostMembers - 1));
  for (int& member : members) member = append_list(random, depth + 1, symbols);
  symbols.push_back(kEnd);
  return value_of(operation, std::move(members));
}

Nodes list_of(std::uint64_t seed, std::size_t shortest, std::size_t longest) {
  Random random{std::mt19937_64(seed)};
  std::vector<int> symbols;
  int value = 0;
  while (symbols.size() <= shortest || symbols.size() >= longest) {
    symbols.clear();
    value = append_list(random, 1, symbols);
  }
  Nodes nodes;
  nodes.columns = kSymbols;
  nodes.feature.assign(symbols.size() * kSymbols, 0.0f);
  for (std::size_t i = 0; i < symbols.size(); ++i) nodes.feature[i * kSymbols + symbols[i]] = 1;
  nodes.label = {value};
  return nodes;
}

constexpr int kPoints = 300, kNeighbours = 6, kHops = 8;
using Place = std::array<double, 3>;

/// Points along 1 to 5 branches that bend at random, each of which begins on one before.
std::vector<Place> points_of_tube(Random& random) {
  const int branches = 1 + random.below(5);
  std::vector<Place> points{{0, 0, 0}};
  const auto turn = [&](double size) { return size * (2 * random.uniform() - 1); };
  for (int b = 0; b < branches; ++b) {
    Place at = points[random.below(static_cast<int>(points.size()))], step{turn(1), turn(1), turn(1)};
    for (int i = 0; i < kPoints / branches; ++i) {
      for (int a = 0; a < 3; ++a) step[a] += turn(0.4);
      const double length = std::hypot(step[0], step[1], step[2]) + 1e-9;
      for (int a = 0; a < 3; ++a) at[a] += step[a] /= length;
      points.push_back({at[0] + turn(0.7), at[1] + turn(0.7), at[2] + turn(0.7)});
    }
  }
  return points;
}

/// Neighbours both ways, ascending.
std::vector<std::vector<std::int32_t>> neighbours_of(const std::vector<Place>& points) {
  const auto n = static_cast<std::int32_t>(points.size());
  std::vector<std::vector<std::int32_t>> near(n);
  for (std::int32_t u = 0; u < n; ++u) {
    std::vector<std::pair<double, std::int32_t>> others;
    for (std::int32_t v = 0; v < n; ++v)
      if (v != u)
        others.emplace_back(
            std::hypot(points[u][0] - points[v][0], points[u][1] - points[v][1], points[u][2] - points[v][2]), v);
    std::partial_sort(others.begin(), others.begin() + kNeighbours, others.end());
    for (int k = 0; k < kNeighbours; ++k) {
      near[u].push_back(others[k].second);
      near[others[k].second].push_back(u);
    }
  }
  for (auto& row : near) {
    std::sort(row.begin(), row.end());
    row.erase(std::unique(row.begin(), row.end()), row.end());
  }
  return near;
}

/// The longest of all shortest paths, in hops; between parts of a graph there is none.
int longest_path(const std::vector<std::vector<std::int32_t>>& near) {
  int longest = 0;
  for (std::size_t from = 0; from < near.size(); ++from) {
    std::vector<int> hops(near.size(), -1);
    std::vector<std::int32_t> queue{static_cast<std::int32_t>(from)};
    hops[from] = 0;
    for (std::size_t i = 0; i < queue.size(); ++i)
      for (const auto v : near[queue[i]]) {
        if (hops[v] >= 0) continue;
        hops[v] = hops[queue[i]] + 1;
        queue.push_back(v);
      }
    longest = std::max(longest, hops[queue.back()]);
  }
  return longest;
}

/// Its label is the length of the longest path.
Nodes tube_of(std::uint64_t seed) {
  Random random{std::mt19937_64(seed)};
  const auto near = neighbours_of(points_of_tube(random));
  Nodes nodes;
  nodes.offset = {0};
  for (const auto& row : near) {
    nodes.column.insert(nodes.column.end(), row.begin(), row.end());
    nodes.offset.push_back(static_cast<std::int64_t>(nodes.column.size()));
  }
  nodes.columns = kHops;
  nodes.feature = treewalk::nn::return_probabilities(nodes.offset, nodes.column, kHops, 1);
  nodes.label = {longest_path(near)};
  return nodes;
}

/// Labels become fifths of the training's.
void take_fifths(std::vector<Nodes>& train, std::vector<Nodes>& test) {
  std::vector<std::int32_t> all;
  for (const auto& nodes : train) all.push_back(nodes.label[0]);
  std::sort(all.begin(), all.end());
  for (auto* set : {&train, &test})
    for (auto& nodes : *set) {
      std::int32_t fifth = 0;
      for (int k = 1; k < 5; ++k) fifth += nodes.label[0] >= all[all.size() * k / 5];
      nodes.label = {fifth};
    }
}

std::string recipe(const std::string& data, int classes, const std::string& network, int seed) {
  std::string names;
  for (int c = 0; c < classes; ++c)
    names +=
        (c ? ", " : "") + std::string(R"({"id": )") + std::to_string(c) + R"(, "name": ")" + std::to_string(c) + "\"}";
  return R"({"task": "classification", "data": ")" + data + R"(", "classes": [)" + names + R"(], "network": {)" +
         network + R"(}, "training": {"epochs": 1, "batch": 8, "seed": )" + std::to_string(seed) + "}}";
}

/// Percent right, and seconds of training.
std::pair<double, double> figures(const std::string& text, const std::vector<Nodes>& train,
                                  const std::vector<Nodes>& test) {
  treewalk::nn::NodeTraining training;
  training.recipe = text;
  training.threads = 1;
  const auto start = std::chrono::steady_clock::now();
  const auto model = treewalk::nn::train_nodes(train, training);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  double right = 0;
  for (const auto& nodes : test) right += model.labels(nodes)[0] == nodes.label[0];
  return {100 * right / static_cast<double>(test.size()), seconds};
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string task = argc > 1 ? argv[1] : "";
  if ((task != "listops" && task != "geodesic") || argc > 6 || argc == 5) {
    std::cerr << "usage: long_range listops|geodesic [ITEMS [SEEDS [SHORTEST LONGEST]]]\n";
    return 2;
  }
  const bool lists = task == "listops";
  const int items = argc > 2 ? std::stoi(argv[2]) : 4000, seeds = argc > 3 ? std::stoi(argv[3]) : 1;
  const std::size_t shortest = argc > 5 ? std::stoul(argv[4]) : 100, longest = argc > 5 ? std::stoul(argv[5]) : 300;
  std::vector<Nodes> train, test;
  const auto item = [&](std::uint64_t seed) { return lists ? list_of(seed, shortest, longest) : tube_of(seed); };
  for (int i = 0; i < items; ++i) train.push_back(item(i));
  for (int i = 0; i < 200; ++i) test.push_back(item(1000000 + i));
  if (!lists) take_fifths(train, test);

  const std::string common =
      R"(, "order": "together", "blocks": 3, "relations": ["siblings", "children", "ancestors"])";
  const std::string levels = R"("widths": [48, 48, 48, 48, 48])";
  const std::pair<const char*, std::string> networks[] = {
      {"no hierarchy", R"("widths": [48], "order": "together", "blocks": 3, "relations": ["siblings"])"},
      {"fixed", levels + common},
      {"learned", levels + common + R"(, "hierarchy": "learned", "learned_levels": 2)"}};
  for (const auto& [name, network] : networks) {
    double right = 0, seconds = 0;
    for (int seed = 0; seed < seeds; ++seed) {
      const auto found = figures(recipe(lists ? "sequences" : "graphs", lists ? 10 : 5, network, seed), train, test);
      right += found.first / seeds, seconds += found.second / seeds;
    }
    std::printf("%s, %s: %.1f %% right, %.0f s of training\n", task.c_str(), name, right, seconds);
    std::fflush(stdout);
  }
  return 0;
} catch (const std::exception& error) {
  std::cerr << "long_range: " << error.what() << '\n';
  return 1;
}
