// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Makes a cloud that `treewalk train airborne` reads from a LAZ file with the extra dimensions "label" and "hint": its
// label becomes label, or 10 + hint where that is 0 and a hint says which classes the point may have.
//   airborne_labels IN.laz OUT.pcd
#include <iostream>
#include <vector>

#include "treewalk/io.h"

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::cerr << "usage: airborne_labels IN.laz OUT.pcd\n";
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
  treewalk::write_cloud(argv[2], cloud);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "airborne_labels: " << error.what() << "\n";
  return 1;
}
