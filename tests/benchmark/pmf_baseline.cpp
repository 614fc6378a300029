// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// Ground filters without learning on airborne samples (label 0 ground, 1 off-ground; the first digit in a file's name
// is its site): PCL's progressive morphological filter beside a filter with a rebuilt surface. Each site is measured
// with the settings that have the lowest mean total error on the samples of all other sites.
//   pmf_baseline --data DIR [--exact 1]
// The settings of PCL's filter are searched with its approximate form; --exact 1 runs the exact one with them as well.
#include <ATen/core/Tensor.h>
#include <pcl/point_types.h>
#include <pcl/segmentation/approximate_progressive_morphological_filter.h>
#include <pcl/segmentation/progressive_morphological_filter.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <set>
#include <string>

#include "core/scene/point_set.h"
#include "core/training/metrics.h"
#include "tests/benchmark/timing.h"
#include "tests/support/surface_filter.h"
#include "treewalk/io.h"

using namespace treewalk;
using test::surface_heights;
using test::SurfaceFilterOptions;
using test::SurfaceHeights;
namespace fs = std::filesystem;

namespace {

struct Sample {
  std::string name;
  char site = '?';
  at::Tensor position;  ///< relative to the cloud's origin
  pcl::PointCloud<pcl::PointXYZ>::Ptr points{new pcl::PointCloud<pcl::PointXYZ>};
  std::vector<std::uint8_t> truth;
};

Sample read_sample(const fs::path& file) {
  const Cloud cloud = read_cloud(file);
  const CloudView view = cloud.view();
  const Field* label = view.find("label");
  if (label == nullptr) throw Error(file.string() + ": has no field label");
  Sample sample;
  sample.name = file.stem().string();
  const auto digit = sample.name.find_first_of("0123456789");
  if (digit != std::string::npos) sample.site = sample.name[digit];
  std::vector<std::int64_t> kept;
  sample.position = make_point_set(view, {}, {}, &kept).position;
  const float* p = sample.position.data_ptr<float>();
  for (std::size_t i = 0; i < kept.size(); ++i, p += 3) {
    sample.points->emplace_back(p[0], p[1], p[2]);
    sample.truth.push_back(view.value(kept[i], *label) != 0);
  }
  return sample;
}

std::vector<Sample> read_samples(const fs::path& data) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(data))
    if (entry.is_regular_file() && is_cloud_file(entry.path())) files.push_back(entry.path());
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) { return a.stem() < b.stem(); });
  std::vector<Sample> samples;
  for (const fs::path& file : files) samples.push_back(read_sample(file));
  return samples;
}

struct Pmf {
  float cell, slope, initial, most;
  int window;
};

template <class Filter>
Confusion run_pmf(const Sample& sample, const Pmf& set) {
  Filter filter;
  filter.setInputCloud(sample.points);
  filter.setCellSize(set.cell);
  filter.setMaxWindowSize(set.window);
  filter.setSlope(set.slope);
  filter.setInitialDistance(set.initial);
  filter.setMaxDistance(set.most);
  pcl::Indices ground;
  filter.extract(ground);
  std::vector<std::uint8_t> off(sample.truth.size(), 1);
  for (const int i : ground) off[i] = 0;
  Confusion confusion(2);
  for (std::size_t i = 0; i < off.size(); ++i) confusion.add(sample.truth[i], off[i]);
  return confusion;
}

Confusion run_surface(const Sample& sample, const SurfaceHeights& heights, double threshold, double gain) {
  const float *height = heights.height.data_ptr<float>(), *slope = heights.slope.data_ptr<float>();
  Confusion confusion(2);
  for (std::size_t i = 0; i < sample.truth.size(); ++i)
    confusion.add(sample.truth[i], height[i] > threshold + gain * slope[i]);
  return confusion;
}

/// Results of every setting on every sample: [setting][sample].
struct Search {
  std::vector<std::string> name;
  std::vector<std::vector<Confusion>> result;
  double seconds = 0;

  /// Lowest mean total error over the samples of other sites; ties by the earlier setting.
  std::size_t best_without(char site, const std::vector<Sample>& samples) const {
    std::size_t best = 0;
    double lowest = 1e9;
    for (std::size_t set = 0; set < result.size(); ++set) {
      double sum = 0;
      for (std::size_t s = 0; s < samples.size(); ++s)
        if (samples[s].site != site) sum += 1 - result[set][s].overall_accuracy();
      if (sum < lowest) lowest = sum, best = set;
    }
    return best;
  }
};

std::vector<Pmf> pmf_settings() {
  std::vector<Pmf> settings{{1, 0.7f, 0.15f, 10, 33}};  // PCL's defaults
  for (const float cell : {1.0f, 2.0f})
    for (const int window : {18, 33})
      for (const float slope : {0.15f, 0.3f, 0.5f})
        for (const float initial : {0.3f, 0.5f})
          for (const float most : {3.0f, 10.0f}) settings.push_back({cell, slope, initial, most, window});
  return settings;
}

