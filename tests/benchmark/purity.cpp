// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// How pure the nodes of a hierarchy are, beside the octree's: for each level the share of labelled points whose label
// is that of most in their node, and how many nodes a cloud has that hold points. Of a trained model also how many
// labelled points are right when each node gives one label to all its points, that with the highest mean of their
// probabilities (of equal ones the first), beside the same of the octree's cells and of the points one by one.
//   purity DATA SPLIT MODEL
//   purity DATA SPLIT RECIPE [KEY=VALUE...]    a recipe, whose clusters no network chooses
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/device/in_out.h"
#include "core/features/feature.h"
#include "core/model/model_file.h"
#include "core/recipe/recipe.h"
#include "core/scene/normalise.h"
#include "core/scene/scene.h"
#include "core/training/dataset.h"
#include "treewalk/layouts.h"
#include "treewalk/shipped.h"

using namespace treewalk;

namespace {

/// Of a level; right_points: where each has its own label, the same for all levels.
struct Counts {
  double points = 0, major = 0, nodes = 0, right = 0, right_points = 0;
};

/// One cloud: labels of its points by their place in the scene, and [points,classes] probabilities in that order, or
/// none.
struct Labelled {
  std::vector<int> label;
  const float* probability = nullptr;
  std::int64_t classes = 0;
};

int best_of(const double* mean, std::int64_t classes) {
  return static_cast<int>(std::max_element(mean, mean + classes) - mean);
}

/// Adds what one level's nodes say; node: of each point.
void count_level(const std::vector<std::int32_t>& node, std::int64_t nodes, const Labelled& cloud, Counts& counts) {
  std::vector<std::map<int, int>> labels(nodes);
  std::vector<double> sum(nodes * cloud.classes);
  for (std::size_t p = 0; p < node.size(); ++p) {
    if (cloud.label[p] != -1) ++labels[node[p]][cloud.label[p]];
    for (std::int64_t c = 0; c < cloud.classes; ++c)
      sum[node[p] * cloud.classes + c] +=
          static_cast<double>(cloud.probability[static_cast<std::int64_t>(p) * cloud.classes + c]);
  }
  for (std::int64_t n = 0; n < nodes; ++n) {
    int most = 0;
    for (const auto& [name, size] : labels[n]) most = std::max(most, size), counts.points += size;
    counts.major += most;
    counts.nodes += !labels[n].empty();
    if (cloud.classes == 0) continue;
    const auto own = labels[n].find(best_of(&sum[n * cloud.classes], cloud.classes));
    if (own != labels[n].end()) counts.right += own->second;
  }
}

/// Adds a cloud's to each level of this hierarchy over the scene's leaves.
void count(const Scene& scene, const Hierarchy& hierarchy, const Labelled& cloud, std::vector<Counts>& counts) {
  const std::int32_t *order = in(scene.octree.order), *leaf = in(scene.octree.leaf);
  std::vector<std::int32_t> node(scene.size());
  for (std::int64_t p = 0; p < scene.size(); ++p) node[p] = leaf[order[p]];
  for (int l = 0; l < hierarchy.levels(); ++l) {
    if (l > 0)
      for (auto& one : node) one = static_cast<const std::int32_t*>(in(hierarchy.parent[l - 1]))[one];
    count_level(node, hierarchy.size(l), cloud, counts[l]);
  }
  if (cloud.classes == 0) return;
  for (std::size_t p = 0; p < cloud.label.size(); ++p) {
    const float* own = cloud.probability + static_cast<std::int64_t>(p) * cloud.classes;
    const auto best = static_cast<int>(std::max_element(own, own + cloud.classes) - own);
    counts[0].right_points += cloud.label[p] != -1 && cloud.label[p] == best;
  }
}

/// What is measured: a recipe, and where it has been trained the model.
struct Subject {
  Recipe recipe;
  std::shared_ptr<const Model> model;
};

Subject subject_of(const std::string& name, const std::vector<std::string>& changes) {
  const bool recipe = name.size() > 5 && name.compare(name.size() - 5, 5, ".json") == 0;
  if (recipe) {
    Subject subject{read_recipe(name, changes), nullptr};
    if (subject.recipe.scene.hierarchy == "learned")
      throw Error(name + ": the clusters of \"hierarchy\" \"learned\" are a network's; name a trained model");
    return subject;
  }
  if (!changes.empty()) throw Error("\"" + changes.front() + "\" changes a recipe, but '" + name + "' is a model");
  auto model = load_model(find_model(name));
  if (model->recipe.task != "segmentation") throw Error("model '" + name + "' labels no points");
  return {model->recipe, model};
}

/// A cloud's points, as many as the network sees, and their labels.
struct Points {
  PointSet points;
  std::vector<std::int8_t> label;
};

Points points_of(const DataItem& item, const Recipe& recipe, const DataSet& data) {
  auto sample = read_sample(item, recipe, data);
  auto label = sample.label;
  auto points = point_set(std::move(sample));
  if (recipe.scene.points > 0 && points.size() > recipe.scene.points) {
    const auto chosen = thin(points.position, recipe.scene.points);
    const std::int32_t* place = in(chosen);
    for (std::int64_t i = 0; i < chosen.size(0); ++i) label[i] = label[place[i]];  // ascending
    points = subset(points, chosen);
  }
  return {normalised(points, recipe.scene), std::move(label)};
}

std::vector<int> labels_in_order(const Scene& scene, const std::vector<std::int8_t>& label) {
  const std::int32_t* order = in(scene.octree.order);
  std::vector<int> result(scene.size());
  for (std::int64_t p = 0; p < scene.size(); ++p) result[p] = label[order[p]];
  return result;
}

struct Both {
  std::vector<Counts> ours, cells;
};

void count(const Subject& subject, const Points& cloud, Both& both) {
  const auto& options = subject.recipe.scene;
  auto octree = options;
  octree.hierarchy = "octree";
  const auto placement = default_placement(cloud.points, options);
  const auto cells = make_scene(cloud.points, octree, placement);
  auto scene = make_scene(cloud.points, options, placement);
  Labelled labelled{labels_in_order(cells, cloud.label), nullptr, 0};
  if (!subject.model) {
    count(scene, scene.hierarchy, labelled, both.ours);
    count(cells, cells.hierarchy, labelled, both.cells);
    return;
  }
  const auto& network = subject.model->network;
  const auto& weights = subject.model->weights;
  const auto input = network.prepare(compute_features(std::move(scene), cloud.points, options), false, false);
  const auto encoding = network.encode(weights, input);
  const auto probability = network.point_probabilities(weights, input, encoding, subject.model->info.temperature);
  labelled.probability = in(probability);
  labelled.classes = network.classes();
  count(input.scene, encoding.hierarchy_over(input.scene.hierarchy), labelled, both.ours);
  count(cells, cells.hierarchy, labelled, both.cells);
}

void print(const Subject& subject, const Both& both, double clouds) {
  const auto share = [](double part, double of) { return of > 0 ? 100 * part / of : 0; };
  const auto& [ours, cells] = both;
  std::printf("%.0f clouds, hierarchy %s", clouds, subject.recipe.scene.hierarchy.c_str());
  if (subject.model) std::printf(", %.2f %% of points right", share(ours[0].right_points, ours[0].points));
  const char* const right = subject.model ? "  one label each %" : "";
  std::printf("\n level   purity %%  nodes a cloud%s   octree's purity %%  cells a cloud%s\n", right, right);
  for (std::size_t l = 0; l < ours.size(); ++l) {
    std::printf("%6zu %10.2f %14.1f", l, share(ours[l].major, ours[l].points), ours[l].nodes / clouds);
    if (subject.model) std::printf(" %17.2f", share(ours[l].right, ours[l].points));
    std::printf(" %19.2f %14.1f", share(cells[l].major, cells[l].points), cells[l].nodes / clouds);
    if (subject.model) std::printf(" %17.2f", share(cells[l].right, cells[l].points));
    std::printf("\n");
  }
}

void run(int argc, char** argv) {
  const c10::InferenceMode inference;
  const auto subject = subject_of(argv[3], {argv + 4, argv + argc});
  const auto data = open_data(argv[1]);
  const auto items = list_data(*data, argv[2], subject.recipe);
  const auto levels = static_cast<std::size_t>(subject.recipe.scene.levels);
  Both both{std::vector<Counts>(levels), std::vector<Counts>(levels)};
  for (const auto& item : items) count(subject, points_of(item, subject.recipe, *data), both);
  print(subject, both, static_cast<double>(items.size()));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) {
    std::fprintf(stderr, "usage: purity DATA SPLIT MODEL | RECIPE.json [KEY=VALUE...]\n");
    return 2;
  }
  run(argc, argv);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "purity: %s\n", error.what());
  return 1;
}
