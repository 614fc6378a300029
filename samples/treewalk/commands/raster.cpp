// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <treewalk/io.h>
#include <treewalk/las.h>
#include <treewalk/memory.h>
#include <treewalk/strays.h>
#include <treewalk/terrain.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "memory.h"
#include "program.h"
#include "progress.h"
#include "text.h"
#include "units.h"

namespace program {

namespace {

using treewalk::PointUse;

struct Raster {
  std::string input, terrain, surface, heights, field;
  std::vector<std::string> ground{"2"}, noise;
  treewalk::TerrainOptions make;
  bool no_fill = false, overwrite = false;
  std::optional<int> epsg;
  Common common;
};

constexpr const char* new_field = "height_above_ground";

const char* about =
    "dtm: the ground's height in the middle of each cell, linear between the nearest points of the ground (Delaunay\n"
    "triangles). dsm: the highest point of each cell. Both are GeoTIFFs of float32, north up, cells at multiples of\n"
    "their size, -9999 where there is no height. hag: a copy of the cloud with the field height_above_ground, z less\n"
    "the dtm. Lengths are in the cloud's own unit. Classes are those of the field label, or of one like "
    "classification.";

std::set<double> ids_of(const std::vector<std::string>& words, const std::string& option) {
  std::set<double> ids;
  for (const auto& word : words) {
    const auto id = number_in(word);
    if (!id || *id != std::floor(*id) || std::abs(*id) > 4294967295.0)
      throw UsageError(option + " takes numbers of classes with commas between them, such as 2,9, not '" + word + "'");
    ids.insert(*id);
  }
  return ids;
}

const treewalk::Field& field_of(const treewalk::CloudView& view, const Raster& options) {
  if (!options.field.empty()) return view.at(options.field, "which --label-field names");
  const treewalk::Field* field = treewalk::label_field(view);
  if (field == nullptr)
    throw treewalk::Error(options.input +
                          ": no field tells the classes of its points (label, classification); "
                          "'treewalk segment' gives them, or --label-field names the field");
  return *field;
}

/// What each point is, by its class. Throws Error where none is of the ground, saying which classes there are.
std::vector<PointUse> use_of(const treewalk::CloudView& view, const Raster& options) {
  const treewalk::Field& field = field_of(view, options);
  const auto ground = ids_of(options.ground, "--ground");
  auto noise = ids_of(options.noise, "--noise");
  // What the classes of LAS are; a model's may be anything.
  if (options.noise.empty() && lower_case(field.name).find("classification") != std::string::npos) noise = {7, 18};
  const treewalk::Field* flags = view.find("classification_flags");  // of LAS
  constexpr int withheld = 4;
  std::vector<PointUse> use(static_cast<std::size_t>(view.size), PointUse::other);
  std::map<double, std::int64_t> found;
  bool any = false;
  for (std::int64_t i = 0; i < view.size; ++i) {
    const double id = view.value(i, field);
    PointUse& one = use[static_cast<std::size_t>(i)];
    if (flags != nullptr && (static_cast<int>(view.value(i, *flags)) & withheld) != 0) {
      one = PointUse::none;
      continue;
    }
    if (treewalk::is_no_label(id)) continue;
    if (ground.count(id) > 0) one = PointUse::ground, any = true;
    if (noise.count(id) > 0) one = PointUse::none;
    if (found.size() < 100) ++found[id];
  }
  if (any || (options.terrain.empty() && options.heights.empty())) return use;
  std::vector<std::string> ids;
  for (const auto& [id, points] : found) ids.push_back(fixed(id, 0));
  if (ids.size() > 12) ids.resize(12), ids.push_back("...");
  throw treewalk::Error(options.input + ": no point is of the ground, class " + joined(options.ground, " or ") +
                        " of " + field.name + "; its classes are " + (ids.empty() ? "none" : joined(ids)) +
                        ", and --ground says which is the ground's");
}

/// Points far from all others would make a raster of nothing between. Where they are many, the cells are small for the
/// cloud, and none is left out.
void leave_strays_out(const treewalk::CloudView& view, const Raster& options, std::vector<PointUse>& use) {
  const double gap = 8192 * options.make.cell;
  const auto strays = treewalk::stray_points(view, gap, options.make.cell);
  if (strays.point.empty() || 20 * static_cast<std::int64_t>(strays.point.size()) > view.size) return;
  for (const std::int32_t i : strays.point) use[static_cast<std::size_t>(i)] = PointUse::none;
  warn(options.input + ": " + strays.place + " are more than " + plural(8192, "cell") +
       " away from the rest of the cloud; they are left out");
}

/// What the command line says, or else the file.
treewalk::CoordinateSystem system_of(const Raster& options) {
  auto system = options.epsg ? treewalk::coordinate_system_of_epsg(*options.epsg)
                             : system_at(options.input).value_or(treewalk::CoordinateSystem());
  if (system.degrees)
    throw treewalk::Error(options.input + ": its coordinates are angles (" + system.name +
                          "), and rasters need lengths: project it into a system in metres or feet first");
  return system;
}

/// The cloud with the heights as one more field; of a LAS file to one, the file with one more dimension.
void write_with_heights(const Raster& options, treewalk::Cloud cloud, const std::vector<float>& heights) {
  const fs::path output = options.heights;
  if (treewalk::is_las(options.input) && treewalk::is_las_name(output)) {
    treewalk::LasChanges changes;
    changes.dimensions.push_back({new_field, "height above ground", treewalk::Scalar::float32, 1, &heights});
    changes.threads = options.common.run.threads;
    treewalk::write_changed_las(options.input, output, changes);
    return;
  }
  cloud.remove_field(new_field);
  cloud.set_field(new_field, heights);
  treewalk::write_cloud(output, cloud);
}

std::int64_t bytes_of_copy(std::int64_t points, std::size_t stride) {
  LaterStages stages;
  stages.cloud = true;
  stages.new_bytes = 4;
  return 4 * points + bytes_of(stages, points, stride);
}

/// Throws Error where the rasters would not fit into memory.
void check_memory(const treewalk::Cloud& cloud, const std::vector<PointUse>& use, const Raster& options,
                  const MemoryLimit& limit) {
  std::int64_t bytes = treewalk::terrain_bytes(cloud.view(), use, options.make.cell);
  if (!options.heights.empty()) bytes += bytes_of_copy(cloud.size(), cloud.stride);
  limit.check(options.input, bytes);
  const std::int64_t free = treewalk::available_memory();
  if (options.common.run.memory_mb == 0 && options.common.scratch.empty() && bytes > free / 4 * 3)
    throw treewalk::Error(options.input + ": rasters with cells of " + fixed(options.make.cell, 3) + " take " +
                          grouped(bytes >> 20) + " MB, more than three quarters of the " + grouped(free >> 20) +
                          " MB that are free: take larger cells, or a part of the cloud");
}

std::string summary(const std::string& file, const treewalk::HeightMap& map) {
  float low = INFINITY, high = -INFINITY;
  std::int64_t known = 0;
  for (const float z : map.value)
    if (z != treewalk::HeightMap::no_data) low = std::min(low, z), high = std::max(high, z), ++known;
  const double share = static_cast<double>(known) / static_cast<double>(map.value.size());
  return "  " + file + ": " + grouped(map.width) + " x " + grouped(map.height) + " cells, heights " +
         (known > 0 ? fixed(low, 2) + " to " + fixed(high, 2) : std::string("none")) + ", " + percent(share) +
         " of the cells have one\n";
}

class Rasters {
 public:
  explicit Rasters(const Raster& options) : options_(options), limit_(options.common.run, options.common.scratch) {
    check_outputs();
  }