std::string name_of(const Pmf& s) {
  char text[96];
  std::snprintf(text, sizeof text, "cell %g, window %d, slope %g, initial %g, max %g", s.cell, s.window, s.slope,
                s.initial, s.most);
  return text;
}

Search search_pmf(const std::vector<Sample>& samples) {
  Search search;
  const double start = processor_time();
  for (const Pmf& set : pmf_settings()) {
    search.name.push_back(name_of(set));
    search.result.emplace_back();
    for (const Sample& sample : samples)
      search.result.back().push_back(
          run_pmf<pcl::ApproximateProgressiveMorphologicalFilter<pcl::PointXYZ>>(sample, set));
  }
  search.seconds = (processor_time() - start) / static_cast<double>(search.name.size());
  return search;
}

Search search_surface(const std::vector<Sample>& samples) {
  Search search;
  int runs = 0;
  for (const double radius : {11.0, 18.0, 29.0})
    for (const double slope : {0.05, 0.1, 0.15, 0.2, 0.3, 0.4}) {
      SurfaceFilterOptions options;
      options.max_radius = radius;
      options.slope = slope;
      const double start = processor_time();
      std::vector<SurfaceHeights> heights;
      for (const Sample& sample : samples) heights.push_back(surface_heights(sample.position, options));
      search.seconds += processor_time() - start;
      ++runs;
      for (const double threshold : {0.3, 0.5, 0.7})
        for (const double gain : {0.0, 0.6, 1.25, 2.0}) {
          char text[96];
          std::snprintf(text, sizeof text, "radius %g, slope %g, threshold %g, gain %g", radius, slope, threshold,
                        gain);
          search.name.push_back(text);
          search.result.emplace_back();
          for (std::size_t s = 0; s < samples.size(); ++s)
            search.result.back().push_back(run_surface(samples[s], heights[s], threshold, gain));
        }
    }
  search.seconds /= runs;
  return search;
}

/// One column of the table and what its mean is made of.
struct Column {
  double error = 0, kappa = 0;
  int samples = 0;
  void print(const Confusion& confusion) {
    std::printf(" %5.2f / .%03.0f |", 100 * (1 - confusion.overall_accuracy()), 1000 * confusion.kappa());
    error += 100 * (1 - confusion.overall_accuracy());
    kappa += confusion.kappa();
    ++samples;
  }
  void print_mean() const { std::printf(" **%.2f / %.3f** |", error / samples, kappa / samples); }
};

void print_table(const std::vector<Sample>& samples, const Search& pmf, const Search& surface, bool exact) {
  std::printf("| sample | PMF, PCL's defaults | PMF, approximate |%s surface filter |\n|---|---|---|%s---|\n",
              exact ? " PMF, exact |" : "", exact ? "---|" : "");
  Column defaults, approximate, precise, filter;
  for (std::size_t s = 0; s < samples.size(); ++s) {
    const std::size_t chosen = pmf.best_without(samples[s].site, samples);
    std::printf("| %s |", samples[s].name.c_str());
    defaults.print(pmf.result[0][s]);
    approximate.print(pmf.result[chosen][s]);
    if (exact)
      precise.print(run_pmf<pcl::ProgressiveMorphologicalFilter<pcl::PointXYZ>>(samples[s], pmf_settings()[chosen]));
    filter.print(surface.result[surface.best_without(samples[s].site, samples)][s]);
    std::printf("\n");
    std::fflush(stdout);
  }
  std::printf("| mean |");
  defaults.print_mean();
  approximate.print_mean();
  if (exact) precise.print_mean();
  filter.print_mean();
  std::printf("\n");
}

void print_choices(const char* what, const Search& search, const std::vector<Sample>& samples) {
  std::set<char> sites;
  for (const Sample& sample : samples) sites.insert(sample.site);
  std::printf("%s: %zu settings, %.2f s of processor time for all samples once\n", what, search.name.size(),
              search.seconds);
  for (const char site : sites)
    std::printf("  without site %c: %s\n", site, search.name[search.best_without(site, samples)].c_str());
  std::printf("  on all samples (not a test): %s\n", search.name[search.best_without('\0', samples)].c_str());
}

void run(const fs::path& data, bool exact) {
  const std::vector<Sample> samples = read_samples(data);
  const Search surface = search_surface(samples), pmf = search_pmf(samples);
  std::printf("total error in %% / kappa, settings from the other sites\n");
  print_table(samples, pmf, surface, exact);
  print_choices("PMF", pmf, samples);
  print_choices("surface filter", surface, samples);
}

}  // namespace

int main(int count, char** text) {
  fs::path data;
  bool exact = false;
  for (int i = 1; i + 1 < count; i += 2) {
    if (std::string(text[i]) == "--data") data = text[i + 1];
    if (std::string(text[i]) == "--exact") exact = std::atoi(text[i + 1]) != 0;
  }
  if (data.empty()) {
    std::fprintf(stderr, "usage: pmf_baseline --data DIR [--exact 1]\n");
    return 2;
  }
  try {
    run(data, exact);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pmf_baseline: error: %s\n", error.what());
    return 1;
  }
}
