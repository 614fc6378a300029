// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Makes a cloud that `treewalk train airborne` reads from a LAZ file with the extra dimensions "label" and "hint": its
// label becomes label, or 10 + hint where that is 0 and a hint says which classes the point may have.
//   airborne_labels IN.laz OUT.pcd
// With a label and a length, makes instead OUT_0.pcd, OUT_1.pcd ... of squares of twice that length, each about points
// of that label (points with it that lie in a square already get no other), so that a rare object is drawn often:
//   airborne_labels IN.laz OUT 8 60
#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <string>
#include <vector>

#include "treewalk/io.h"

namespace {

// A square with fewer points of the label than this holds no object worth drawing.
constexpr std::int64_t kLeast = 30;

// Where the label is: the first point that no square holds yet, and the middle of those not farther than `half` from it
// along x and y.
template <typename In>
std::array<double, 2> middle(const std::vector<std::array<double, 2>>& places, const std::array<double, 2>& first,
                             const In& in) {
  std::array<double, 2> sum{};
  std::int64_t count = 0;
  for (const auto& place : places)
    if (in(place, first)) {
      sum = {sum[0] + place[0], sum[1] + place[1]};
      ++count;
    }
  return {sum[0] / static_cast<double>(count), sum[1] / static_cast<double>(count)};
}

void cut(const treewalk::Cloud& cloud, std::uint32_t label, double half, const std::string& out) {
  const auto view = cloud.view();
  const auto &x = view.at("x"), &y = view.at("y"), &labels = view.at("label");
  const auto place_of = [&](std::int64_t i) { return std::array<double, 2>{view.value(i, x), view.value(i, y)}; };
  const auto in = [half](const std::array<double, 2>& a, const std::array<double, 2>& b) {
    return std::abs(a[0] - b[0]) <= half && std::abs(a[1] - b[1]) <= half;
  };
  std::vector<std::array<double, 2>> places;
  for (std::int64_t i = 0; i < cloud.size(); ++i)
    if (static_cast<std::uint32_t>(view.value(i, labels)) == label) places.push_back(place_of(i));
  for (int written = 0; !places.empty();) {
    const auto first = places.front(), about = middle(places, first, in);
    const auto inside = [&](const auto& place) { return in(place, about); };
    const auto count = std::count_if(places.begin(), places.end(), inside);
    places.erase(std::remove_if(places.begin(), places.end(),
                                [&](const auto& place) { return inside(place) || place == first; }),
                 places.end());
    if (count < kLeast) continue;
    auto square = cloud;
    square.data.clear();
    for (std::int64_t i = 0; i < cloud.size(); ++i)
      if (inside(place_of(i))) {
        const auto record = cloud.data.begin() + i * static_cast<std::int64_t>(cloud.stride);
        square.data.insert(square.data.end(), record, record + static_cast<std::int64_t>(cloud.stride));
      }
    square.width = static_cast<std::int64_t>(square.data.size() / square.stride);
    square.height = 1;
    treewalk::write_cloud(out + "_" + std::to_string(written++) + ".pcd", square);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3 && argc != 5) {
    std::cerr << "usage: airborne_labels IN.laz OUT.pcd, or airborne_labels IN.laz OUT LABEL METRES\n";
    return 2;
  }
  auto cloud = treewalk::read_cloud(argv[1]);
  std::vector<std::uint32_t> labels(cloud.size());
  const auto view = cloud.view();
  const auto &label = view.at("label"), &hint = view.at("hint");
  for (std::int64_t i = 0; i < cloud.size(); ++i) {
    const auto known = static_cast<std::uint32_t>(view.value(i, label)),
               said = static_cast<std::uint32_t>(view.value(i, hint));
    labels[i] = known == 0 && said > 0 ? 10 + said : known;
  }
  for (auto& field : cloud.fields)
    if (field.name == "label") field.name = "label_without_hints";
  cloud.set_field("label", labels);
  if (argc == 5)
    cut(cloud, static_cast<std::uint32_t>(std::stoul(argv[3])), std::stod(argv[4]), argv[2]);
  else
    treewalk::write_cloud(argv[2], cloud);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "airborne_labels: " << error.what() << "\n";
  return 1;
}
