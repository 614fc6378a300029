// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/benchmark/released_side.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <sys/resource.h>
#include <torch/optim/adam.h>

#include <functional>
#include <vector>

#include "tests/sequoia_reference/nearest_by_tree.h"
#include "tests/sequoia_reference/network.h"

namespace treewalk {
namespace {

using sequoia_reference::Surface;

sequoia_reference::Switches switches_of(Release release) {
  if (release == Release::as_it_is) return {};
  auto switches = sequoia_reference::repaired();
  if (release == Release::repaired) return switches;
  switches.search = &sequoia_reference::nearest_by_tree;
  switches.pruned = release == Release::at_its_best;
  return switches;
}

void limit_memory(double mb) {
  const auto limit = static_cast<rlim_t>((mb + 1000) * 1e6);
  const rlimit data{limit, limit};
  setrlimit(RLIMIT_DATA, &data);
}

template <class Network>
Figures inference(const Run& run, const Network& network, std::int64_t points,
                  const std::function<void(const Surface&)>& scores) {
  const auto surfaces = surfaces_of_runs(points, run.repeat);
  auto figures = measured(
      run, [&] { scores(small_surface()); }, [&](int turn) { scores(surfaces[turn]); });
  figures.parameters = network.state().numel();
  figures.seen = figures.tokens = static_cast<double>(points);
  return figures;
}

}  // namespace

const char* name_of(Release release) {
  return release == Release::as_it_is          ? "release, as it is"
         : release == Release::repaired        ? "release, repaired"
         : release == Release::with_our_search ? "release, with treewalk's search"
                                               : "release, at its best";
}

double estimated_mb(Release release, std::int64_t points) {
  // Distances, sorted distances and their order; and per point what is gathered for its siblings and neighbours.
  const double pair = release == Release::as_it_is ? 4 + 8 + 4 : release == Release::repaired ? 4 : 0;
  return (double(points) * double(points) * pair + double(points) * 30000) / 1e6 + 200;
}

Figures released_inference(const Run& run, const std::string& task, Release release, std::int64_t points) {
  limit_memory(run.memory_mb);
  const auto switches = switches_of(release);
  const auto batch_of = [](const Surface& surface, const at::Tensor& features) {
    return sequoia_reference::make_batch({sequoia_reference::build_tree(surface.position)}, {features});
  };
  if (task == "classification") {
    const sequoia_reference::Classifier network(1);
    return inference(run, network, points, [&](const Surface& surface) {
      const at::NoGradGuard no_gradients;
      network(batch_of(surface, surface.normal), switches, {});
    });
  }
  const sequoia_reference::Segmenter network(1);
  const auto category = at::tensor({3}, at::kLong);
  return inference(run, network, points, [&](const Surface& surface) {
    const at::NoGradGuard no_gradients;
    network(batch_of(surface, surface.position), category, switches, {});
  });
}

Figures released_training(const Run& run, Release release, int batch, std::int64_t points) {
  limit_memory(run.memory_mb);
  const auto switches = switches_of(release);
  const sequoia_reference::Classifier network(1);
  const auto surfaces = surfaces_of_runs(points, batch - 1);
  const at::Tensor label = at::arange(batch, at::kLong).remainder(40);
  std::vector<at::Tensor> parameters;
  for (const auto& [name, value] : network.state().parameters()) parameters.push_back(value);
  torch::optim::Adam adam(parameters, torch::optim::AdamOptions(1e-3).weight_decay(1e-4));
  const auto step = [&](int) {
    std::vector<sequoia_reference::Tree> trees;
    std::vector<at::Tensor> normals;
    for (const auto& surface : surfaces) {
      trees.push_back(sequoia_reference::build_tree(surface.position));
      normals.push_back(surface.normal);
    }
    const auto logits = network(sequoia_reference::make_batch(trees, normals), switches, {true});
    adam.zero_grad();
    sequoia_reference::smoothed_loss(logits, label).backward();
    adam.step();
  };
  auto figures = measured(
      run, [] {}, step);
  figures.parameters = network.state().numel();
  figures.seen = figures.tokens = static_cast<double>(points);
  return per_cloud(figures, batch);
}

}  // namespace treewalk
