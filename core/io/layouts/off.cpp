// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// ModelNet as it was published: triangle meshes in folders of classes.
#include "core/io/off.h"

#include "core/io/layouts/layout.h"

namespace treewalk {

namespace fs = std::filesystem;

namespace {

const char* const kShape = "CLASS/{train,test}/NAME.off";

bool holds_off(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (it->path().extension() == ".off") return true;
  return false;
}

class OffData : public LaidOutData {
 public:
  OffData(const fs::path& folder, const LayoutOptions& options)
      : LaidOutData(folder, options.layout, kShape), points_(options.points), seed_(options.seed) {
    if (splits().empty()) missing("CLASS/train or CLASS/test with .off files");
  }

  std::vector<std::string> splits() const override {
    std::vector<std::string> names;
    const std::vector<std::string> classes = folders_in(folder());
    for (const char* split : {"test", "train", "val"})
      for (const std::string& name : classes)
        if (holds_off(folder() / name / split)) {
          names.push_back(split);
          break;
        }
    return names;
  }

  std::vector<DataEntry> list(const std::string& split) const override {
    need_split(split);
    std::vector<DataEntry> entries;
    for (const std::string& name : folders_in(folder()))
      for (const std::string& file : files_in(folder() / name / split, ".off"))
        entries.push_back({name + "/" + fs::path(file).stem().string(), folder() / name / split / file});
    return sorted(std::move(entries), split);
  }

  Cloud read(const DataEntry& entry) const override { return sample_off(entry.file, points_, seed_); }

 private:
  std::int64_t points_;
  std::uint64_t seed_;
};

}  // namespace

Layout off_layout() {
  return {
      {"off"},
      std::string(kShape) + ": meshes, sampled evenly over their area",
      [](const fs::path& folder) {
        for (const std::string& name : folders_in(folder))
          if (holds_off(folder / name / "train") || holds_off(folder / name / "test")) return "off";
        return "";
      },
      [](const fs::path& folder, const LayoutOptions& options) { return std::make_shared<OffData>(folder, options); }};
}

}  // namespace treewalk
