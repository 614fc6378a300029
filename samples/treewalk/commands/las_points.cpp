// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "commands/las_points.h"

#include <treewalk/las.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "commands/footprint.h"
#include "text.h"

namespace program {

namespace {

// Codes of the LAS specification, and the bit of a point that was withdrawn.
constexpr int low_noise = 7, high_noise = 18;
constexpr unsigned withheld = 4;

void store_x(treewalk::Cloud& cloud, const treewalk::Field& x, std::size_t point, double value) {
  std::byte* at = cloud.data.data() + point * cloud.stride + x.offset;
  const auto narrow = static_cast<float>(value);
  if (x.type == treewalk::Scalar::float64)
    std::memcpy(at, &value, sizeof value);
  else
    std::memcpy(at, &narrow, sizeof narrow);
}

treewalk::LasDimension las_numbers(const char* name, const char* meaning, const std::vector<std::uint32_t>& numbers) {
  treewalk::LasDimension dimension{name, meaning, treewalk::Scalar::uint32};
  dimension.numbers = &numbers;
  return dimension;
}

}  // namespace

void add_las_options(Command& command, LasOptions& options) {
  command.flag("--use-noise", options.use_noise,
               "show points to the model that a LAS file calls noise (class 7 or 18) or withheld, and label them");
  command
      .option("--keep-classified", options.keep_classified, "CODE",
              "points that a LAS file gives these classes keep them")
      .separated(',');
  command.flag("--keep-input-classes", options.keep_input_classes,
               "keep the classes of a LAS file before the change as its dimension classification_input");
  command.flag("--copc", options.copc, "a COPC goes on as a COPC, not as a plain .laz");
}

void check_copc(const fs::path& input, const fs::path& output, const LasOptions& options) {
  if (!options.copc) return;
  if (lower_case(output.extension().string()) != ".laz") throw UsageError("--copc writes a .laz, so -o must name one");
  if (!treewalk::is_las(input) || !treewalk::las_info(input).copc)
    throw treewalk::Error("'" + input.string() + "' is no COPC, so it cannot go on as one: leave --copc out");
}

void check_classes(const fs::path& input, const fs::path& output, const treewalk::ModelInfo& info) {
  if (!treewalk::is_las_name(output)) return;
  std::uint32_t largest = 255;
  std::string who = "LAS";
  if (treewalk::is_las(input)) {
    const int format = treewalk::las_info(input).point_format;
    if (format < 6) largest = 31;
    who = "point format " + std::to_string(format) + " of '" + input.string() + "'";
  }
  for (const auto& one : info.classes)
    if (one.id > largest)
      throw treewalk::Error("the model's class '" + one.name + "' has the code " + std::to_string(one.id) + ", but " +
                            who + " holds codes up to " + std::to_string(largest) + "; write a .pcd or .ply");
}

LasPoints::LasPoints(const fs::path& input, const treewalk::Cloud& cloud, const LasOptions& options)
    : input_(input), options_(options) {
  std::error_code error;
  is_las_ = treewalk::is_las(input);
  const auto view = cloud.view();
  const treewalk::Field *code = view.find("classification"), *flags = view.find("classification_flags");
  is_pipe_ = fs::is_other(input, error) && code != nullptr && flags != nullptr;
  if (!options.keep_classified.empty() && code == nullptr)
    throw treewalk::Error("--keep-classified needs points with a classification, which '" + input.string() +
                          "' has not");
  if (code == nullptr) return;
  kind_.resize(static_cast<std::size_t>(view.size), for_model);
  class_code_.resize(kind_.size());
  for (std::size_t i = 0; i < kind_.size(); ++i) {
    const auto point = static_cast<std::int64_t>(i);
    const auto value = static_cast<int>(view.value(point, *code));
    const unsigned bits = flags == nullptr ? 0 : static_cast<unsigned>(view.value(point, *flags));
    const bool noise = flags != nullptr && (value == low_noise || value == high_noise || (bits & withheld) != 0);
    const auto& keep = options.keep_classified;
    class_code_[i] = static_cast<std::uint8_t>(value);
    if (noise && !options.use_noise) {
      kind_[i] = hidden;
      ++hidden_;
    } else if (std::find(keep.begin(), keep.end(), value) != keep.end()) {
      kind_[i] = kept;
      ++kept_;
    }
  }
  if (hidden_ + kept_ == 0) kind_ = {};
  if (kept_ == 0) class_code_ = {};
}

void LasPoints::check_output(const fs::path& output, const treewalk::Cloud& cloud) const {
  if (!treewalk::is_las_name(output)) return;
  if (is_pipe_)
    throw treewalk::Error("'" + input_.string() +
                          "' is a pipe, which cannot be read twice, so its points cannot go on as LAS; name a file");
  if (is_las_) return;
  const auto view = cloud.view();
  std::int64_t lost = 0;
  const treewalk::Field *x = &view.at("x"), *y = &view.at("y"), *z = &view.at("z");
  for (std::int64_t i = 0; i < view.size; ++i)
    lost += !(std::isfinite(view.value(i, *x)) && std::isfinite(view.value(i, *y)) && std::isfinite(view.value(i, *z)));
  if (lost > 0)
    throw treewalk::Error("'" + input_.string() + "' has " + plural(lost, "point") +
                          " without finite coordinates, which LAS cannot hold; write a .pcd or .ply");
}

void LasPoints::hide(treewalk::Cloud& cloud) {
  if (hidden_ == 0) return;
  const auto view = cloud.view();
  const treewalk::Field& x = view.at("x");
  for (std::size_t i = 0; i < kind_.size(); ++i) {
    if (kind_[i] != hidden) continue;
    x_.push_back(view.value(static_cast<std::int64_t>(i), x));
    store_x(cloud, x, i, std::numeric_limits<double>::quiet_NaN());
  }
}

void LasPoints::show(treewalk::Cloud& cloud) {
  if (hidden_ == 0) return;
  const treewalk::Field x = cloud.view().at("x");
  for (std::size_t i = 0, next = 0; i < kind_.size(); ++i)
    if (kind_[i] == hidden) store_x(cloud, x, i, x_[next++]);
  x_ = {};
}

std::vector<std::int32_t> LasPoints::shown(const treewalk::Cloud& cloud) const {
  auto point = finite_points(cloud.view());
  if (hidden_ > 0)
    point.erase(std::remove_if(point.begin(), point.end(),
                               [&](std::int32_t i) { return kind_[static_cast<std::size_t>(i)] == hidden; }),
                point.end());
  return point;
}

void LasPoints::keep(treewalk::Segmentation& result, std::uint32_t unknown) const {
  for (std::size_t i = 0; i < kind_.size(); ++i) {
    if (kind_[i] == for_model) continue;
    result.label[i] = kind_[i] == kept ? class_code_[i] : unknown;
    result.confidence[i] = 0;
  }
}

bool LasPoints::writes(const fs::path& output) const { return is_las_ && treewalk::is_las_name(output); }

void LasPoints::write(const fs::path& output, const treewalk::Segmentation& result, std::uint32_t unknown,
                      const std::vector<char>& written, const std::vector<std::uint32_t>& object) {
  std::vector<std::uint32_t> code(result.label.size());
  for (std::size_t i = 0; i < code.size(); ++i)
    code[i] =
        !kind_.empty() && kind_[i] != for_model ? treewalk::LasChanges::as_it_is : class_code(result.label[i], unknown);
  treewalk::LasChanges changes;
  changes.classification = &code;
  changes.keep_input_classes = options_.keep_input_classes;
  changes.copc = options_.copc;
  changes.dimensions.push_back(treewalk::las_confidence(&result.confidence));
  if (!object.empty()) changes.dimensions.push_back(las_numbers("object", "number of object", object));
  if (!written.empty()) changes.written = &written;
  changed_ = treewalk::write_changed_las(input_, output, changes);
}

void LasPoints::write_cluster(const fs::path& output, const std::vector<std::uint32_t>& cluster, int threads) const {
  treewalk::LasChanges changes;
  changes.copc = options_.copc;
  changes.threads = threads;
  changes.dimensions.push_back(las_numbers("cluster", "number of cluster", cluster));
  treewalk::write_changed_las(input_, output, changes);
}

std::string LasPoints::summary() const {
  std::string text;
  if (hidden_ > 0) text += "  left as they were: " + plural(hidden_, "point") + " of noise or withheld\n";
  if (kept_ > 0) text += "  left as they were: " + plural(kept_, "point") + " of --keep-classified\n";
  if (changed_ >= 0) text += "  " + plural(changed_, "point") + " changed their class\n";
  return text;
}

}  // namespace program
