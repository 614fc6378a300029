// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "commands/objects.h"

#include <treewalk/instances.h>

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "drawing/drawing.h"
#include "text.h"

namespace program {

namespace {

constexpr std::size_t kMostInTable = 30;

std::string name_of(std::uint32_t label, const treewalk::ModelInfo& info) {
  const auto found = std::find_if(info.classes.begin(), info.classes.end(),
                                  [&](const treewalk::ClassInfo& one) { return one.id == label; });
  return found == info.classes.end() ? "unknown" : found->name;
}

}  // namespace

Objects find_objects(const treewalk::CloudView& cloud, const std::vector<std::uint32_t>& label,
                     const std::vector<std::uint32_t>& labels, const treewalk::ModelInfo& info, double distance,
                     std::int64_t least, int threads) {
  treewalk::InstanceOptions options;
  options.distance = distance;
  options.least = least;
  options.threads = threads;
  const auto found = treewalk::find_instances(cloud, label, labels, options);
  Objects objects;
  objects.number.assign(label.size(), 0);
  std::map<std::uint32_t, int> count;
  constexpr double inf = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < found.label.size(); ++i) {
    const std::string name = name_of(found.label[i], info) + " " + std::to_string(++count[found.label[i]]);
    objects.object.push_back({found.label[i], name, found.points[i], {inf, inf, inf}, {-inf, -inf, -inf}});
  }
  const treewalk::Field* axis[3] = {cloud.find("x"), cloud.find("y"), cloud.find("z")};
  for (std::size_t i = 0; i < label.size(); ++i) {
    if (found.instance[i] < 0) continue;
    objects.number[i] = static_cast<std::uint32_t>(found.instance[i]) + 1;
    Object& object = objects.object[static_cast<std::size_t>(found.instance[i])];
    for (std::size_t a = 0; a < 3; ++a) {
      const double value = cloud.value(static_cast<std::int64_t>(i), *axis[a]);
      object.lower[a] = std::min(object.lower[a], value);
      object.upper[a] = std::max(object.upper[a], value);
    }
  }
  return objects;
}

std::string Objects::table() const {
  if (object.empty()) return "no objects\n";
  Table table({"object", "number", "points", "center", "size"});
  for (std::size_t i = 0; i < std::min(object.size(), kMostInTable); ++i) {
    const Object& one = object[i];
    std::string center, size;
    for (std::size_t a = 0; a < 3; ++a) {
      center += (a ? " " : "") + fixed((one.lower[a] + one.upper[a]) / 2, 3);
      size += (a ? " x " : "") + fixed(one.upper[a] - one.lower[a], 3);
    }
    table.add({printable(one.name), std::to_string(i + 1), grouped(one.points), center, size});
  }
  const std::size_t left = object.size() - std::min(object.size(), kMostInTable);
  return table.text() + (left > 0 ? "  and " + std::to_string(left) + " more\n" : "");
}

nlohmann::ordered_json Objects::json() const {
  auto rows = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < object.size(); ++i)
    rows.push_back({{"number", i + 1},
                    {"name", object[i].name},
                    {"label", object[i].label},
                    {"points", object[i].points},
                    {"lower", object[i].lower},
                    {"upper", object[i].upper}});
  return rows;
}

treewalk::ModelInfo Objects::legend() const {
  treewalk::ModelInfo info;
  for (std::size_t i = 0; i < object.size(); ++i)
    info.classes.push_back({static_cast<std::uint32_t>(i + 1), object[i].name, hex(palette(i)), {}, {}});
  info.classes.push_back({0, "none of them", "#a0a0a0", {}, {}});
  return info;
}

}  // namespace program
