// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "commands/labelled_cloud.h"

#include <treewalk/io.h>
#include <treewalk/join.h>
#include <treewalk/las.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <tuple>
#include <utility>

#include "commands/folder_report.h"
#include "commands/objects.h"
#include "drawing/canvas.h"
#include "text.h"

namespace program {

using nlohmann::ordered_json;

namespace {

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

/// Of a damaged file in a folder nothing is known yet: it is told of when its turn comes.
bool has_header(const fs::path& input) {
  try {
    if (treewalk::is_las(input)) treewalk::las_info(input);
    return true;
  } catch (const treewalk::Error&) {
    return false;
  }
}

}  // namespace

/// What the summary tells beside the result.
struct LabelledClouds::Told {
  std::int64_t points, kept;
  const std::vector<ClassCount>& counts;
  std::string objects;
  double seconds;
};

LabelledClouds::LabelledClouds(const Segment& options, const std::shared_ptr<const treewalk::Model>& model,
                               const MemoryLimit& limit)
    : options_(options),
      info_(treewalk::model_info(*model)),
      limit_(limit),
      outputs_(options.input, options.overwrite || options.goes_on, options.output),
      later_(later_stages()) {
  chosen_ = classes_named(options.keep.empty() ? options.remove : options.keep, info_);
  outputs_.prepare(options.output, {".pcd", ".ply", ".las", ".laz"}, "-o", "");
  if (!options.output.empty())
    for (const fs::path& input : outputs_.inputs())
      if (!outputs_.many() || has_header(input)) {
        check_classes(input, outputs_.file(options.output, input, ""), info_);
        check_copc(input, outputs_.file(options.output, input, ""), options.las);
      }
  outputs_.prepare(options.png, {".png"}, "--png", ".png");
  if (!options.png.empty()) need_png();
  outputs_.prepare(options.html, {".html"}, "--html", ".html");
  prepare_json(options.json, options.overwrite);
  if (!options.csv.empty()) check_output(options.csv, {".csv"}, "--csv", options.overwrite);
}

std::vector<fs::path> LabelledClouds::files_of(const fs::path& input) const {
  std::vector<fs::path> files;
  const auto add = [&](const std::string& output, const char* extension) {
    if (!output.empty()) files.push_back(outputs_.file(output, input, extension));
  };
  add(options_.output, "");
  add(options_.png, ".png");
  add(options_.html, ".html");
  return files;
}

treewalk::ReadOptions LabelledClouds::reading(const fs::path& input) const {
  treewalk::ReadOptions reading;
  reading.threads = options_.common.run.threads;
  const bool goes_on = options_.output.empty() || treewalk::is_las_name(outputs_.file(options_.output, input, ""));
  if (!goes_on || draws() || !treewalk::is_las(input)) return reading;
  reading.only = treewalk::fields_read_by(info_);
  for (const char* name : {"classification", "classification_flags"}) reading.only.emplace_back(name);
  return reading;
}

void LabelledClouds::check(const fs::path& input, const LasPoints& las, const treewalk::Cloud& cloud) const {
  las.check_output(options_.output.empty() ? fs::path() : outputs_.file(options_.output, input, ""), cloud);
  if (draws()) check_paint(cloud.view(), input.filename().string(), options_.drawing.color, true);
}

ordered_json LabelledClouds::write(const fs::path& input, treewalk::Cloud cloud, LasPoints& las,
                                   treewalk::Segmentation result, double scale, double seconds) const {
  const std::int64_t points = cloud.size();
  for (std::size_t i = 0; i < result.label.size(); ++i)
    if (result.confidence[i] < options_.min_confidence) result.label[i] = info_.unknown_id;
  las.keep(result, info_.unknown_id);
  const auto counts = count_classes(result, info_);
  ordered_json row = to_json(result, points, counts, input, info_, seconds);
  add_area(row, area_of(cloud.view(), las.shown(cloud), scale));
  Objects objects;
  if (options_.objects)
    objects = find_objects(cloud.view(), result.label, object_classes(), info_, *options_.objects,
                           options_.min_size.value_or(20), options_.common.run.threads);
  const bool some = !options_.keep.empty() || !options_.remove.empty();
  const auto written = some ? kept_points(result) : std::vector<char>();
  const std::int64_t kept = some ? std::count(written.begin(), written.end(), 1) : points;
  const fs::path output = options_.output.empty() ? fs::path() : outputs_.place(options_.output, input, "");
  limit_.release();
  check_interrupted();
  if (las.writes(output)) las.write(output, result, info_.unknown_id, written, objects.number);
  if (const fs::path other = las.writes(output) ? fs::path() : output; draws() || !other.empty()) {
    if (options_.objects) {
      set_aside(cloud, "object");
      cloud.set_field("object", objects.number);
      free_memory_of(objects.number);
    }
    label(cloud, result, treewalk::is_las_name(other));
    if (some) select(cloud, written);
    draw(input, other, std::move(cloud), options_.objects ? objects.legend() : info_);
  }
  if (options_.objects) row["objects"] = objects.json();
  if (las.changed() >= 0) row["changed_classes"] = las.changed();
  if (!options_.common.quiet) print_summary(input, result, {points, kept, counts, objects.table(), seconds}, las);
  return row;
}

LaterStages LabelledClouds::later_stages() const {
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
std::vector<std::uint32_t> LabelledClouds::object_classes() const {
  std::vector<std::uint32_t> ids;
  for (const auto& one : info_.classes)
    if (options_.keep.empty() != (chosen_.count(one.id) > 0)) ids.push_back(one.id);
  return ids;
}

/// Adds the result's fields, which it loses. codes: labels are class codes, as LAS knows them.
void LabelledClouds::label(treewalk::Cloud& cloud, treewalk::Segmentation& result, bool codes) const {
  if (codes)
    for (std::uint32_t& one : result.label) one = class_code(one, info_.unknown_id);
  set_aside(cloud, "label");
  set_aside(cloud, "confidence");
  cloud.set_field("label", result.label);
  cloud.set_field("confidence", result.confidence);
  free_memory_of(result.label);
  free_memory_of(result.confidence);
}

std::vector<char> LabelledClouds::kept_points(const treewalk::Segmentation& result) const {
  const std::uint32_t unknown = info_.unknown_id;
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
void LabelledClouds::draw(const fs::path& input, const fs::path& output, treewalk::Cloud cloud,
                          const treewalk::ModelInfo& legend) const {
  check_interrupted();
  if (!output.empty()) treewalk::write_cloud(output, cloud);
  if (!draws()) return;
  limit_.release();
  auto drawing = make_drawing(cloud, input.filename().string(), options_.objects ? "object" : "label", &legend);
  cloud = {};
  limit_.release();
  if (!options_.png.empty())
    write_picture(outputs_.place(options_.png, input, ".png"), drawing, options_.drawing, options_.common);
  limit_.release();
  if (!options_.html.empty())
    write_page(outputs_.place(options_.html, input, ".html"), std::move(drawing), options_.drawing, "");
}

void LabelledClouds::print_summary(const fs::path& input, const treewalk::Segmentation& result, const Told& told,
                                   const LasPoints& las) const {
  std::printf("%s: %s in %s (%s points/s%s)\n", printable(input.string()).c_str(), plural(told.points, "point").c_str(),
              duration(told.seconds).c_str(), rate(static_cast<double>(told.points) / told.seconds).c_str(),
              result.tiles > 1 ? (", " + std::to_string(result.tiles) + " tiles").c_str() : "");
  if (!result.categories.empty())
    std::printf("  %s (%s)\n", printable(result.categories.front().name).c_str(),
                options_.category.empty() ? ("probability " + fixed(result.categories.front().probability, 3)).c_str()
                                          : "as told");
  std::fputs(class_table(told.counts, static_cast<std::size_t>(told.points)).c_str(), stdout);
  if (options_.objects) std::fputs(told.objects.c_str(), stdout);
  std::fputs(las.summary().c_str(), stdout);
  if (told.kept != told.points) std::printf("  kept %s\n", plural(told.kept, "point").c_str());
  std::vector<std::string> written;
  for (const fs::path& file : files_of(input)) written.push_back(file.string());
  if (!written.empty()) std::printf("  wrote %s\n", printable(joined(written)).c_str());
  if (written.empty() && options_.json.empty() && options_.csv.empty())
    std::printf("  nothing written; -o, --png, --html, --json and --csv say what to write\n");
  std::fflush(stdout);
}

}  // namespace program
