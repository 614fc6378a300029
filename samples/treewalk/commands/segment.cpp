// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <treewalk/io.h>
#include <treewalk/las.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "commands/las_points.h"
#include "commands/objects.h"
#include "commands/segment_report.h"
#include "drawing/canvas.h"
#include "memory.h"
#include "outputs.h"
#include "program.h"
#include "progress.h"
#include "text.h"
#include "units.h"

namespace program {

namespace {

using nlohmann::ordered_json;

struct Segment {
  std::string input, output, model, category, scale, png, html, json;
  std::vector<std::string> keep, remove;
  float min_confidence = 0;
  std::optional<double> objects;
  std::optional<int> min_size;
  bool overwrite = false;
  DrawingOptions drawing;
  LasOptions las;
  Common common;
};

/// Classes by name or id, "unknown" included. Throws UsageError that lists what the model has.
std::set<std::uint32_t> classes_named(const std::vector<std::string>& names, const treewalk::ModelInfo& info) {
  std::set<std::uint32_t> ids;
  for (const auto& name : names) {
    const auto found = std::find_if(info.classes.begin(), info.classes.end(), [&](const treewalk::ClassInfo& c) {
      return c.name == name || std::to_string(c.id) == name;
    });
    if (found != info.classes.end()) {
      ids.insert(found->id);
    } else if (name == "unknown" || name == std::to_string(info.unknown_id)) {
      ids.insert(info.unknown_id);
    } else {
      std::vector<std::string> known;
      for (const auto& c : info.classes) known.push_back(c.name);
      throw UsageError("the model has no class '" + name + "'; its classes are " + joined(known));
    }
  }
  return ids;
}

/// A field of the input that the result's field would replace goes on as NAME_input, or in later runs as NAME_input_2,
/// NAME_input_3, ...
void set_aside(treewalk::Cloud& cloud, const std::string& name) {
  std::string aside = name + "_input";
  const treewalk::CloudView view = cloud.view();
  for (int run = 2; view.find(aside); ++run) aside = name + "_input_" + std::to_string(run);
  for (auto& field : cloud.fields)
    if (field.name == name) field.name = aside;
}

/// Leaves the points that `kept` says, in their order, as an unorganised cloud.
void select(treewalk::Cloud& cloud, const std::vector<char>& kept) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (!kept[i]) continue;
    if (n != i) std::memcpy(&cloud.data[n * cloud.stride], &cloud.data[i * cloud.stride], cloud.stride);
    ++n;
  }
  cloud.data.resize(n * cloud.stride);
  cloud.width = static_cast<std::int64_t>(n);
  cloud.height = 1;
}

/// Runs the model on clouds and writes what the command line asked for.
class Segmenter {
 public:
  explicit Segmenter(const Segment& options)
      : options_(options),
        outputs_(options.input, options.overwrite, options.output),
        limit_(options.common.run),
        model_(model_for("segmentation", options.model)),
        units_(options.scale, treewalk::model_info(*model_)) {
    const auto& info = treewalk::model_info(*model_);
    chosen_ = classes_named(options.keep.empty() ? options.remove : options.keep, info);
    outputs_.prepare(options.output, {".pcd", ".ply", ".las", ".laz"}, "-o", "");
    if (!options.output.empty())
      for (const fs::path& input : outputs_.inputs()) {
        check_classes(input, outputs_.file(options.output, input, ""), info);
        check_copc(input, outputs_.file(options.output, input, ""), options.las);
      }
    outputs_.prepare(options.png, {".png"}, "--png", ".png");
    if (!options.png.empty()) need_png();
    outputs_.prepare(options.html, {".html"}, "--html", ".html");
    prepare_json(options.json, options.overwrite);
  }

  void run() {
    for_each_cloud(outputs_.inputs(), outputs_.many(), [this](const fs::path& input) { segment_one(input); });
    if (options_.json.empty()) return;
    write_json(options_.json, outputs_.many() ? report_ : report_.at(0));
  }

