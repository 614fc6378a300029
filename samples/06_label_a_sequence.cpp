// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// 06_label_a_sequence [SEQUENCES]: labels the elements of sequences. It makes its own: 128 elements in segments of 5 to
// 20, whose elements have a noisy colour in common; ONE element of a segment shows its class, and every element must
// say it. No fixed tree meets the segments, so a tree that is learned may help: it is compared with the fixed one, by
// how many elements are right, and by how many have the label of most elements of their cluster.
#include <treewalk/nn/nodes.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

using treewalk::nn::Nodes;

constexpr int kClasses = 4, kColours = 3;

Nodes make_sequence(unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const auto uniform = [&] { return static_cast<float>(below(2001) - 1000) / 1000; };
  Nodes nodes;
  nodes.columns = kClasses + kColours;
  while (nodes.label.size() < 128) {
    const int length = std::min(5 + below(16), 128 - static_cast<int>(nodes.label.size()));
    const int kind = below(kClasses), shown = below(length);
    float colour[kColours];
    for (float& c : colour) c = uniform();
    for (int i = 0; i < length; ++i) {
      for (int k = 0; k < kClasses; ++k) nodes.feature.push_back(i == shown && k == kind ? 1.0f : 0.0f);
      for (const float c : colour) nodes.feature.push_back(c + 0.3f * uniform());
      nodes.label.push_back(kind);
    }
  }
  return nodes;
}

std::string recipe(const std::string& more) {
  return R"({"task": "segmentation", "data": "sequences",
    "classes": [{"id": 0, "name": "a"}, {"id": 1, "name": "b"}, {"id": 2, "name": "c"}, {"id": 3, "name": "d"}],
    "network": {"widths": [32, 32, 32], "branch": 8, "order": "together", "blocks": 2,
                "relations": ["siblings", "children", "ancestors"])" +
         more + R"(}, "training": {"epochs": 1, "batch": 4}})";
}

/// In percent: elements that get their label, and elements with the label of most of their cluster.
std::pair<double, double> figures(const treewalk::nn::NodeModel& model, const std::vector<Nodes>& sequences) {
  int right = 0, pure = 0, all = 0;
  for (const auto& nodes : sequences) {
    const auto found = model.labels(nodes), cluster = model.clusters(nodes, 1);
    std::map<std::int32_t, std::array<int, kClasses>> count;
    for (std::size_t i = 0; i < found.size(); ++i, ++all) {
      right += found[i] == nodes.label[i];
      ++count[cluster[i]][nodes.label[i]];
    }
    for (const auto& [c, labels] : count) pure += *std::max_element(labels.begin(), labels.end());
  }
  return {100.0 * right / all, 100.0 * pure / all};
}

int main(int argc, char** argv) try {
  if (argc > 2) {
    std::cerr << "usage: 06_label_a_sequence [SEQUENCES]\n";
    return 2;
  }
  const int sequences = argc > 1 ? std::stoi(argv[1]) : 3200;
  std::vector<Nodes> train, test;
  for (int i = 0; i < sequences; ++i) train.push_back(make_sequence(i));
  for (int i = 0; i < 200; ++i) test.push_back(make_sequence(1000000 + i));

  const std::pair<const char*, const char*> networks[] = {
      {"fixed tree", ""},
      {"learned clusters", R"(, "hierarchy": "learned", "learned_levels": 1)"},
      {"learned intervals", R"(, "hierarchy": "learned", "learned_levels": 1, "contiguous": true)"}};
  for (const auto& [name, more] : networks) {
    treewalk::nn::NodeTraining training;
    training.recipe = recipe(more);
    const auto [right, pure] = figures(treewalk::nn::train_nodes(train, training), test);
    std::printf("%s: %.1f %% of elements right, clusters %.1f %% pure\n", name, right, pure);
  }
  return 0;
} catch (const std::exception& error) {
  std::cerr << "06_label_a_sequence: " << error.what() << '\n';
  return 1;
}
