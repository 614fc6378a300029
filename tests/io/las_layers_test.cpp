// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What of a LAZ file is decoded, and what is compressed anew: ReadOptions::only, and layers that labels do not change.
#include <algorithm>

#include "tests/io/las_support.h"
#include "treewalk/las.h"

namespace treewalk {
namespace {

/// Whether all points have the same bytes in this field of both.
bool same_field(const Cloud& one, const Cloud& other, const std::string& name) {
  const Field a = one.view().at(name), b = other.view().at(name);
  if (one.size() != other.size() || a.type != b.type || a.count != b.count) return false;
  const std::size_t bytes = size_of(a.type) * a.count;
  for (std::int64_t i = 0; i < one.size(); ++i)
    if (std::memcmp(one.data.data() + static_cast<std::size_t>(i) * one.stride + a.offset,
                    other.data.data() + static_cast<std::size_t>(i) * other.stride + b.offset, bytes) != 0)
      return false;
  return true;
}

TEST(Las, OnlyTheFieldsThatAreWantedAreRead) {
  const Folder folder;
  std::vector<std::string> warnings;
  for (int format = 0; format <= 10; ++format) {
    LasParts parts;
    parts.minor = 4;
    parts.format = format;
    parts.extra = 6;
    parts.vlrs = {las_vlr("LASF_Spec", 4, las_extra("height", 5) + las_extra("steep", 3, 8, 0.5))};
    parts.records = las_records(format, parts.extra, 300);
    save(folder / "cloud.las", parts.bytes());
    write_changed_las(folder / "cloud.las", folder / "cloud.laz", {});
    for (const char* name : {"cloud.las", "cloud.laz"}) {
      const Cloud all = read_cloud(folder / name);
      EXPECT_TRUE(all.view().find("steep") != nullptr);
      for (const Field& field : all.fields) {
        SCOPED_TRACE(std::to_string(format) + " " + name + " " + field.name);
        ReadOptions options;
        options.only = {field.name, "no such field"};
        const Cloud some = read_cloud_with_warnings(folder / name, warnings, options);
        const bool place = field.name == "x" || field.name == "y" || field.name == "z";
        ASSERT_EQ(some.fields.size(), place ? 3U : 4U);
        EXPECT_EQ(some.stride, 24 + (place ? 0 : size_of(field.type) * field.count));
        EXPECT_EQ(cloud_size(folder / name, options).stride, some.stride);
        for (const std::string axis : {"x", "y", "z"}) EXPECT_TRUE(same_field(some, all, axis));
        EXPECT_TRUE(same_field(some, all, field.name));
      }
    }
  }
}

/// Labels and confidences of so many points.
struct Labels {
  explicit Labels(std::size_t points) : code(points), sure(points) {
    for (std::size_t i = 0; i < points; ++i) {
      code[i] = i % 7 == 0 ? LasChanges::as_it_is : static_cast<std::uint32_t>(i / 5 % 30);
      sure[i] = static_cast<float>(i % 250) * 0.004F;
    }
  }
  LasChanges changes(bool keep) const {
    LasChanges changes;
    changes.classification = &code;
    changes.keep_input_classes = keep;
    changes.dimensions.push_back(las_confidence(&sure));
    return changes;
  }
  std::vector<std::uint32_t> code;
  std::vector<float> sure;
};

/// All that follows the headers, whose records stand in another order where one of them is new.
std::string points_of(const std::filesystem::path& file) {
  const std::string bytes = load(file);
  return bytes.substr(number<std::uint32_t>(bytes, 96) + 8);  // behind the place of the table of chunks
}

TEST(Las, CopiedLayersAreThoseThatCompressingAllWouldGive) {
  const Folder folder;
  constexpr std::size_t kPoints = 1200;
  for (int format = 6; format <= 10; ++format)
    for (const std::size_t extra : {0, 3})
      for (const bool keep : {false, true}) {
        SCOPED_TRACE(std::to_string(format) + " " + std::to_string(extra) + (keep ? " keep" : ""));
        LasParts parts;
        parts.minor = 4;
        parts.format = format;
        parts.extra = extra;
        if (extra > 0) parts.vlrs = {las_vlr("LASF_Spec", 4, las_extra("a", 1) + las_extra("b", 3))};
        parts.records = las_records(format, extra, kPoints);
        save(folder / "cloud.las", parts.bytes());
        write_changed_las(folder / "cloud.las", folder / "cloud.laz", {});
        const Labels labels(kPoints);
        const auto changed = write_changed_las(folder / "cloud.las", folder / "coded.laz", labels.changes(keep));
        EXPECT_EQ(write_changed_las(folder / "cloud.laz", folder / "copied.laz", labels.changes(keep)), changed);
        EXPECT_TRUE(points_of(folder / "copied.laz") == points_of(folder / "coded.laz"));
        // Again, where the dimensions are there and hold other values.
        Labels others(kPoints);
        std::reverse(others.code.begin(), others.code.end());
        std::reverse(others.sure.begin(), others.sure.end());
        write_changed_las(folder / "coded.laz", folder / "plain.las", {});
        write_changed_las(folder / "plain.las", folder / "coded.laz", others.changes(keep));
        write_changed_las(folder / "copied.laz", folder / "again.laz", others.changes(keep));
        EXPECT_TRUE(points_of(folder / "again.laz") == points_of(folder / "coded.laz"));
      }
}

/// Of a file of one chunk of point format 6 without extra bytes, the nine layers as they are compressed.
std::vector<std::string> layers_of_points(const std::string& file, std::size_t* gps_time = nullptr) {
  const auto data = number<std::uint32_t>(file, 96);
  const std::size_t record = number<std::uint16_t>(file, 105), extra = record - 30;
  const std::size_t sizes = data + 8 + record + 4;
  std::size_t at = sizes + 4 * (9 + extra);
  std::vector<std::string> layers;
  for (std::size_t i = 0; i < 9; ++i) {
    const auto size = number<std::uint32_t>(file, sizes + 4 * i);
    layers.push_back(file.substr(at, size));
    if (i == 8 && gps_time != nullptr) *gps_time = at;
    at += size;
  }
  return layers;
}

TEST(Las, LayersThatDoNotChangeKeepTheirCompressedBytes) {
  const Folder folder;
  constexpr std::size_t kPoints = 500, kGpsTime = 8, kClass = 2;
  LasParts parts;
  parts.minor = 4;
  parts.format = 6;
  parts.records = las_records(6, 0, kPoints);
  save(folder / "cloud.las", parts.bytes());
  write_changed_las(folder / "cloud.las", folder / "cloud.laz", {});
  // Times as no coder would write them: another way to compress the layer would show.
  std::string file = load(folder / "cloud.laz");
  std::size_t gps_time = 0;
  const std::size_t size = layers_of_points(file, &gps_time)[kGpsTime].size();
  ASSERT_GT(size, 100U);
  file.replace(gps_time + 40, 16, std::string(16, '\x5A'));
  save(folder / "cloud.laz", file);
  const Labels labels(kPoints);
  write_changed_las(folder / "cloud.laz", folder / "copied.laz", labels.changes(false));
  const auto before = layers_of_points(file), after = layers_of_points(load(folder / "copied.laz"));
  for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(before[i] == after[i], i != kClass) << i;
}

}  // namespace
}  // namespace treewalk