 private:
  void segment_one(const fs::path& input) {
    const auto& info = treewalk::model_info(*model_);
    const LaterStages later = later_stages();
    limit_.check_reading(input, [&](auto points, auto stride) { return bytes_of(later, points, stride); });
    treewalk::Cloud cloud = read(input, options_.common.run.threads);
    const std::int64_t points = cloud.size();
    LasPoints las(input, cloud, options_.las);
    las.check_output(options_.output.empty() ? fs::path() : outputs_.file(options_.output, input, ""), cloud);
    ProgressLine line(input.filename().string(), points, options_.common.quiet);
    auto run_options = options_.common.run;
    run_options.scale = units_.scale(input);
    run_options.progress = [&](double fraction, const std::string& stage) { return line.show(fraction, stage); };
    treewalk::Segmentation result;
    las.hide(cloud);
    limit_.run("for '" + input.string() + "' and what is to be made of it", 0, bytes_of(later, points, cloud.stride),
               run_options, [&](const treewalk::RunOptions& options) {
                 result = treewalk::Session(model_, options).segment(cloud.view(), options_.category);
               });
    las.show(cloud);
    const double seconds = line.seconds();
    line.clear();
    check_interrupted();
    warn_about(input, result.warnings);
    for (std::size_t i = 0; i < result.label.size(); ++i)
      if (result.confidence[i] < options_.min_confidence) result.label[i] = info.unknown_id;
    las.keep(result, info.unknown_id);
    const auto counts = count_classes(result, info);
    Objects objects;
    if (options_.objects)
      objects = find_objects(cloud.view(), result.label, object_classes(info), info, *options_.objects,
                             options_.min_size.value_or(20), options_.common.run.threads);
    const bool some = !options_.keep.empty() || !options_.remove.empty();
    const auto written = some ? kept_points(result) : std::vector<char>();
    const std::int64_t kept = some ? std::count(written.begin(), written.end(), 1) : points;
    const fs::path output = options_.output.empty() ? fs::path() : outputs_.place(options_.output, input, "");
    limit_.release();
    check_interrupted();
    if (las.writes(output)) las.write(output, result, info.unknown_id, written, objects.number);
    if (options_.objects) {
      set_aside(cloud, "object");
      cloud.set_field("object", objects.number);
      free_memory_of(objects.number);
    }
    label(cloud, result, treewalk::is_las_name(output) && !las.writes(output));
    if (some) select(cloud, written);
    write_outputs(input, las.writes(output) ? fs::path() : output, std::move(cloud),
                  options_.objects ? objects.legend() : info);
    report_.push_back(to_json(result, points, counts, input, info, seconds));
    if (options_.objects) report_.back()["objects"] = objects.json();
    if (las.changed() >= 0) report_.back()["changed_classes"] = las.changed();
    if (!options_.common.quiet) print_summary(input, points, kept, result, counts, objects.table(), las, seconds);
  }

  LaterStages later_stages() const {
    LaterStages later;
    later.objects = options_.objects.has_value();
    later.new_bytes += later.objects ? 4 : 0;
    later.cloud = !options_.output.empty();
    later.picture = !options_.png.empty();
    later.page = !options_.html.empty();
    std::tie(later.width, later.height) = picture_size(options_.drawing);
    later.most = options_.drawing.most;
    return later;
  }

  /// The classes that are written.
  std::vector<std::uint32_t> object_classes(const treewalk::ModelInfo& info) const {
    std::vector<std::uint32_t> ids;
    for (const auto& one : info.classes)
      if (options_.keep.empty() != (chosen_.count(one.id) > 0)) ids.push_back(one.id);
    return ids;
  }

  /// Adds the result's fields, which it loses. codes: labels are class codes, as LAS knows them.
  void label(treewalk::Cloud& cloud, treewalk::Segmentation& result, bool codes) const {
    if (codes)
      for (std::uint32_t& one : result.label) one = class_code(one, treewalk::model_info(*model_).unknown_id);
    set_aside(cloud, "label");
    set_aside(cloud, "confidence");
    cloud.set_field("label", result.label);
    cloud.set_field("confidence", result.confidence);
    free_memory_of(result.label);
    free_memory_of(result.confidence);
  }

