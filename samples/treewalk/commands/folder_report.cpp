// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "commands/folder_report.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "commands/csv.h"
#include "commands/footprint.h"
#include "commands/segment_report.h"
#include "text.h"

namespace program {

using nlohmann::ordered_json;

namespace {

constexpr double kSquare = 2;

/// A number that reads back as itself, or nothing.
std::string number(const ordered_json& value) { return value.is_null() ? "" : value.dump(); }

double fraction(std::int64_t part, std::int64_t all) {
  return all > 0 ? static_cast<double>(part) / static_cast<double>(all) : 0;
}

}  // namespace

double area_of(const treewalk::CloudView& cloud, const std::vector<std::int32_t>& point, double scale) {
  const treewalk::Field &x = cloud.at("x"), &y = cloud.at("y");
  const auto index = [&](double value) {
    return static_cast<std::int32_t>(std::fmod(std::floor(value * scale / kSquare), 0x1p31));
  };
  std::vector<Cell> squares;
  const auto keep_each_once = [&] {
    std::sort(squares.begin(), squares.end());
    squares.erase(std::unique(squares.begin(), squares.end()), squares.end());
  };
  std::size_t most = 1 << 16;
  // Most points share a square with one that was measured not long before. At first no place holds a square of its own.
  std::vector<Cell> recent(std::size_t{1} << 12, 1);
  const auto place_of = [&](Cell square) -> Cell& { return recent[(square ^ square >> 26) % recent.size()]; };
  place_of(1) = 0;
  for (const std::int32_t i : point) {
    const Cell square = cell_at(index(cloud.value(i, x)), index(cloud.value(i, y)));
    if (std::exchange(place_of(square), square) == square) continue;
    if (squares.size() == most) {
      keep_each_once();
      most = std::max(most, 2 * squares.size());
    }
    squares.push_back(square);
  }
  keep_each_once();
  return kSquare * kSquare * static_cast<double>(squares.size());
}

void add_area(ordered_json& row, double area) {
  std::int64_t points = 0;
  double sum = 0;
  for (const auto& one : row["classes"]) {
    if (one["name"] == "unknown" || one["mean_confidence"].is_null()) continue;
    points += one["points"].get<std::int64_t>();
    sum += one["points"].get<double>() * one["mean_confidence"].get<double>();
  }
  row["area_m2"] = area;
  row["points_per_m2"] = area > 0 ? ordered_json(row["points"].get<double>() / area) : ordered_json();
  row["mean_confidence"] = points > 0 ? ordered_json(sum / static_cast<double>(points)) : ordered_json();
}

std::string totals(const ordered_json& rows, double seconds) {
  std::vector<ClassCount> counts;
  std::int64_t points = 0;
  for (const auto& row : rows) {
    points += row["points"].get<std::int64_t>();
    const auto& classes = row["classes"];
    counts.resize(classes.size());
    for (std::size_t c = 0; c < classes.size(); ++c) {
      const auto& one = classes[c];
      counts[c].id = one["id"].get<std::uint32_t>();
      counts[c].name = one["name"].get<std::string>();
      counts[c].points += one["points"].get<std::int64_t>();
      if (!one["mean_confidence"].is_null())
        counts[c].confidence += one["points"].get<double>() * one["mean_confidence"].get<double>();
    }
  }
  return "all: " + plural(static_cast<std::int64_t>(rows.size()), "file") + ", " + plural(points, "point") + " in " +
         duration(seconds) + "\n" + class_table(counts, static_cast<std::size_t>(points));
}

std::string csv_of(const ordered_json& rows) {
  if (rows.empty()) return {};
  std::vector<std::string> names{"file", "points"};
  for (const auto& one : rows.front()["classes"]) names.push_back("share_" + one["name"].get<std::string>());
  for (const char* name : {"area_m2", "points_per_m2", "mean_confidence", "changed_points", "seconds"})
    names.push_back(name);
  std::string text = csv_record(names);
  for (const auto& row : rows) {
    std::vector<std::string> cells{row["cloud"].get<std::string>(), number(row["points"])};
    for (const auto& one : row["classes"])
      cells.push_back(number(fraction(one["points"].get<std::int64_t>(), row["points"].get<std::int64_t>())));
    for (const char* key : {"area_m2", "points_per_m2", "mean_confidence", "changed_classes", "seconds"})
      cells.push_back(row.contains(key) ? number(row[key]) : "");
    text += csv_record(cells);
  }
  return text;
}

}  // namespace program
