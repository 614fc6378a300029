// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>
#include <vector>

#include "tests/io/layouts_support.h"

// Files as other programs, editors and systems leave them.

namespace treewalk {

inline std::string changed(std::string text, const std::string& change, const std::string& by) {
  const std::size_t at = text.find(change);
  EXPECT_NE(at, std::string::npos) << change;
  return text.replace(at, change.size(), by);
}

/// The text with other ends of its lines.
inline std::string with_ends(std::string text, const std::string& end) {
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += end.size()) text.replace(at, 1, end);
  return text;
}

/// Reads texts as files of one name.
class ForeignFile : public testing::Test {
 protected:
  explicit ForeignFile(const std::string& name) : file(folder / name) {}
  Cloud read(const std::string& text) {
    save(file, text);
    warnings.clear();
    try {
      return read_cloud_with_warnings(file, warnings);
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
      return {};
    }
  }
  std::string error(const std::string& text) {
    save(file, text);
    return error_of([&] { read_cloud(file); });
  }
  /// The points 1 2 3 and 4 5 6.5, with no other fields than `more`; returns them.
  Cloud expect_points(const std::string& text, const std::string& what, const Names& more = {}) {
    Cloud cloud = read(text);
    Names all{"x", "y", "z"};
    all.insert(all.end(), more.begin(), more.end());
    EXPECT_EQ(fields(cloud), all) << what;
    EXPECT_EQ(column(cloud, "x"), (Doubles{1, 4})) << what;
    EXPECT_EQ(column(cloud, "y"), (Doubles{2, 5})) << what;
    EXPECT_EQ(column(cloud, "z"), (Doubles{3, 6.5})) << what;
    return cloud;
  }

  Folder folder;
  const std::filesystem::path file;
  std::vector<std::string> warnings;
};

}  // namespace treewalk
