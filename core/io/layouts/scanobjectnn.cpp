// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// ScanObjectNN: scanned objects of 15 classes, and variants that were cut out shifted, turned and scaled.
#include "core/io/layouts/hdf5_clouds.h"
#include "core/io/layouts/layout.h"

namespace treewalk {

namespace fs = std::filesystem;

namespace {

const char* const kShape =
    "{training,test}_objectdataset*.h5 (data [n,points,3], label [n], mask [n,points]) in the folder, in main_split or "
    "in h5_files/main_split; the suffix of the layout's name chooses a variant";

struct Variant {
  const char *layout, *suffix;
};
constexpr Variant kVariants[] = {{"scanobjectnn", ""},
                                 {"scanobjectnn_pb_t25", "_augmented25_norot"},
                                 {"scanobjectnn_pb_t25_r", "_augmented25rot"},
                                 {"scanobjectnn_pb_t50_r", "_augmentedrot"},
                                 {"scanobjectnn_pb_t50_rs", "_augmentedrot_scale75"}};

const std::vector<std::string>& classes() {
  static const std::vector<std::string> names = {"bag",   "bin",   "box", "cabinet", "chair", "desk", "display", "door",
                                                 "shelf", "table", "bed", "pillow",  "sink",  "sofa", "toilet"};
  return names;
}

fs::path file_of(const fs::path& folder, const std::string& split, const std::string& suffix) {
  return folder / ((split == "train" ? "training" : split) + "_objectdataset" + suffix + ".h5");
}

/// The folder with the files of a variant: itself, or where the download has the usual split. Empty: there is none.
fs::path folder_of(const fs::path& folder, const std::string& suffix) {
  for (const char* inner : {"", "main_split", "h5_files/main_split"})
    for (const char* split : {"train", "test"})
      if (fs::exists(file_of(folder / inner, split, suffix))) return folder / inner;
  return {};
}

class ScanObjectNN : public LaidOutData {
 public:
  ScanObjectNN(const fs::path& folder, const std::string& layout) : LaidOutData(folder, layout, kShape) {
    for (const Variant& variant : kVariants)
      if (layout == variant.layout) suffix_ = variant.suffix;
    files_ = folder_of(folder, suffix_);
    if (files_.empty()) missing(file_of("", "train", suffix_).string());
  }

  std::vector<std::string> splits() const override {
    return listed_splits({"test", "train"},
                         [this](const std::string& split) { return file_of(files_, split, suffix_); });
  }

  std::vector<DataEntry> list(const std::string& split) const override {
    need_split(split);
    return sorted(hdf5_clouds(file_of(files_, split, suffix_), classes()), split);
  }

  Cloud read(const DataEntry& entry) const override { return read_hdf5_cloud(entry); }

 private:
  std::string suffix_;
  fs::path files_;
};

}  // namespace

Layout scanobjectnn_layout() {
  std::vector<std::string> names;
  for (const Variant& variant : kVariants) names.push_back(variant.layout);
  return {names, kShape,
          [](const fs::path& folder) {
            for (const Variant& variant : kVariants)
              if (!folder_of(folder, variant.suffix).empty()) return variant.layout;
            return "";
          },
          [](const fs::path& folder, const LayoutOptions& options) {
            return std::make_shared<ScanObjectNN>(folder, options.layout);
          }};
}

}  // namespace treewalk
