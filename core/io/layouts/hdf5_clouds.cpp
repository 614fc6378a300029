// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/layouts/hdf5_clouds.h"

#include <algorithm>
#include <cstring>

#include "core/io/hdf5_file.h"
#include "core/io/text_file.h"

namespace treewalk {
namespace {

using Shape = std::vector<std::uint64_t>;

std::string text_of(const Shape& shape) {
  std::string text;
  for (const std::uint64_t size : shape) text += (text.empty() ? "" : ",") + std::to_string(size);
  return "[" + text + "]";
}

/// The shape of `data`, checked.
Shape shape_of_clouds(const Hdf5File& file) {
  Shape shape = file.shape("data");
  if (shape.size() != 3 || shape[2] != 3)
    file.fail("its data set 'data' has the shape " + text_of(shape) + ", not [clouds,points,3]");
  return shape;
}

bool has_of_shape(const Hdf5File& file, const char* name, const Shape& expected) {
  if (!file.has(name)) return false;
  const Shape shape = file.shape(name);
  if (shape != expected)
    file.fail("its data set '" + std::string(name) + "' has the shape " + text_of(shape) + ", not " +
              text_of(expected) + " as 'data' would have it");
  return true;
}

}  // namespace

std::vector<DataEntry> hdf5_clouds(const std::filesystem::path& path, const std::vector<std::string>& classes) {
  const Hdf5File file(path);
  const std::uint64_t clouds = shape_of_clouds(file)[0];
  const Shape shape = file.shape("label");
  if (shape[0] != clouds || shape.size() > 2 || (shape.size() == 2 && shape[1] != 1))
    file.fail("its data set 'label' has the shape " + text_of(shape) + ", not one label for each of " +
              std::to_string(clouds) + " clouds");
  const std::vector<std::int64_t> label = file.integers("label", 0, clouds);
  const std::size_t digits = std::max<std::size_t>(4, std::to_string(clouds).size());
  std::vector<DataEntry> entries;
  for (std::uint64_t i = 0; i < clouds; ++i) {
    if (label[i] < 0 || static_cast<std::uint64_t>(label[i]) >= classes.size())
      file.fail("cloud " + std::to_string(i) + " has the label " + std::to_string(label[i]) + ", but there are " +
                std::to_string(classes.size()) + " classes");
    std::string number = std::to_string(i);
    number.insert(0, digits - number.size(), '0');  // names sort as the clouds lie
    entries.push_back({classes[static_cast<std::size_t>(label[i])] + "/" + path.stem().string() + "_" + number, path,
                       static_cast<std::int64_t>(i)});
  }
  return entries;
}

Cloud read_hdf5_cloud(const DataEntry& entry) {
  const Hdf5File file(entry.file);
  const Shape shape = shape_of_clouds(file);
  if (entry.index < 0 || static_cast<std::uint64_t>(entry.index) >= shape[0])
    file.fail("holds " + std::to_string(shape[0]) + " clouds, but not cloud " + std::to_string(entry.index));
  const auto index = static_cast<std::uint64_t>(entry.index);
  const std::vector<float> position = file.floats("data", index, 1);
  std::vector<float> normal;
  std::vector<std::int64_t> mask;
  std::vector<std::pair<std::string, Scalar>> fields = {
      {"x", Scalar::float32}, {"y", Scalar::float32}, {"z", Scalar::float32}};
  if (has_of_shape(file, "normal", shape)) {
    normal = file.floats("normal", index, 1);
    for (const char* name : {"normal_x", "normal_y", "normal_z"}) fields.emplace_back(name, Scalar::float32);
  }
  if (has_of_shape(file, "mask", {shape[0], shape[1]})) {
    mask = file.integers("mask", index, 1);
    fields.emplace_back("label", Scalar::uint32);
  }
  Cloud cloud = empty_cloud(fields);
  for (std::size_t p = 0; p < shape[1]; ++p) {
    std::byte* to = append_point(cloud);
    std::memcpy(to, &position[3 * p], 12);
    if (!normal.empty()) std::memcpy(to + 12, &normal[3 * p], 12);
    const std::uint32_t label = mask.empty() || mask[p] == -1 ? 0 : 1;
    if (!mask.empty()) std::memcpy(to + cloud.fields.back().offset, &label, 4);
  }
  return cloud;
}

}  // namespace treewalk
