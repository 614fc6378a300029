// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// ModelNet40 (and its part ModelNet10) as text: 10,000 points of each shape with normals.
#include <algorithm>

#include "core/io/layouts/layout.h"
#include "core/io/text_file.h"

namespace treewalk {

namespace fs = std::filesystem;

namespace {

std::string shape_of(const std::string& set) {
  return "CLASS/NAME.txt of lines x,y,z,nx,ny,nz with " + set + "_train.txt, " + set + "_test.txt and " + set +
         "_shape_names.txt";
}

class ModelNetText : public LaidOutData {
 public:
  ModelNetText(const fs::path& folder, const std::string& layout)
      : LaidOutData(folder, layout, shape_of(layout.substr(0, 10))), set_(layout.substr(0, 10)) {
    classes_ = read_names(need(set_ + "_shape_names.txt"));
    if (splits().empty()) missing(set_ + "_train.txt");
  }

  std::vector<std::string> splits() const override {
    return listed_splits({"test", "train"}, [this](const std::string& split) { return list_of(split); });
  }

  std::vector<DataEntry> list(const std::string& split) const override {
    need_split(split);
    std::vector<DataEntry> entries;
    for (const std::string& name : read_names(list_of(split))) {
      // night_stand_0001: the class is what stands before the last underscore.
      const std::string of = name.substr(0, std::min(name.rfind('_'), name.size()));
      if (std::find(classes_.begin(), classes_.end(), of) == classes_.end())
        throw Error(list_of(split).string() + ": \"" + name + "\" is of no class in " + set_ + "_shape_names.txt");
      entries.push_back({of + "/" + name, need_named(folder() / of / (name + ".txt"), list_of(split))});
    }
    return sorted(std::move(entries), split);
  }

  Cloud read(const DataEntry& entry) const override { return read_table(entry.file, position_and_normal()); }

 private:
  fs::path list_of(const std::string& split) const { return folder() / (set_ + "_" + split + ".txt"); }

  std::string set_;  ///< modelnet40 or modelnet10
  std::vector<std::string> classes_;
};

}  // namespace

Layout modelnet_text_layout() {
  return {{"modelnet40_normal_resampled", "modelnet10_normal_resampled"},
          shape_of("modelnet40"),
          [](const fs::path& folder) -> std::string {
            for (const char* set : {"modelnet40", "modelnet10"})
              for (const char* list : {"_train.txt", "_test.txt", "_shape_names.txt"})
                if (fs::exists(folder / (std::string(set) + list))) return std::string(set) + "_normal_resampled";
            return "";
          },
          [](const fs::path& folder, const LayoutOptions& options) {
            return std::make_shared<ModelNetText>(folder, options.layout);
          }};
}

}  // namespace treewalk
