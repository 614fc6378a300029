// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// What the PCL classes add to the session that they run: each of them in turns with Session::segment, on one cloud.
//   filter_benchmark MODEL CLOUD [repetitions = 21] [threads = 2]
#include <pcl/PCLPointCloud2.h>
#include <pcl/conversions.h>
#include <pcl/point_types.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "tests/benchmark/timing.h"
#include "treewalk/io.h"
#include "treewalk/pcl/semantic_filter.h"
#include "treewalk/pcl/semantic_labeler.h"
#include "treewalk/pcl/semantic_segmentation.h"

using namespace treewalk;

namespace {

template <class Class>
void set_up(Class& object, const std::shared_ptr<const Model>& model, int threads) {
  object.setModel(model);
  object.setNumberOfThreads(static_cast<unsigned>(threads));
}

/// All sides, and what each takes beyond the first.
void print_extra(const std::vector<Timing>& sides) {
  print(sides);
  const double base = Timing::median(sides[0].seconds);
  for (std::size_t i = 1; i < sides.size(); ++i)
    std::printf("  %-24s %+.1f %%\n", sides[i].name, 100 * (Timing::median(sides[i].seconds) / base - 1));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) return std::puts("usage: filter_benchmark MODEL CLOUD [repetitions] [threads]"), 2;
  const int repetitions = argc > 3 ? std::atoi(argv[3]) : 21, threads = argc > 4 ? std::atoi(argv[4]) : 2;
  const auto model = load_model(argv[1]);
  const auto cloud = pcl::make_shared<pcl::PointCloud<pcl::PointXYZ>>();
  toPointCloud(read_cloud(argv[2]), *cloud);
  const auto blob = pcl::make_shared<pcl::PCLPointCloud2>();
  pcl::toPCLPointCloud2(*cloud, *blob);

  RunOptions options;
  options.threads = threads;
  const Session session(model, options);
  const CloudView view = viewOf(*cloud);
  SemanticFilter<pcl::PointXYZ> filter;
  SemanticFilter<pcl::PCLPointCloud2> blob_filter;
  SemanticSegmentation<pcl::PointXYZ> segmentation;
  SemanticLabeler labeler;
  set_up(filter, model, threads);
  set_up(blob_filter, model, threads);
  set_up(segmentation, model, threads);
  set_up(labeler, model, threads);
  filter.setInputCloud(cloud);
  blob_filter.setInputCloud(blob);
  segmentation.setInputCloud(cloud);
  labeler.setInputCloud(blob);
  filter.setClasses({model_info(*model).classes.back().id});
  blob_filter.setClasses({model_info(*model).classes.back().id});
  std::vector<Timing> timings{{"Session::segment", [&] { session.segment(view); }},
                              {"SemanticFilter, indices",
                               [&] {
                                 pcl::Indices kept;
                                 filter.filter(kept);
                               }},
                              {"SemanticFilter, cloud",
                               [&] {
                                 pcl::PointCloud<pcl::PointXYZ> kept;
                                 filter.filter(kept);
                               }},
                              {"SemanticFilter, blob",
                               [&] {
                                 pcl::PCLPointCloud2 kept;
                                 blob_filter.filter(kept);
                               }},
                              {"SemanticSegmentation",
                               [&] {
                                 pcl::PointCloud<pcl::PointXYZL> labelled;
                                 segmentation.segment(labelled);
                               }},
                              {"SemanticLabeler", [&] {
                                 pcl::PCLPointCloud2 labelled;
                                 labeler.filter(labelled);
                               }}};
  measure(timings, repetitions);
  std::printf("%zu points, %d threads\n", cloud->size(), threads);
  print_extra(timings);
} catch (const std::exception& error) {
  std::fprintf(stderr, "filter_benchmark: %s\n", error.what());
  return 1;
}
