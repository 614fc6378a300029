// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "tests/support/error_of.h"
#include "treewalk/io.h"

namespace treewalk {

/// A folder that lives as long as the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "treewalk-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

inline void save(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

inline std::string load(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Random bytes in fields of every type (some of several values), with gaps between the fields.
inline Cloud every_type(std::int64_t width, std::int64_t height, bool integers_of_64_bits = true) {
  Cloud cloud;
  cloud.width = width;
  cloud.height = height;
  cloud.viewpoint = {445000.123456789, 4984000.25, -3.5};
  cloud.orientation = {0.5, 0.5, -0.5, 0.5};
  std::size_t offset = 3;
  const auto add = [&](const char* name, Scalar type, std::size_t count = 1) {
    cloud.fields.push_back({name, offset, type, count});
    offset += size_of(type) * count + 1;
  };
  add("x", Scalar::float64);
  add("y", Scalar::float64);
  add("z", Scalar::float64);
  add("a", Scalar::int8);
  add("b", Scalar::uint8);
  add("c", Scalar::int16);
  add("d", Scalar::uint16);
  add("e", Scalar::int32);
  add("label", Scalar::uint32);
  add("intensity", Scalar::float32);
  if (integers_of_64_bits) {
    add("f", Scalar::int64);
    add("time", Scalar::uint64);
    add("descriptor", Scalar::float32, 5);
  }
  cloud.stride = offset;
  cloud.data.resize(cloud.stride * static_cast<std::size_t>(cloud.size()));
  std::mt19937 random(7);
  for (std::byte& byte : cloud.data) byte = static_cast<std::byte>(random());
  return cloud;
}

/// Whether both hold the same fields, in the same order, with the same bits.
inline void expect_same(const Cloud& a, const Cloud& b) {
  ASSERT_EQ(a.width, b.width);
  ASSERT_EQ(a.height, b.height);
  ASSERT_EQ(a.fields.size(), b.fields.size());
  for (std::size_t f = 0; f < a.fields.size(); ++f) {
    ASSERT_EQ(a.fields[f].name, b.fields[f].name);
    ASSERT_EQ(a.fields[f].type, b.fields[f].type) << a.fields[f].name;
    ASSERT_EQ(a.fields[f].count, b.fields[f].count) << a.fields[f].name;
    for (std::int64_t i = 0; i < a.size(); ++i)
      ASSERT_EQ(
          std::memcmp(a.data.data() + i * a.stride + a.fields[f].offset,
                      b.data.data() + i * b.stride + b.fields[f].offset, size_of(a.fields[f].type) * a.fields[f].count),
          0)
          << "field " << a.fields[f].name << " of point " << i;
  }
}

}  // namespace treewalk
