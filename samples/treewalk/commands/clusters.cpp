// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <treewalk/join.h>
#include <treewalk/las.h>
#include <treewalk/shipped.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <tuple>
#include <utility>

#include "commands/las_points.h"
#include "drawing/canvas.h"
#include "memory.h"
#include "outputs.h"
#include "program.h"
#include "progress.h"
#include "text.h"
#include "units.h"

namespace program {

namespace {

struct ClusterOptions {
  std::string input, output, model, scale, png, html;
  int level = 1;
  bool overwrite = false;
  DrawingOptions drawing;
  LasOptions las;
  Common common;

  bool draws() const { return !png.empty() || !html.empty(); }
};

/// Writes the numbers of the points' nodes as one more field of clouds.
class ClusteredClouds {
 public:
  ClusteredClouds(const ClusterOptions& options, std::shared_ptr<const treewalk::Model> model)
      : options_(options),
        model_(std::move(model)),
        limit_(options.common.run, options.common.scratch),
        outputs_(options.input, options.overwrite, options.output),
        units_(options.scale, treewalk::model_info(*model_)) {
    outputs_.prepare(options.output, {".pcd", ".ply", ".las", ".laz"}, "-o", "");
    if (!outputs_.many()) check_copc(options.input, outputs_.file(options.output, options.input, ""), options.las);
    outputs_.prepare(options.png, {".png"}, "--png", ".png");
    if (!options.png.empty()) need_png();
    outputs_.prepare(options.html, {".html"}, "--html", ".html");
  }

  void write_all() {
    for_each_cloud(outputs_.inputs(), outputs_.many(), [&](const fs::path& input) { write_one(input); });
  }

 private:
  void write_one(const fs::path& input) {
    const auto reading = reading_of(input);
    limit_.check_reading(
        input, reading, [&](auto points, auto stride) { return bytes_after(points, stride); }, true);
    treewalk::Cloud cloud = read(input, reading);
    LasPoints las(input, cloud, options_.las);
    las.check_output(outputs_.file(options_.output, input, ""), cloud);
    if (options_.draws()) check_paint(cloud.view(), input.filename().string(), options_.drawing.color, false);
    las.hide(cloud);
    double seconds = 0;
    auto found = clusters(input, cloud, seconds);
    las.show(cloud);
    warn_about(input, found.warnings);
    limit_.release();
    const auto none = std::count(found.cluster.begin(), found.cluster.end(), treewalk::Clustering::none);
    const std::int64_t points = cloud.size();
    write(input, std::move(cloud), las, std::move(found.cluster));
    if (!options_.common.quiet) print(input, points, none, found.count, seconds, las);
  }

  /// Of a LAS file that only gets a dimension, what the model reads.
  treewalk::ReadOptions reading_of(const fs::path& input) const {
    treewalk::ReadOptions reading;
    reading.threads = options_.common.run.threads;
    if (options_.draws() || !goes_on(input)) return reading;
    reading.only = treewalk::fields_read_by(treewalk::model_info(*model_));
    for (const char* name : {"classification", "classification_flags"}) reading.only.emplace_back(name);
    return reading;
  }

  bool goes_on(const fs::path& input) const {
    return treewalk::is_las(input) && treewalk::is_las_name(outputs_.file(options_.output, input, ""));
  }

  std::int64_t bytes_after(std::int64_t points, std::size_t stride) const {
    LaterStages later;
    later.cloud = true;
    later.new_bytes = 4;
    later.picture = !options_.png.empty();
    later.page = !options_.html.empty();
    std::tie(later.width, later.height) = picture_size(options_.drawing);
    later.most = options_.drawing.most;
    return bytes_of(later, points, stride);
  }

  treewalk::Clustering clusters(const fs::path& input, const treewalk::Cloud& cloud, double& seconds) {
    ProgressLine line(input.filename().string(), cloud.size(), options_.common.quiet);
    auto run = options_.common.run;
    run.scale = units_.scale(input);
    run.progress = [&](double fraction, const std::string& stage) { return line.show(fraction, stage); };
    treewalk::Clustering found;
    limit_.run("for '" + input.string() + "' and what is to be made of it", 0, bytes_after(cloud.size(), cloud.stride),
               run, [&](const treewalk::RunOptions& limited) {
                 found = treewalk::Session(model_, limited).clusters(cloud.view(), options_.level);
               });
    seconds = line.seconds();
    line.clear();
    check_interrupted();
    return found;
  }

