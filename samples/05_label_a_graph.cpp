// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// 05_label_a_graph [EPOCHS]: labels the nodes of graphs that have no coordinates. It makes its own: each is a row of
// groups of nodes, in which a node is tied to a few that came shortly before it. The nodes of a group have a noisy
// colour in common, ONE node of a group shows of which class the group is, and every node must say so. Three networks
// learn it: without a hierarchy, with the fixed one, and with clusters that the network chooses.
#include <treewalk/nn/nodes.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <random>
#include <string>
#include <utility>
#include <vector>

using treewalk::nn::Nodes;

constexpr int kClasses = 4, kColours = 3;

Nodes make_graph(unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const auto uniform = [&] { return static_cast<float>(below(2001) - 1000) / 1000; };
  Nodes nodes;
  nodes.columns = kClasses + kColours;
  nodes.offset = {0};
  for (int group = 0; group < 12; ++group) {
    const int members = 10 + below(21), kind = below(kClasses), shown = below(members);
    float colour[kColours];
    for (float& c : colour) c = uniform();
    for (int i = 0; i < members; ++i) {
      const auto node = static_cast<int>(nodes.label.size());
      for (int k = 0; k < kClasses; ++k) nodes.feature.push_back(i == shown && k == kind ? 1.0f : 0.0f);
      for (const float c : colour) nodes.feature.push_back(c + 0.15f * uniform());
      nodes.label.push_back(kind);
      // An edge is given once, from the later node, and counts both ways.
      if (i > 0)
        for (int tie = 0; tie < 2; ++tie) nodes.column.push_back(node - 1 - below(std::min(i, 4)));
      if (group > 0 && i < 2) nodes.column.push_back(node - i - 1 - below(3));  // to the group before
      nodes.offset.push_back(static_cast<std::int64_t>(nodes.column.size()));
    }
  }
  return nodes;
}

std::string recipe(const std::string& network, const std::string& training) {
  return R"({"task": "segmentation", "data": "graphs",
    "classes": [{"id": 0, "name": "a"}, {"id": 1, "name": "b"}, {"id": 2, "name": "c"}, {"id": 3, "name": "d"}],
    "network": )" +
         network + R"(, "training": {"batch": 4, "learning_rate": 0.004, )" + training + "}}";
}

/// Share of the nodes that get their label.
double accuracy(const treewalk::nn::NodeModel& model, const std::vector<Nodes>& graphs) {
  std::size_t right = 0, all = 0;
  for (const auto& nodes : graphs) {
    const auto found = model.labels(nodes);
    for (std::size_t i = 0; i < found.size(); ++i) right += found[i] == nodes.label[i];
    all += found.size();
  }
  return static_cast<double>(right) / static_cast<double>(all);
}

int main(int argc, char** argv) try {
  if (argc > 2) {
    std::cerr << "usage: 05_label_a_graph [EPOCHS]\n";
    return 2;
  }
  std::vector<Nodes> train, test;
  for (unsigned i = 0; i < 120; ++i) train.push_back(make_graph(i));
  for (unsigned i = 0; i < 30; ++i) test.push_back(make_graph(1000 + i));

  const std::string epochs = std::string("\"epochs\": ") + (argc > 1 ? argv[1] : "20");
  const std::pair<const char*, const char*> networks[] = {
      {"no hierarchy", R"({"widths": [32], "blocks": 4})"},
      {"fixed hierarchy", R"({"widths": [32, 32, 32]})"},
      {"learned hierarchy", R"({"widths": [32, 32, 32], "hierarchy": "learned", "learned_levels": 1})"}};
  for (const auto& [name, network] : networks) {
    treewalk::nn::NodeTraining training;
    const bool learned = std::string(network).find("learned") != std::string::npos;
    training.recipe = recipe(network, learned ? R"("partition_weight": 0.1, )" + epochs : epochs);
    const auto start = std::chrono::steady_clock::now();
    const auto model = treewalk::nn::train_nodes(train, training);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::printf("%s: %.1f %% of nodes right, trained in %.0f s\n", name, 100 * accuracy(model, test), seconds.count());
  }
  return 0;
} catch (const std::exception& error) {
  std::cerr << "05_label_a_graph: " << error.what() << '\n';
  return 1;
}
