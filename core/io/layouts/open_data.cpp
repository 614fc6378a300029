// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <algorithm>

#include "core/io/layouts/layout.h"
#include "treewalk/detail/words.h"
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

const Layout& layout_called(const std::string& name) {
  for (const Layout& layout : layouts())
    if (std::find(layout.names.begin(), layout.names.end(), name) != layout.names.end()) return layout;
  const std::vector<std::string> names = layout_names();
  throw Error("there is no layout \"" + name + "\"" + detail::did_you_mean(name, names) + " There are \"auto\", " +
              detail::quoted_list(names, "and"));
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
  if (names.size() > 1)
    throw Error(folder.string() + ": looks like " + detail::quoted_list(names, "and") + "; name the layout");
  if (holds_a_cloud(folder)) return layouts().front().names.front();
  std::vector<std::string> there = folders_in(folder);
  if (there.size() > 6) there.resize(6);
  throw Error(folder.string() + ": is laid out in no way that is known (it holds " +
              (there.empty() ? "no folders" : "folders such as " + detail::quoted_list(there, "and")) +
              "): put clouds into {train,val,test}/**/*.pcd, *.ply, *.las, *.laz or *.off, or name the layout: " +
              detail::quoted_list(layout_names(), "and"));
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
  for (const Layout& layout : layouts()) text += detail::joined(layout.names) + ":\n    " + layout.shape + "\n";
  return text;
}

}  // namespace treewalk
