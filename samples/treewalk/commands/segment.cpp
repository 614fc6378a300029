// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "commands/segment.h"

#include <memory>
#include <nlohmann/json.hpp>

#include "commands/folder_report.h"
#include "commands/folder_run.h"
#include "commands/labelled_cloud.h"
#include "commands/labelling.h"
#include "commands/manifest.h"
#include "memory.h"

namespace program {

namespace {

using nlohmann::ordered_json;

void write_reports(const Segment& options, const ordered_json& rows, bool many) {
  if (!options.json.empty()) write_json(options.json, many ? rows : rows.at(0));
  if (!options.csv.empty()) write_file(options.csv, csv_of(rows));
}

/// What an earlier run left must not be taken for the result of this one.
void check_earlier_run(Segment& options) {
  std::error_code error;
  if (!fs::is_directory(options.input, error) || options.output.empty()) {
    if (options.resume) throw UsageError("--resume goes on with a folder of outputs, which -o names");
    return;
  }
  const fs::path manifest = Manifest::file_in(options.output);
  if (!fs::exists(manifest, error)) return;
  options.goes_on = options.resume;
  if (!options.resume && !options.overwrite)
    throw treewalk::Error("'" + manifest.string() +
                          "' is of a run that did not end; --resume goes on with it, --overwrite starts anew");
}

void run(Segment options) {
  check(options.drawing);
  if (options.las.copc && (options.output.empty() || !options.keep.empty() || !options.remove.empty()))
    throw UsageError("--copc needs -o, and all points: it goes with neither --keep nor --remove");
  if (options.min_size && !options.objects) throw UsageError("--min-size needs --objects");
  if (options.apart && options.tiles) throw UsageError("--apart and --tiles exclude each other");
  if (options.resume && options.overwrite) throw UsageError("--resume and --overwrite exclude each other");
  check_earlier_run(options);
  const MemoryLimit limit(options.common.run, options.common.scratch);
  const auto model = model_for("segmentation", options.model);
  if (options.per_cluster) check_level("--per-cluster", *options.per_cluster, treewalk::model_info(*model));
  const LabelledClouds clouds(options, model, limit);
  if (!clouds.outputs().many()) {
    Labelling labelling(options, model, limit, clouds);
    return write_reports(options, ordered_json::array({labelling.alone(clouds.outputs().inputs().front())}), false);
  }
  FolderRun folder(options, model, limit, clouds);
  folder.run();
  write_reports(options, folder.rows(), true);
  folder.end();
}

void add_folder_options(Command& command, Segment& options) {
  command.group("Folders");
  command.flag("--apart", options.apart, "label every file by itself, and not as a part of what lies around it");
  command.flag("--tiles", options.tiles,
               "all files are tiles of one cloud, the .pcd, .ply and .off too; without it these are labelled by "
               "themselves, and LAS files are not");
  command.flag("--resume", options.resume, "go on with a run over a folder that did not end");
}

}  // namespace

void add_segment(CommandLine& line) {
  auto options = std::make_shared<Segment>();
  Command command = line.add("segment", "Label every point of a cloud, or of every cloud in a folder.");
  command
      .positional("IN", options->input, "cloud (.pcd, .ply, .las, .laz, .off), also from a pipe, or a folder of clouds")
      .required();
  command.option("-o,--output", options->output, "FILE",
                 "cloud with all fields of the input, label and confidence (.pcd, .ply), or the LAS file again with "
                 "other classes and confidence (.las, .laz); for a folder: a folder");
  command.option("-m,--model", options->model, "MODEL", "model file, or the name of a shipped model");
  command.option("--category", options->category, "NAME",
                 "what the object is, where a model of parts need not find it");
  auto keep = command.option("--keep", options->keep, "CLASS", "write only points of these classes (names or ids)");
  auto remove = command.option("--remove", options->remove, "CLASS", "write all points but those of these classes");
  keep.separated(',').excludes(remove);
  remove.separated(',');
  command.option("--min-confidence", options->min_confidence, "P", "points below this probability become unknown")
      .range(0, 1);
  command
      .option("--objects", options->objects, "DISTANCE",
              "find single objects: points of one class that are at most so far apart; writes their number as field "
              "object (0: none) and draws them")
      .range(1e-9, 1e9);
  command.option("--min-size", options->min_size, "N", "points that an object has at least (default: 20)")
      .range(1, 2e9);
  command
      .option("--per-cluster", options->per_cluster, "LEVEL",
              "give all points of a cluster of this level one label, by the mean of their probabilities (see "
              "clusters)")
      .range(0, 1e6);
  add_las_options(command, options->las);
  command.option("--png", options->png, "FILE", "draw the result");
  command.option("--html", options->html, "FILE", "write a page that shows the result in a browser");
  command.option("--json", options->json, "FILE", "write counts and times; -: to standard output");
  command.option("--csv", options->csv, "FILE",
                 "write a table with a line for each file: points, shares of classes, area, density, confidence, time");
  add_overwrite(command, options->overwrite);
  add_folder_options(command, *options);
  add_drawing_options(command, options->drawing);
  add_scale(command, options->scale);
  add_common(command, options->common);
  command.example("treewalk segment scan.ply -m terrain -o labelled.pcd --png labelled.png");
  command.does([options] { run(*options); });
}

}  // namespace program
