// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// treewalk's own layout.
#include "core/io/layouts/layout.h"
#include "treewalk/io.h"

namespace treewalk {

Layout folders_layout() {
  return {{"folders"},
          "{train,val,test}/**/*.pcd or *.ply; to tell classes, {train,val,test}/CLASS/*",
          [](const std::filesystem::path& folder) {
            for (const char* split : {"train", "val", "test"})
              if (std::filesystem::is_directory(folder / split)) return "folders";
            return "";
          },
          [](const std::filesystem::path& folder, const LayoutOptions&) { return folder_data(folder, read_cloud); }};
}

}  // namespace treewalk