  void run() {
    const auto system = system_of(options_);
    check_beside(system);
    limit_.check_reading(options_.input, {}, bytes_of_copy);
    treewalk::Cloud cloud = read(options_.input);
    ProgressLine line(options_.input, cloud.size(), options_.common.quiet);
    auto use = use_of(cloud.view(), options_);
    leave_strays_out(cloud.view(), options_, use);
    check_memory(cloud, use, options_, limit_);
    if (!options_.surface.empty()) {
      line.show(0, "surface");
      write(options_.surface, treewalk::surface_model(cloud.view(), use, options_.make.cell), system);
    }
    if (!options_.terrain.empty() || !options_.heights.empty()) make_terrain(std::move(cloud), use, system, line);
    line.clear();
    if (!options_.common.quiet) std::fputs(said_.c_str(), stdout);
  }

 private:
  void check_outputs() const {
    if (options_.terrain.empty() && options_.surface.empty() && options_.heights.empty())
      throw UsageError("raster: --dtm FILE, --dsm FILE or --hag FILE is needed");
    std::set<std::string> names;
    const auto check = [&](const std::string& file, const std::vector<std::string>& endings, const char* option) {
      if (file.empty()) return;
      check_output(file, endings, option, options_.overwrite);
      if (!names.insert(file).second) throw UsageError("raster: two outputs are called '" + file + "'");
    };
    check(options_.terrain, {".tif", ".tiff"}, "--dtm");
    check(options_.surface, {".tif", ".tiff"}, "--dsm");
    check(options_.heights, {".pcd", ".ply", ".las", ".laz"}, "--hag");
    ids_of(options_.ground, "--ground");
    ids_of(options_.noise, "--noise");
  }

