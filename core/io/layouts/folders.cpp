// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// treewalk's own layout.
#include "core/io/header_lines.h"
#include "core/io/layouts/layout.h"
#include "core/io/off.h"
#include "treewalk/detail/words.h"
#include "treewalk/io.h"

namespace treewalk {
namespace {

bool is_mesh(const std::filesystem::path& file) { return detail::lower_case(file.extension().string()) == ".off"; }

}  // namespace

Layout folders_layout() {
  return {{"folders"},
          "{train,val,test}/**/*.pcd, *.ply, *.las, *.laz or *.off; to tell classes, {train,val,test}/CLASS/*",
          [](const std::filesystem::path& folder) {
            for (const char* split : {"train", "val", "test"})
              if (std::filesystem::is_directory(folder / split)) return "folders";
            return "";
          },
          [](const std::filesystem::path& folder, const LayoutOptions& options) {
            return folder_data(folder, [options](const std::filesystem::path& file) {
              return is_mesh(file) ? sample_off(file, options.points, options.seed) : read_cloud(file);
            });
          }};
}

}  // namespace treewalk