  std::vector<char> kept_points(const treewalk::Segmentation& result) const {
    const std::uint32_t unknown = treewalk::model_info(*model_).unknown_id;
    std::vector<char> kept(result.label.size());
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const bool listed = chosen_.count(result.label[i]) > 0;
      // Points without a finite position, or far from all others, pass only where they are asked for by name.
      const bool blank = result.label[i] == unknown && result.confidence[i] == 0;
      kept[i] = options_.keep.empty() ? !listed && !blank : listed;
    }
    return kept;
  }

  /// output: of the cloud, or empty.
  void write_outputs(const fs::path& input, const fs::path& output, treewalk::Cloud cloud,
                     const treewalk::ModelInfo& info) const {
    check_interrupted();
    if (!output.empty()) treewalk::write_cloud(output, cloud);
    if (options_.png.empty() && options_.html.empty()) return;
    limit_.release();
    auto drawing = make_drawing(cloud, input.filename().string(), options_.objects ? "object" : "label", &info);
    cloud = {};
    limit_.release();
    if (!options_.png.empty())
      write_picture(outputs_.place(options_.png, input, ".png"), drawing, options_.drawing, options_.common);
    limit_.release();
    if (!options_.html.empty())
      write_page(outputs_.place(options_.html, input, ".html"), std::move(drawing), options_.drawing, "");
  }

  void print_summary(const fs::path& input, std::int64_t points, std::int64_t kept,
                     const treewalk::Segmentation& result, const std::vector<ClassCount>& counts,
                     const std::string& objects, const LasPoints& las, double seconds) const {
    std::printf("%s: %s in %s (%s points/s%s)\n", printable(input.string()).c_str(), plural(points, "point").c_str(),
                duration(seconds).c_str(), rate(static_cast<double>(points) / seconds).c_str(),
                result.tiles > 1 ? (", " + std::to_string(result.tiles) + " tiles").c_str() : "");
    if (!result.categories.empty())
      std::printf("  %s (%s)\n", printable(result.categories.front().name).c_str(),
                  options_.category.empty() ? ("probability " + fixed(result.categories.front().probability, 3)).c_str()
                                            : "as told");
    std::fputs(class_table(counts, static_cast<std::size_t>(points)).c_str(), stdout);
    if (options_.objects) std::fputs(objects.c_str(), stdout);
    std::fputs(las.summary().c_str(), stdout);
    if (kept != points) std::printf("  kept %s\n", plural(kept, "point").c_str());
    std::vector<std::string> written;
    const auto note = [&](const std::string& output, const char* extension) {
      if (!output.empty()) written.push_back(outputs_.file(output, input, extension).string());
    };
    note(options_.output, "");
    note(options_.png, ".png");
    note(options_.html, ".html");
    if (!written.empty()) std::printf("  wrote %s\n", printable(joined(written)).c_str());
    if (written.empty() && options_.json.empty())
      std::printf("  nothing written; -o, --png, --html and --json say what to write\n");
    std::fflush(stdout);
  }

  const Segment& options_;
  Outputs outputs_;
  MemoryLimit limit_;
  std::shared_ptr<const treewalk::Model> model_;
  Units units_;
  std::set<std::uint32_t> chosen_;
  ordered_json report_ = ordered_json::array();
};

void run(const Segment& options) {
  check(options.drawing);
  if (options.las.copc && (options.output.empty() || !options.keep.empty() || !options.remove.empty()))
    throw UsageError("--copc needs -o, and all points: it goes with neither --keep nor --remove");
  if (options.min_size && !options.objects) throw UsageError("--min-size needs --objects");
  Segmenter(options).run();
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
  add_las_options(command, options->las);
  command.option("--png", options->png, "FILE", "draw the result");
  command.option("--html", options->html, "FILE", "write a page that shows the result in a browser");
  command.option("--json", options->json, "FILE", "write counts and times; -: to standard output");
  add_overwrite(command, options->overwrite);
  add_drawing_options(command, options->drawing);
  add_scale(command, options->scale);
  add_common(command, options->common);
  command.example("treewalk segment scan.ply -m terrain -o labelled.pcd --png labelled.png");
  command.does([options] { run(*options); });
}

}  // namespace program
