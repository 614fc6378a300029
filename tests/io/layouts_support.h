// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/io_support.h"
#include "treewalk/layouts.h"

namespace treewalk {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

class Layouts : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder / name).parent_path());
    save(folder / name, text);
  }
  std::shared_ptr<const DataSet> open(const std::string& layout = "auto", const std::string& inner = "") const {
    LayoutOptions options;
    options.layout = layout;
    options.points = 100;
    return open_data(folder / inner, options);
  }
  std::string open_error(const std::string& layout = "auto") const {
    return error_of([&] { open(layout); });
  }

  Folder folder;
};

inline void expect_says(const std::string& message, const Names& parts) {
  for (const std::string& part : parts)
    EXPECT_NE(message.find(part), std::string::npos) << "in: " << message << "\nmissing: " << part;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

inline Names names(const DataSet& data, const std::string& split) {
  Names list;
  for (const DataEntry& entry : data.list(split)) list.push_back(entry.name);
  return list;
}

inline Names fields(const Cloud& cloud) {
  Names list;
  for (const Field& field : cloud.fields) list.push_back(field.name);
  return list;
}

inline std::vector<double> column(const Cloud& cloud, const std::string& name) {
  std::vector<double> values;
  const CloudView view = cloud.view();
  const Field* field = view.find(name);
  for (std::int64_t i = 0; field != nullptr && i < view.size; ++i) values.push_back(view.value(i, *field));
  return values;
}

inline Cloud first(const DataSet& data, const std::string& split) { return data.read(data.list(split).front()); }
inline std::string read_error(const DataSet& data, const std::string& split) {
  return error_of([&] { first(data, split); });
}

using Doubles = std::vector<double>;
inline const Names with_normals = {"x", "y", "z", "normal_x", "normal_y", "normal_z"};

}  // namespace treewalk
