// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <algorithm>
#include <cctype>

#include "treewalk/dataset.h"
#include "treewalk/detail/words.h"

namespace treewalk {

namespace fs = std::filesystem;

DataSet::~DataSet() = default;

namespace {

const char* const kLayout =
    "{train,val,test}/**/*.pcd, *.ply, *.las, *.laz or *.off (to tell classes: {train,val,test}/CLASS/*)";

bool is_cloud_file(const fs::path& file) {
  const std::string extension = detail::lower_case(file.extension().string());
  return extension == ".pcd" || extension == ".ply" || extension == ".las" || extension == ".laz" ||
         extension == ".off";
}

bool is_hidden(const fs::path& path) {
  const std::string name = path.filename().string();
  return !name.empty() && name.front() == '.';
}

std::vector<std::string> folders_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator(folder, unreadable))
    if (entry.is_directory() && !is_hidden(entry.path())) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

class FolderData : public DataSet {
 public:
  FolderData(fs::path folder, CloudReader read) : folder_(std::move(folder)), read_(std::move(read)) {}

  std::string name() const override {
    const fs::path whole = fs::absolute(folder_).lexically_normal();
    return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
  }

  std::vector<std::string> splits() const override {
    std::vector<std::string> names = folders_in(folder_);
    const bool divided = std::any_of(names.begin(), names.end(), [](const std::string& name) {
      return name == "train" || name == "val" || name == "test";
    });
    if (!divided) names.insert(names.begin(), ".");
    return names;
  }

  std::vector<DataEntry> list(const std::string& split) const override {
    const fs::path folder = folder_of(split);
    std::vector<DataEntry> entries;
    auto entry = fs::recursive_directory_iterator(folder, fs::directory_options::follow_directory_symlink);
    for (; entry != fs::recursive_directory_iterator(); ++entry) {
      if (is_hidden(entry->path())) {
        if (entry->is_directory()) entry.disable_recursion_pending();
        continue;
      }
      if (entry->is_regular_file() && is_cloud_file(entry->path()))
        entries.push_back({entry->path().lexically_relative(folder).generic_string(), entry->path()});
    }
    if (entries.empty())
      throw Error(folder.string() + ": holds no .pcd, .ply, .las, .laz or .off file; a data folder is laid out as " +
                  kLayout);
    std::sort(entries.begin(), entries.end(), [](const DataEntry& a, const DataEntry& b) { return a.name < b.name; });
    return entries;
  }

  Cloud read(const DataEntry& entry) const override { return read_(entry.file); }

 private:
  /// Checks the folders on the way and gives the split's.
  fs::path folder_of(const std::string& split) const {
    if (!fs::is_directory(folder_))
      throw Error(folder_.string() + ": there is no such folder; a data folder is laid out as " + kLayout);
    fs::path folder = folder_ / split;
    if (split.empty() || !fs::is_directory(folder)) {
      const std::vector<std::string> names = folders_in(folder_);
      throw Error(folder_.string() + ": has no folder \"" + split + "\" but " +
                  (names.empty() ? "no folders" : detail::quoted_list(names)) + "; a data folder is laid out as " +
                  kLayout);
    }
    return folder;
  }

  fs::path folder_;
  CloudReader read_;
};

}  // namespace

std::shared_ptr<const DataSet> folder_data(const fs::path& folder, CloudReader read) {
  return std::make_shared<FolderData>(folder, std::move(read));
}

}  // namespace treewalk