  void write(const fs::path& input, treewalk::Cloud cloud, const LasPoints& las,
             std::vector<std::uint32_t> cluster) const {
    const fs::path output = outputs_.place(options_.output, input, "");
    const bool goes_on = las.writes(output);
    if (goes_on) las.write_cluster(output, cluster, options_.common.run.threads);
    if (goes_on && !options_.draws()) return;
    set_aside(cloud, "cluster");
    cloud.set_field("cluster", cluster);
    free_memory_of(cluster);
    check_interrupted();
    if (!goes_on) treewalk::write_cloud(output, cloud);
    if (options_.draws()) draw(input, std::move(cloud));
  }

  void draw(const fs::path& input, treewalk::Cloud cloud) const {
    limit_.release();
    auto drawing = make_drawing(cloud, input.filename().string(), "cluster", nullptr);
    cloud = {};
    limit_.release();
    if (!options_.png.empty())
      write_picture(outputs_.place(options_.png, input, ".png"), drawing, options_.drawing, options_.common);
    if (!options_.html.empty())
      write_page(outputs_.place(options_.html, input, ".html"), std::move(drawing), options_.drawing, "");
  }

  void print(const fs::path& input, std::int64_t points, std::int64_t none, std::uint32_t count, double seconds,
             const LasPoints& las) const {
    std::printf("%s: %s in %s (%s points/s)\n", printable(input.string()).c_str(), plural(points, "point").c_str(),
                duration(seconds).c_str(), rate(static_cast<double>(points) / seconds).c_str());
    std::printf("  %s of level %d", plural(count, "cluster").c_str(), options_.level);
    if (count > 0)
      std::printf(", with %s points each in the mean", fixed(static_cast<double>(points - none) / count, 1).c_str());
    std::printf("\n  hierarchy: %s\n%s", treewalk::model_info(*model_).hierarchy.c_str(), las.summary().c_str());
    if (none > 0) std::printf("  in no cluster (%u): %s\n", treewalk::Clustering::none, plural(none, "point").c_str());
    std::vector<std::string> written{outputs_.file(options_.output, input, "").string()};
    if (!options_.png.empty()) written.push_back(outputs_.file(options_.png, input, ".png").string());
    if (!options_.html.empty()) written.push_back(outputs_.file(options_.html, input, ".html").string());
    std::printf("  wrote %s\n", printable(joined(written)).c_str());
    std::fflush(stdout);
  }

  const ClusterOptions& options_;
  const std::shared_ptr<const treewalk::Model> model_;
  const MemoryLimit limit_;
  const Outputs outputs_;
  Units units_;
};

void run(const ClusterOptions& options) {
  check(options.drawing);
  auto model = treewalk::load_model(treewalk::find_model(options.model));
  check_level("--level", options.level, treewalk::model_info(*model));
  ClusteredClouds(options, std::move(model)).write_all();
}

}  // namespace

void add_clusters(CommandLine& line) {
  auto options = std::make_shared<ClusterOptions>();
  Command command =
      line.add("clusters", "Number the pieces of clouds that a model sees: cells, or clusters of cells (superpoints).");
  command
      .positional("IN", options->input, "cloud (.pcd, .ply, .las, .laz, .off), also from a pipe, or a folder of clouds")
      .required();
  command
      .option("-o,--output", options->output, "FILE",
              "cloud with all fields of the input and cluster (.pcd, .ply), or the LAS file again with that dimension "
              "(.las, .laz); for a folder: a folder")
      .required();
  command.option("-m,--model", options->model, "MODEL", "model file, or the name of a shipped model").required();
  command.option("--level", options->level, "N", "level of the model's hierarchy; 0: its leaf cells").range(0, 1e6);
  command.flag("--use-noise", options->las.use_noise,
               "give clusters to points that a LAS file calls noise (class 7 or 18) or withheld, too");
  command.flag("--copc", options->las.copc, "a COPC goes on as a COPC, not as a plain .laz");
  command.option("--png", options->png, "FILE", "draw the result");
  command.option("--html", options->html, "FILE", "write a page that shows the result in a browser");
  add_overwrite(command, options->overwrite);
  add_drawing_options(command, options->drawing);
  add_scale(command, options->scale);
  add_common(command, options->common);
  command.example("treewalk clusters scan.ply -m terrain --level 2 -o clusters.pcd --png clusters.png");
  command.does([options] { run(*options); });
}

}  // namespace program
