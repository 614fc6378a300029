// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// ModelNet40 in a few HDF5 files of 2048 points for each shape.
#include "core/io/layouts/hdf5_clouds.h"
#include "core/io/layouts/layout.h"
#include "core/io/text_file.h"

namespace treewalk {

namespace fs = std::filesystem;

namespace {

const char* const kShape =
    "ply_data_{train,test}N.h5 (data [n,points,3], label [n,1]) with train_files.txt, test_files.txt and "
    "shape_names.txt";

class ModelNetHdf5 : public LaidOutData {
 public:
  ModelNetHdf5(const fs::path& folder, const std::string& layout) : LaidOutData(folder, layout, kShape) {
    classes_ = read_names(need("shape_names.txt"));
    if (splits().empty()) missing("train_files.txt");
  }

  std::vector<std::string> splits() const override {
    return listed_splits({"test", "train"}, [this](const std::string& split) { return list_of(split); });
  }

  std::vector<DataEntry> list(const std::string& split) const override {
    need_split(split);
    std::vector<DataEntry> entries;
    TextFile files(list_of(split));
    for (std::string_view line; files.next(line);) {
      // The list names the files where its authors had them: data/modelnet40_ply_hdf5_2048/ply_data_train0.h5
      const std::string name(line.substr(line.rfind('/') + 1));
      if (!is_plain_name(name)) files.fail(quoted(line) + " is no name of a file");
      if (!fs::exists(folder() / name)) files.fail("there is no file " + (folder() / name).string());
      for (DataEntry& entry : hdf5_clouds(folder() / name, classes_)) entries.push_back(std::move(entry));
    }
    return sorted(std::move(entries), split);
  }

  Cloud read(const DataEntry& entry) const override { return read_hdf5_cloud(entry); }

 private:
  fs::path list_of(const std::string& split) const { return folder() / (split + "_files.txt"); }

  std::vector<std::string> classes_;
};

}  // namespace

Layout modelnet_hdf5_layout() {
  return {{"modelnet40_ply_hdf5_2048"},
          kShape,
          [](const fs::path& folder) {
            for (const char* file : {"train_files.txt", "test_files.txt", "ply_data_train0.h5", "ply_data_test0.h5"})
              if (fs::exists(folder / file)) return "modelnet40_ply_hdf5_2048";
            return "";
          },
          [](const fs::path& folder, const LayoutOptions& options) {
            return std::make_shared<ModelNetHdf5>(folder, options.layout);
          }};
}

}  // namespace treewalk
