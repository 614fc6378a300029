// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <treewalk/io.h>
#include <treewalk/recipe.h>
#include <treewalk/shipped.h>

#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "program.h"
#include "text.h"
#include "units.h"

namespace program {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

struct Info {
  std::string subject;
  bool recipe = false, markdown = false, schema = false;
};

void line(const std::string& name, const std::string& value) {
  if (!value.empty()) std::printf("%-15s %s\n", name.c_str(), printable(value).c_str());
}

std::string ranges(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& labels) {
  std::vector<std::string> parts;
  for (const auto& [first, last] : labels)
    parts.push_back(std::to_string(first) + (last == first ? "" : "-" + std::to_string(last)));
  return joined(parts);
}

/// With three digits that count.
std::string rounded_up(double value) {
  const double unit = std::pow(10, std::floor(std::log10(value)) - 2);
  char text[40];
  std::snprintf(text, sizeof text, "%.6g", std::ceil(value / unit) * unit);
  return text;
}

void print_entries(const ordered_json& object, const std::string& prefix) {
  for (const auto& [key, entry] : object.items())
    if (entry.is_object()) {
      print_entries(entry, prefix + key + ".");
    } else {
      const std::string text = entry.is_string() ? entry.get<std::string>() : entry.dump();
      std::printf("  %-18s %s\n", printable(prefix + key).c_str(), printable(text).c_str());
    }
}

/// One line per value of a JSON object, those of inner objects with a dot in their name.
void print_object(const std::string& title, const std::string& text) {
  const auto value = ordered_json::parse(text, nullptr, false);
  if (!value.is_object() || value.empty()) return;
  std::printf("%s\n", title.c_str());
  print_entries(value, "");
}

void show_model(const fs::path& file) {
  const auto model = treewalk::load_model(file);
  const auto& info = treewalk::model_info(*model);
  line("file", file.string());
  line("task", info.task);
  line("attention", info.attention);
  line("hierarchy", info.hierarchy);
  line("parameters", grouped(info.parameters));
  line("required fields", joined(info.required_fields));
  line("optional fields", joined(info.optional_fields));
  line("categories", joined(info.categories));
  line("unknown id", std::to_string(info.unknown_id));
  line("reach", std::isinf(info.reach) ? "all of the cloud" : rounded_up(info.reach) + " horizontally");
  line("made by", info.library_version.empty() ? "" : "treewalk " + info.library_version);
  line("sha256", info.sha256);
  Table table({"class", "id", "colour", "from labels"});
  for (const auto& c : info.classes)
    table.add({printable(c.name), std::to_string(c.id), printable(c.color), ranges(c.source_labels)});
  std::printf("classes\n%s", table.text().c_str());
  print_object("calibration", info.calibration);
  print_object("training card", info.training_card);
  const auto recipe = ordered_json::parse(info.recipe, nullptr, false);
  if (recipe.is_object())
    for (const char* part : {"features", "network"})
      if (recipe.contains(part)) line(part, recipe[part].dump());
}

const char* type_name(treewalk::Scalar type) {
  constexpr const char* names[] = {"int8",   "uint8",   "int16",   "uint16", "int32",
                                   "uint32", "float32", "float64", "int64",  "uint64"};
  return names[static_cast<std::size_t>(type)];
}

struct Span {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  std::int64_t not_finite = 0;
  void add(double v) {
    if (!std::isfinite(v)) {
      ++not_finite;
      return;
    }
    low = std::min(low, v);
    high = std::max(high, v);
  }
  std::string text(double v) const {
    char digits[40];
    std::snprintf(digits, sizeof digits, "%.10g", v);
    return low > high ? "-" : digits;
  }
};

/// What a file says of the units of its coordinates.
std::string coordinates(const treewalk::CoordinateSystem& system) {
  if (system.degrees) return system.name + " (angles)";
  if (system.horizontal_metres == 0 && system.vertical_metres == 0) return "the file says no unit of length";
  const auto unit = [](double metres) { return metres > 0 ? "in " + treewalk::unit_name(metres) : "of no said unit"; };
  return system.name + (system.name.empty() ? "" : "; ") + "x and y " + unit(system.horizontal_metres) + ", heights " +
         unit(system.vertical_metres);
}

void show_cloud(const fs::path& file) {
  const auto cloud = read(file);
  const auto view = cloud.view();
  line("file", file.string());
  line("points", grouped(view.size) + (cloud.height > 1 ? "  (organised, " + std::to_string(cloud.width) + " x " +
                                                              std::to_string(cloud.height) + ")"
                                                        : ""));
  const treewalk::Field* axis[3] = {view.find("x"), view.find("y"), view.find("z")};
  if (axis[0] && axis[1] && axis[2]) {
    std::int64_t bad = 0;
    for (std::int64_t i = 0; i < view.size; ++i)
      bad += !(std::isfinite(view.value(i, *axis[0])) && std::isfinite(view.value(i, *axis[1])) &&
               std::isfinite(view.value(i, *axis[2])));
    line("not finite", bad ? plural(bad, "point") + " with a NaN or infinite coordinate" : "no point");
  } else {
    line("position", "no fields x, y and z");
  }
  std::string viewpoint;
  for (double v : cloud.viewpoint) viewpoint += fixed(v, 3) + " ";
  line("viewpoint", viewpoint);
  if (const auto system = system_at(file)) line("coordinates", coordinates(*system));
  Table table({"field", "type", "least", "greatest", "extent", "not finite"});
  for (const auto& field : view.fields) {
    Span span;
    for (std::int64_t i = 0; i < view.size; ++i)
      for (std::size_t e = 0; e < field.count; ++e) span.add(view.value(i, field, e));
    const std::string type = type_name(field.type);
    const bool packed = (field.name == "rgb" || field.name == "rgba") && treewalk::size_of(field.type) == 4;
    table.add({printable(field.name), type + (field.count > 1 ? " x " + std::to_string(field.count) : ""),
               packed ? "colour" : span.text(span.low), packed ? "" : span.text(span.high),
               packed ? "" : span.text(span.high - span.low), packed ? "" : grouped(span.not_finite)});
  }
  std::fputs(table.text().c_str(), stdout);
}

/// Whether this is no file that has a name of its own, such as a pipe or what was redirected: models are read from
/// files.
bool has_no_name(const fs::path& file) {
  std::error_code error;
  return fs::is_other(file, error) || file.string().rfind("/dev/", 0) == 0;
}

/// A file whose name does not say what it is: a model, or else a cloud by its content.
void show_file(const fs::path& file) {
  const bool named = lower_case(file.extension().string()) == ".treewalk";
  try {
    return show_model(file);
  } catch (const treewalk::Error& error) {
    if (named) throw;
  }
  try {
    show_cloud(file);
  } catch (const treewalk::Error&) {
    throw treewalk::Error("'" + file.string() + "' is neither a model nor a cloud (.pcd, .ply, .las, .laz, .off)");
  }
}

void show_recipe_keys(const Info& info) {
  using treewalk::ReferenceFormat;
  if (info.markdown && info.schema) throw UsageError("info: --markdown and --schema are two forms; give one of them");
  const auto format = info.markdown ? ReferenceFormat::markdown
                      : info.schema ? ReferenceFormat::schema
                                    : ReferenceFormat::text;
  if (format != ReferenceFormat::text && !info.subject.empty())
    throw UsageError("info: --markdown and --schema tell of all keys; leave '" + info.subject + "' out");
  std::fputs(treewalk::recipe_reference(format, info.subject).c_str(), stdout);
}

void run(const Info& info) {
  if (!info.recipe && (info.markdown || info.schema))
    throw UsageError("info: --markdown and --schema belong to --recipe");
  if (info.recipe) {
    show_recipe_keys(info);
  } else if (info.subject.empty()) {
    std::printf("%s\n", treewalk::build_information().c_str());
    line("models", joined(shipped_models()));
  } else if (treewalk::is_cloud_file(info.subject) || has_no_name(info.subject)) {
    show_cloud(info.subject);
  } else {
    show_file(treewalk::find_model(info.subject));
  }
}

}  // namespace

void add_info(CommandLine& line) {
  auto info = std::make_shared<Info>();
  Command command =
      line.add("info", "Show versions and devices, what a model or a cloud holds, or what recipes may say.");
  command.positional(
      "MODEL|CLOUD|KEY", info->subject,
      "model file or shipped model's name, a cloud (.pcd, .ply, .las, .laz, .off), or with --recipe one key");
  command.flag("--recipe", info->recipe, "what a recipe may say: all keys, or one, such as training.epochs");
  command.flag("--markdown", info->markdown, "with --recipe: as a page of tables");
  command.flag("--schema", info->schema, "with --recipe: as a JSON Schema, for editors");
  command.example("treewalk info terrain");
  command.does([info] { run(*info); });
}

}  // namespace program
