// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "commands/segment_report.h"

#include <algorithm>
#include <limits>

#include "text.h"

namespace program {

using nlohmann::ordered_json;

namespace {

double mean_confidence(const ClassCount& c) {
  return c.points ? c.confidence / static_cast<double>(c.points) : std::numeric_limits<double>::quiet_NaN();
}

/// Models of more classes than this list only those that occur.
constexpr std::size_t kAllClasses = 30;

}  // namespace

std::vector<ClassCount> count_classes(const treewalk::Segmentation& result, const treewalk::ModelInfo& info) {
  std::vector<ClassCount> counts;
  for (const auto& c : info.classes) counts.push_back({c.id, c.name, c.color, 0, 0});
  counts.push_back({info.unknown_id, "unknown", "#808080", 0, 0});
  for (std::size_t i = 0; i < result.label.size(); ++i) {
    auto row = std::find_if(counts.begin(), counts.end(), [&](const ClassCount& c) { return c.id == result.label[i]; });
    if (row == counts.end()) row = counts.end() - 1;
    ++row->points;
    row->confidence += result.confidence[i];
  }
  return counts;
}

std::string class_table(const std::vector<ClassCount>& counts, std::size_t points) {
  Table table({"class", "label", "points", "share", "mean confidence"});
  for (const auto& c : counts)
    if (c.points > 0 || (c.name != "unknown" && counts.size() <= kAllClasses))
      table.add({printable(c.name), std::to_string(c.id), grouped(c.points),
                 percent(points ? static_cast<double>(c.points) / static_cast<double>(points) : 0),
                 fixed(mean_confidence(c), 3)});
  return table.text();
}

ordered_json to_json(const treewalk::Segmentation& result, std::int64_t points, const std::vector<ClassCount>& counts,
                     const fs::path& input, const treewalk::ModelInfo& info, double seconds) {
  ordered_json classes = ordered_json::array(), stages = ordered_json::object();
  for (const auto& c : counts) {
    ordered_json row = {{"id", c.id}, {"name", c.name}, {"color", c.color}, {"points", c.points}};
    row["mean_confidence"] = c.points ? ordered_json(mean_confidence(c)) : ordered_json();
    classes.push_back(row);
  }
  for (const auto& stage : result.stages) stages[stage.name] = stage.seconds;
  ordered_json json = {{"cloud", input.string()}, {"points", points}, {"classes", classes}};
  if (!result.categories.empty()) {
    json["category"] = result.categories.front().name;
    json["category_probability"] = result.categories.front().probability;
  }
  json.update({{"seconds", seconds},
               {"points_per_second", seconds > 0 ? static_cast<double>(points) / seconds : 0},
               {"stages", stages},
               {"tiles", result.tiles},
               {"model_sha256", info.sha256}});
  return json;
}

}  // namespace program