  /// The text of a system without a code goes into a file beside each raster.
  void check_beside(const treewalk::CoordinateSystem& system) const {
    if (options_.overwrite || system.wkt.empty() || treewalk::epsg_of(system) > 0) return;
    for (const auto& file : {options_.terrain, options_.surface})
      if (const fs::path beside = fs::path(file).replace_extension(".prj"); !file.empty() && fs::exists(beside))
        throw treewalk::Error("'" + beside.string() + "' exists; give another file, or --overwrite to replace it");
  }

  void make_terrain(treewalk::Cloud cloud, std::vector<PointUse>& use, const treewalk::CoordinateSystem& system,
                    ProgressLine& line) {
    check_interrupted();
    line.show(0, "terrain");
    treewalk::TerrainOptions make = options_.make;
    make.fill = !options_.no_fill;
    const auto map = treewalk::terrain_model(cloud.view(), use, make);
    free_memory_of(use);
    check_interrupted();
    if (!options_.terrain.empty()) write(options_.terrain, map, system);
    limit_.release();
    if (options_.heights.empty()) return;
    line.show(0, "heights");
    const auto heights = treewalk::height_above(cloud.view(), map);
    const auto without = std::count_if(heights.begin(), heights.end(), [](float h) { return std::isnan(h); });
    write_with_heights(options_, std::move(cloud), heights);
    said_ += "  " + options_.heights + ": " + plural(static_cast<std::int64_t>(heights.size()), "point") +
             (without > 0 ? ", " + grouped(without) + " of them without a terrain below" : "") + "\n";
  }

  void write(const std::string& file, const treewalk::HeightMap& map, const treewalk::CoordinateSystem& system) {
    const std::string remark = treewalk::write_geotiff(file, map, system);
    if (!remark.empty() && !warned_) warn(file + ": " + remark);  // of two rasters it holds once
    warned_ = warned_ || !remark.empty();
    said_ += summary(file, map);
  }

  const Raster& options_;
  MemoryLimit limit_;
  std::string said_;
  bool warned_ = false;
};

Raster on_the_cpu(Raster options) {
  options.common.run.device = "cpu";
  return options;
}

}  // namespace

void add_raster(CommandLine& line) {
  auto options = std::make_shared<Raster>();
  Command command = line.add("raster", "Make rasters of the ground and of the surface of a cloud with classes.");
  command.footer(about);
  command.positional("IN", options->input, "cloud with classes (.pcd, .ply, .las, .laz), also from a pipe").required();
  command.option("--dtm", options->terrain, "FILE", "the ground's height (.tif)");
  command.option("--dsm", options->surface, "FILE", "the highest points (.tif)");
  command.option("--hag", options->heights, "FILE",
                 "a copy of the cloud with heights above the ground (.pcd, .ply, .las, .laz)");
  add_overwrite(command, options->overwrite);
  command.option("--cell", options->make.cell, "M", "side of a cell").range(1e-6, 1e9);
  command.option("--ground", options->ground, "IDS", "classes of the ground, with commas").separated(',').once_each();
  command
      .option("--noise", options->noise, "IDS",
              "classes that are left out; where nothing is said, 7 and 18 of a field like classification")
      .separated(',')
      .once_each();
  command.option("--label-field", options->field, "FIELD",
                 "field with the classes; where nothing is said, label, or one like classification");
  command.flag("--no-fill", options->no_fill, "cells without a point of the ground have no height in the dtm");
  command
      .option("--max-gap", options->make.max_gap, "M",
              "the dtm reaches this far from any point, over gaps and beyond the border; 0: 50 cells")
      .range(0, 1e9);
  command
      .option("--epsg", options->epsg, "CODE",
              "coordinate system of the cloud, such as 32632, where the file does not say it")
      .range(1, 999999);
  command.group("Common options");
  command
      .option("--memory", options->common.run.memory_mb, "MB",
              "megabytes that the program may have in memory at a time, all told; 0: three quarters of what is free")
      .range(0, 1e12);
  add_scratch(command, options->common.scratch);
  command.flag("--quiet", options->common.quiet, "no progress line, no summary");
  command.example("treewalk raster labelled.pcd --dtm dtm.tif --dsm dsm.tif --hag heights.pcd --cell 0.5");
  command.does([options] {
    const Raster chosen = on_the_cpu(*options);
    Rasters(chosen).run();
  });
}

}  // namespace program
