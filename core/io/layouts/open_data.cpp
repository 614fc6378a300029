// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <algorithm>
#include <numeric>

#include "core/io/layouts/layout.h"
#include "treewalk/io.h"

namespace treewalk {

namespace fs = std::filesystem;

namespace {

const std::vector<Layout>& layouts() {
  static const std::vector<Layout> all = {folders_layout(), modelnet_text_layout(), modelnet_hdf5_layout(),
                                          off_layout(),     shapenetpart_layout(),  scanobjectnn_layout(),
                                          s3dis_layout(),   semantickitti_layout()};
  return all;
}

/// Letters to insert, remove or replace.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

const Layout& layout_called(const std::string& name) {
  for (const Layout& layout : layouts())
    if (std::find(layout.names.begin(), layout.names.end(), name) != layout.names.end()) return layout;
  const std::vector<std::string> names = layout_names();
  const auto nearest = std::min_element(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return distance(name, a) < distance(name, b);
  });
  throw Error("there is no layout \"" + name + "\"; did you mean \"" + *nearest + "\"? There are \"auto\", " +
              listed(names));
}

bool holds_a_cloud(const fs::path& folder) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, fs::directory_options::follow_directory_symlink, error), end;
       !error && it != end; it.increment(error))
    if (is_cloud_file(it->path())) return true;
  return false;
}

std::string detected(const fs::path& folder) {
  std::vector<std::string> names;
  for (const Layout& layout : layouts())
    if (const std::string name = layout.detect(folder); !name.empty()) names.push_back(name);
  if (names.size() == 1) return names.front();
  if (names.size() > 1) throw Error(folder.string() + ": looks like " + listed(names) + "; name the layout");
  if (holds_a_cloud(folder)) return layouts().front().names.front();
  std::vector<std::string> there = folders_in(folder);
  if (there.size() > 6) there.resize(6);
  throw Error(folder.string() + ": is laid out in no way that is known (it holds " +
              (there.empty() ? "no folders" : "folders such as " + listed(there)) +
              "): put clouds into {train,val,test}/**/*.pcd or *.ply, or name the layout: " + listed(layout_names()));
}

}  // namespace

std::shared_ptr<const DataSet> open_data(const fs::path& folder, const LayoutOptions& options) {
  const bool automatic = options.layout == "auto";
  if (!automatic) layout_called(options.layout);
  if (options.points < 1)
    throw Error("the number of points of a mesh must be at least 1, but is " + std::to_string(options.points));
  std::error_code error;
  if (!fs::is_directory(folder, error)) throw Error(folder.string() + ": there is no such folder");
  LayoutOptions chosen = options;
  if (automatic) chosen.layout = detected(folder);
  return layout_called(chosen.layout).open(folder, chosen);
}

std::vector<std::string> layout_names() {
  std::vector<std::string> names;
  for (const Layout& layout : layouts()) names.insert(names.end(), layout.names.begin(), layout.names.end());
  return names;
}

std::string layout_help() {
  std::string text;
  for (const Layout& layout : layouts()) {
    std::string names;
    for (const std::string& name : layout.names) names += (names.empty() ? "" : ", ") + name;
    text += names + ":\n    " + layout.shape + "\n";
  }
  return text;
}

}  // namespace treewalk
