// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// S3DIS (Stanford3dDataset_v1.2 and its aligned version): rooms of six areas, an object in each file.
#include <algorithm>
#include <cstring>
#include <iterator>

#include "core/io/layouts/layout.h"
#include "core/io/text_file.h"

namespace treewalk {

namespace fs = std::filesystem;

namespace {

const char* const kShape =
    "Area_N/ROOM/Annotations/CLASS_k.txt of lines x y z r g b; Area_5 is the test split, or the area that the suffix "
    "of the layout's name says";

/// The label is the place in this list; other names are clutter.
constexpr const char* kClasses[] = {"ceiling", "floor", "wall", "beam",     "column", "window", "door",
                                    "table",   "chair", "sofa", "bookcase", "board",  "clutter"};

std::uint32_t label_of(const std::string& object) {
  const std::string name = object.substr(0, object.find('_'));
  const auto found = std::find(std::begin(kClasses), std::end(kClasses) - 1, name);
  return static_cast<std::uint32_t>(found - std::begin(kClasses));
}

bool is_area(const std::string& name) {
  return name.rfind("Area_", 0) == 0 && name.size() > 5 && name.find_first_not_of("0123456789", 5) == std::string::npos;
}

class S3dis : public LaidOutData {
 public:
  S3dis(const fs::path& folder, const std::string& layout) : LaidOutData(folder, layout, kShape) {
    if (layout.size() > 5) test_ = "Area_" + layout.substr(layout.size() - 1);
    for (const std::string& name : folders_in(folder))
      if (is_area(name)) areas_.push_back(name);
    if (areas_.empty()) missing("folder Area_1");
  }

  std::vector<std::string> splits() const override {
    std::vector<std::string> names = areas_;
    const bool has_test = std::find(areas_.begin(), areas_.end(), test_) != areas_.end();
    if (has_test) names.push_back("test");
    if (areas_.size() > (has_test ? 1 : 0)) names.push_back("train");
    return names;
  }

  std::vector<DataEntry> list(const std::string& split) const override {
    need_split(split);
    std::vector<DataEntry> entries;
    for (const std::string& area : areas_) {
      const bool chosen = split == "test" ? area == test_ : split == "train" ? area != test_ : area == split;
      if (!chosen) continue;
      for (const std::string& room : folders_in(folder() / area))
        if (fs::is_directory(folder() / area / room / "Annotations"))
          entries.push_back({area + "/" + room, folder() / area / room});
    }
    return sorted(std::move(entries), split);
  }

  Cloud read(const DataEntry& entry) const override {
    Cloud cloud = empty_cloud({{"x", Scalar::float32},
                               {"y", Scalar::float32},
                               {"z", Scalar::float32},
                               {"rgb", Scalar::float32},
                               {"label", Scalar::uint32},
                               {"instance", Scalar::uint32}});
    std::vector<Column> columns;  // of a line, beside each other
    for (const char* name : {"x", "y", "z"}) columns.push_back({name, Scalar::float32, 1, 0, 4 * columns.size()});
    for (const char* name : {"r", "g", "b"}) columns.push_back({name, Scalar::uint8, 1, 0, 9 + columns.size()});
    const std::vector<std::string> objects = files_in(entry.file / "Annotations", ".txt");
    if (objects.empty()) throw Error((entry.file / "Annotations").string() + ": holds no CLASS_k.txt");
    std::uint32_t instance = 0;
    for (const std::string& object : objects) {
      TextFile text(entry.file / "Annotations" / object);
      const std::uint32_t words[2] = {label_of(object), instance++};
      std::byte row[15];
      for (std::string_view line; text.next(line);) {
        store_row(text, line, columns, row);
        const auto color = [&](int i) { return std::to_integer<std::uint32_t>(row[12 + i]); };
        const std::uint32_t rgb = color(0) << 16 | color(1) << 8 | color(2);
        std::byte* to = append_point(cloud);
        std::memcpy(to, row, 12);
        std::memcpy(to + 12, &rgb, 4);
        std::memcpy(to + 16, words, 8);
      }
    }
    return cloud;
  }

 private:
  std::string test_ = "Area_5";
  std::vector<std::string> areas_;
};

}  // namespace

Layout s3dis_layout() {
  std::vector<std::string> names = {"s3dis"};
  for (int area = 1; area <= 6; ++area) names.push_back("s3dis_area" + std::to_string(area));
  return {names, kShape,
          [](const fs::path& folder) {
            for (const std::string& area : folders_in(folder)) {
              if (!is_area(area)) continue;
              for (const std::string& room : folders_in(folder / area))
                if (fs::is_directory(folder / area / room / "Annotations")) return "s3dis";
            }
            return "";
          },
          [](const fs::path& folder, const LayoutOptions& options) {
            return std::make_shared<S3dis>(folder, options.layout);
          }};
}

}  // namespace treewalk
