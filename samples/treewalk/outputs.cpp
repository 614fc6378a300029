// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "outputs.h"

#include <treewalk/memory.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "drawing/page.h"
#include "drawing/picture.h"
#include "text.h"

namespace program {

namespace {

int json_terminal = -1;  ///< what standard output was before "--json -"

/// Two numbers with one character between them.
bool parse_pair(const std::string& text, char separator, double& a, double& b) {
  char found = 0, rest = 0;
  return std::sscanf(text.c_str(), "%lf%c%lf%c", &a, &found, &b, &rest) == 3 && found == separator &&
         std::isfinite(a) && std::isfinite(b);
}

PictureOptions picture_options(const DrawingOptions& options) {
  PictureOptions result;
  double width = 0, height = 0, azimuth = 0, elevation = 0;
  if (!parse_pair(options.size, 'x', width, height) || width < 64 || height < 64 || width > 8192 || height > 8192)
    throw UsageError("--size '" + options.size + "' must be WIDTHxHEIGHT with 64 to 8192 pixels each");
  result.width = static_cast<int>(width);
  result.height = static_cast<int>(height);
  if (!options.from.empty()) {
    if (!parse_pair(options.from, ',', azimuth, elevation) || std::abs(elevation) > 90)
      throw UsageError("--from '" + options.from + "' must be AZIMUTH,ELEVATION in degrees, elevation -90 to 90");
    result.azimuth = azimuth;
    result.elevation = elevation;
  }
  result.dark = options.background == "dark";
  result.paint = options.color;
  result.point_size = options.point_size;
  return result;
}

}  // namespace

void add_drawing_options(Command& command, DrawingOptions& options) {
  command.group("Pictures and pages");
  command.option("--color", options.color, "WHAT", "label, confidence, rgb, intensity, height or auto")
      .one_of({"auto", "label", "confidence", "rgb", "intensity", "height"});
  command.option("--background", options.background, "TONE", "white or dark").one_of({"white", "dark"});
  command.option("--size", options.size, "WxH", "picture's WIDTHxHEIGHT in pixels");
  command.option("--from", options.from, "A,E", "camera's AZIMUTH,ELEVATION in degrees: 0 south, 90 east of the cloud");
  command.option("--point-size", options.point_size, "F", "factor on the picture's point size").range(0.05, 20);
  command.option("--most", options.most, "N", "a page shows at most this many points, chosen evenly").range(1, 2e7);
}

void check(const DrawingOptions& options) { picture_options(options); }

std::pair<int, int> picture_size(const DrawingOptions& options) {
  const auto picture = picture_options(options);
  return {picture.width, picture.height};
}

void write_picture(const fs::path& file, const Drawing& drawing, const DrawingOptions& options, const Common& common) {
  PictureOptions picture = picture_options(options);
  picture.threads = common.run.threads;
  write_file(file, png(draw_picture(drawing, picture)));
}

void write_page(const fs::path& file, Drawing drawing, const DrawingOptions& options, const std::string& note) {
  thin(drawing, static_cast<std::size_t>(options.most));
  PageOptions page_options;
  page_options.dark = options.background == "dark";
  page_options.paint = options.color;
  page_options.note = note;
  const std::string text = page(drawing, page_options);
  drawing = {};
  write_file(file, text);
}

void prepare_json(const std::string& file, bool overwrite) {
  if (file.empty()) return;
  if (file != "-") return check_output(file, {".json"}, "--json", overwrite);
  std::fflush(stdout);
  json_terminal = dup(STDOUT_FILENO);
  if (json_terminal < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
    throw treewalk::Error("cannot write to standard output");
}

void write_json(const std::string& file, const nlohmann::ordered_json& value) {
  const auto text = value.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  if (file != "-") return write_file(file, text);
  for (std::size_t done = 0; done < text.size();) {
    const auto written = write(json_terminal, text.data() + done, text.size() - done);
    if (written < 0 && errno != EINTR) throw treewalk::Error("cannot write to standard output");
    if (written > 0) done += static_cast<std::size_t>(written);
  }
}

Outputs::Outputs(const fs::path& input, bool overwrite, const fs::path& clouds)
    : input_(input), many_(fs::is_directory(input)), overwrite_(overwrite), inputs_(clouds_at(input, clouds)) {
  std::set<fs::path> seen;
  for (const auto& one : inputs_)
    if (fs::path stem = fs::path(one).replace_extension(); !seen.insert(stem).second) shared_.insert(stem);
}

void Outputs::prepare(const std::string& output, const std::vector<std::string>& extensions, const std::string& option,
                      const std::string& extension) const {
  if (output.empty()) return;
  if (!many_) return check_output(output, extensions, option, overwrite_);
  const std::string named = lower_case(fs::path(output).extension().string());
  for (const auto& e : extensions)
    if (named == e)
      throw UsageError("the input is a folder, so " + option + " names a folder, not the file '" + output + "'");
  fs::path first;
  std::int64_t there = 0;
  std::error_code error;
  for (const auto& input : inputs_)
    if (const fs::path result = file(output, input, extension); fs::exists(result, error) && ++there == 1)
      first = result;
  if (there > 0 && !overwrite_)
    throw treewalk::Error((there == 1 ? "'" : plural(there, "output") + " exist, the first is '") + first.string() +
                          (there == 1 ? "' exists" : "'") + "; give another folder, or --overwrite to replace them");
  make_folder(output);
}

fs::path Outputs::file(const std::string& output, const fs::path& input, const std::string& extension) const {
  if (!many_) return output;
  fs::path result = fs::path(output) / input.lexically_relative(input_);
  const bool mesh = lower_case(input.extension().string()) == ".off";
  const std::string ending = extension.empty() && mesh ? ".pcd" : extension;
  if (ending.empty()) return result;
  if (shared_.count(fs::path(input).replace_extension()) > 0) return result += ending;
  return result.replace_extension(ending);
}

fs::path Outputs::place(const std::string& output, const fs::path& input, const std::string& extension) const {
  fs::path result = file(output, input, extension);
  if (many_) make_folder(result.parent_path());
  return result;
}

void set_aside(treewalk::Cloud& cloud, const std::string& name) {
  std::string aside = name + "_input";
  const treewalk::CloudView view = cloud.view();
  for (int run = 2; view.find(aside); ++run) aside = name + "_input_" + std::to_string(run);
  for (auto& field : cloud.fields)
    if (field.name == name) field.name = aside;
}

void Failures::add(const treewalk::Error& error) {
  warn(error.what());
  if (++failed_ == 1) first_ = error.what();
  if (const auto* memory = dynamic_cast<const treewalk::TooLittleMemory*>(&error))
    memory_mb_ = std::max(memory_mb_, memory->least_mb);
}

void Failures::check(std::size_t clouds) const {
  if (failed_ > 0)
    throw treewalk::Error(
        std::to_string(failed_) + " of " + plural(static_cast<std::int64_t>(clouds), "cloud") + " failed; the first: " +
        first_ + (memory_mb_ > 0 ? "; the one that needs most takes " + std::to_string(memory_mb_) + " MB" : ""));
}

void for_each_cloud(const std::vector<fs::path>& clouds, bool many, const std::function<void(const fs::path&)>& work) {
  if (!many) return work(clouds.front());
  Failures failures;
  for (const auto& file : clouds) try {
      work(file);
    } catch (const treewalk::Cancelled&) {
      throw;
    } catch (const treewalk::Error& error) {
      failures.add(error);
    }
  failures.check(clouds.size());
}

}  // namespace program
