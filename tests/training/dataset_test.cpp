// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/dataset.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>

#include "core/recipe/strict_json.h"
#include "tests/support/error_of.h"

namespace treewalk {
namespace {

namespace fs = std::filesystem;

Recipe recipe_for(const std::string& task) {
  Json json = parse_json(R"({"classes": [{"id": 1, "name": "table"}, {"id": 2, "name": "object"}],
                             "network": {"cell_size": 0.1, "widths": [16]}})",
                         "recipe");
  json["task"] = task;
  if (task == "segmentation") {
    json["classes"][0]["from"] = {"1-9"};
    json["classes"][1]["from"] = {"20-65535"};
    json["ignore"] = {"0"};
  }
  return parse_recipe(json);
}

/// A fresh folder with empty files of the given names.
class Folder {
 public:
  explicit Folder(const std::vector<std::string>& files) {
    static int count = 0;
    path = fs::path(::testing::TempDir()) /
           ("treewalk_dataset_" + std::to_string(::getpid()) + "_" + std::to_string(count++));
    fs::create_directories(path);
    for (const std::string& file : files) {
      fs::create_directories((path / file).parent_path());
      std::ofstream(path / file) << "x";
    }
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

std::vector<DataItem> list(const fs::path& folder, const std::string& split, const Recipe& recipe,
                           const std::string& only = "", const std::string& without = "") {
  return list_data(*folder_data(folder, {}), split, recipe, only, without);
}

std::vector<std::string> names(const std::vector<DataItem>& items) {
  std::vector<std::string> list;
  for (const DataItem& item : items) list.push_back(item.name);
  return list;
}

void expect_says(const std::string& message, const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    EXPECT_NE(message.find(part), std::string::npos) << "in: " << message << "\nmissing: " << part;
}

TEST(Dataset, ListsCloudsOfASplitSortedByName) {
  const Folder folder({"train/b.pcd", "train/a/z.PLY", "train/a.pcd", "train/notes.txt", "train/.hidden/c.pcd",
                       "train/.d.pcd", "val/q.pcd"});
  const auto items = list(folder.path, "train", recipe_for("segmentation"));
  EXPECT_EQ(names(items), (std::vector<std::string>{"a.pcd", "a/z.PLY", "b.pcd"}));
  EXPECT_EQ(items[1].stem(), "z");
  EXPECT_EQ(items[0].cloud_label, -1);
}

TEST(Dataset, ChoosesByRegularExpressionsOnStems) {
  const Folder folder({"train/samp11.pcd", "train/samp12.pcd", "train/samp51.pcd"});
  const Recipe recipe = recipe_for("segmentation");
  EXPECT_EQ(names(list(folder.path, "train", recipe, "", "^samp1")), (std::vector<std::string>{"samp51.pcd"}));
  EXPECT_EQ(names(list(folder.path, "train", recipe, "1$", "5")), (std::vector<std::string>{"samp11.pcd"}));
  expect_says(error_of([&] { list(folder.path, "train", recipe, "samp9"); }), {"none of its 3", "samp9"});
  expect_says(error_of([&] { list(folder.path, "train", recipe, "("); }), {"regular expression"});
}

TEST(Dataset, TakesClassesFromFolders) {
  const Folder folder({"test/object/1.pcd", "test/table/2.pcd"});
  const auto items = list(folder.path, "test", recipe_for("classification"));
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].cloud_label, 1);
  EXPECT_EQ(items[1].cloud_label, 0);
}

TEST(Dataset, SaysWhatIsWrongWithAFolder) {
  const Recipe segmentation = recipe_for("segmentation"), classification = recipe_for("classification");
  const Folder folder({"train/tabel/a.pcd", "test/a.pcd", "val/readme.txt"});
  expect_says(error_of([&] { list(folder.path / "nowhere", "train", segmentation); }), {"nowhere", "no such"});
  expect_says(error_of([&] { list(folder.path, "holdout", segmentation); }),
              {"holdout", "\"test\", \"train\" or \"val\"", "laid out"});
  expect_says(error_of([&] { list(folder.path, "val", segmentation); }), {"val", "no .pcd, .ply, .las, .laz or .off"});
  expect_says(error_of([&] { list(folder.path, "train", classification); }), {"tabel", "did you mean \"table\"?"});
  expect_says(error_of([&] { list(folder.path, "test", classification); }), {"a.pcd", "no class folder"});
}

TEST(Dataset, EveryFolderIsASplitAndAPlainFolderIsOneToo) {
  const Folder divided({"train/a.pcd", "extra/b.pcd", ".cache/c.pcd", "readme.txt"}), plain({"site/a.pcd", "b.ply"});
  EXPECT_EQ(folder_data(divided.path, {})->splits(), (std::vector<std::string>{"extra", "train"}));
  EXPECT_EQ(folder_data(plain.path, {})->splits(), (std::vector<std::string>{".", "site"}));
  EXPECT_EQ(names(list(plain.path, ".", recipe_for("segmentation"))),
            (std::vector<std::string>{"b.ply", "site/a.pcd"}));
  EXPECT_EQ(folder_data(plain.path / "", {})->name(), plain.path.filename().string());
}

TEST(Dataset, StemsComeFromNames) {
  DataItem item;
  item.file = "clouds.h5";
  item.name = "chair/clouds_7";
  item.index = 7;
  EXPECT_EQ(item.stem(), "clouds_7");
  EXPECT_EQ(item.where(), "clouds.h5, cloud 7");
}

template <class Label>
Cloud labelled(Scalar type, const std::vector<Label>& labels) {
  Cloud cloud;
  cloud.width = labels.size();
  cloud.stride = 12 + size_of(type);
  cloud.fields = {
      {"x", 0, Scalar::float32, 1}, {"y", 4, Scalar::float32, 1}, {"z", 8, Scalar::float32, 1}, {"label", 12, type, 1}};
  cloud.data.assign(cloud.stride * labels.size(), std::byte{0});
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const float x = static_cast<float>(i);
    std::memcpy(cloud.data.data() + i * cloud.stride, &x, 4);
    std::memcpy(cloud.data.data() + i * cloud.stride + 12, &labels[i], sizeof(Label));
  }
  return cloud;
}

TEST(Dataset, ReadsLabelsOfAnyWidth) {
  const Recipe recipe = recipe_for("segmentation");
  const std::vector<std::int8_t> expected{0, 1, -1, 0};
  const auto classes = [&](const Cloud& cloud) { return class_of_points(cloud.view(), recipe); };
  EXPECT_EQ(classes(labelled<std::uint8_t>(Scalar::uint8, {1, 20, 0, 9})), expected);
  EXPECT_EQ(classes(labelled<std::int16_t>(Scalar::int16, {1, 20, 0, 9})), expected);
  EXPECT_EQ(classes(labelled<std::uint32_t>(Scalar::uint32, {1, 65535, 0, 9})), expected);
  EXPECT_EQ(classes(labelled<std::int32_t>(Scalar::int32, {1, 20, 0, 9})), expected);
  EXPECT_EQ(classes(labelled<float>(Scalar::float32, {1, 20, 0, 9})), expected);
}

TEST(Dataset, RefusesLabelsThatTheRecipeDoesNotKnow) {
  const Recipe recipe = recipe_for("segmentation");
  const auto says = [&](const Cloud& cloud) { return error_of([&] { class_of_points(cloud.view(), recipe); }); };
  expect_says(says(labelled<std::int32_t>(Scalar::int32, {1, 15})), {"label 15", "ignore"});
  expect_says(says(labelled<std::int32_t>(Scalar::int32, {-2})), {"-2", "whole numbers"});
  expect_says(says(labelled<float>(Scalar::float32, {1.5f})), {"1.5", "whole numbers"});
  Cloud plain = labelled<std::int32_t>(Scalar::int32, {1});
  plain.fields.pop_back();
  expect_says(says(plain), {"no field 'label'", "it has x"});
}

TEST(Dataset, MinusOneAndNanAreNoLabel) {
  const Recipe recipe = recipe_for("segmentation");
  const std::vector<std::int8_t> expected{0, -1, 1, -1};
  const auto classes = [&](const Cloud& cloud) { return class_of_points(cloud.view(), recipe); };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(classes(labelled<std::int32_t>(Scalar::int32, {1, -1, 20, -1})), expected);
  EXPECT_EQ(classes(labelled<std::int8_t>(Scalar::int8, {1, -1, 20, -1})), expected);
  EXPECT_EQ(classes(labelled<std::uint32_t>(Scalar::uint32, {1, 4294967295u, 20, 4294967295u})), expected);
  EXPECT_EQ(classes(labelled<float>(Scalar::float32, {1, nan, 20, -1})), expected);
}

TEST(Dataset, LabelsAreFoundByTheNamesThatProgramsGiveThem) {
  const Recipe recipe = recipe_for("segmentation");
  for (const char* name : {"label", "Label", "scalar_Classification", "Classification", "scalar_label", "class",
                           "scalar_Class", "labels", "semantic"}) {
    Cloud cloud = labelled<float>(Scalar::float32, {1, 20});
    cloud.fields.back().name = name;
    ASSERT_NE(label_field(cloud.view()), nullptr) << name;
    EXPECT_EQ(label_field(cloud.view())->name, name);
    EXPECT_EQ(class_of_points(cloud.view(), recipe), (std::vector<std::int8_t>{0, 1})) << name;
  }
  Cloud both = labelled<float>(Scalar::float32, {1, 20});
  both.fields[0].name = "Classification";
  EXPECT_EQ(label_field(both.view())->name, "label") << "the plain name comes first";
  both.fields.back().name = "scalar_intensity";
  both.fields[0].name = "x";
  EXPECT_EQ(label_field(both.view()), nullptr);
}

TEST(Dataset, SampleKeepsLabelsBesideTheirPoints) {
  Cloud cloud = labelled<std::uint32_t>(Scalar::uint32, {1, 25, 30, 0, 2});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(cloud.data.data() + 1 * cloud.stride + 8, &nan, 4);
  const Sample sample = make_sample(cloud.view(), {}, recipe_for("segmentation"));
  ASSERT_EQ(sample.size(), 4);
  EXPECT_EQ(sample.label, (std::vector<std::int8_t>{0, 1, -1, 0}));
  EXPECT_EQ(sample.position[3], 2);  // the second kept point is the cloud's third
}

TEST(Dataset, ShapesCarryOneLabel) {
  const Cloud cloud = labelled<std::uint32_t>(Scalar::uint32, {7, 7});
  DataItem item;
  item.cloud_label = 1;
  const Sample sample = make_sample(cloud.view(), item, recipe_for("classification"));
  EXPECT_EQ(sample.cloud_label, 1);
  EXPECT_EQ(sample.label, (std::vector<std::int8_t>{-1, -1}));
}

TEST(Dataset, ErrorsOfReadingNameTheFile) {
  DataItem item;
  item.file = "some/where.pcd";
  const auto read_bad = [](const fs::path&) { return labelled<std::uint32_t>(Scalar::uint32, {15}); };
  const auto read_empty = [](const fs::path&) { return labelled<std::uint32_t>(Scalar::uint32, {}); };
  const Recipe recipe = recipe_for("segmentation");
  expect_says(error_of([&] { read_sample(item, recipe, *folder_data("", read_bad)); }),
              {"some/where.pcd: ", "label 15"});
  const Sample empty = read_sample(item, recipe, *folder_data("", read_empty));
  EXPECT_EQ(empty.size(), 0);
  expect_says(empty.note, {"some/where.pcd: ", "no point", "skipped"});
}

// Cells of 0.1: groups are apart from 3,277 on.
TEST(Dataset, SampleLeavesOutPointsFarFromTheBulkAndSaysSo) {
  std::vector<std::uint32_t> label(2003, 1);
  label[5] = label[2002] = 25;
  Cloud cloud = labelled<std::uint32_t>(Scalar::uint32, label);
  for (const std::size_t far : {5, 900}) {
    const float z = 1e6f * static_cast<float>(far);
    std::memcpy(cloud.data.data() + far * cloud.stride + 8, &z, 4);
  }
  DataItem item;
  item.file = "some/where.pcd";
  const Recipe recipe = recipe_for("segmentation");
  const Sample sample = read_sample(item, recipe, *folder_data("", [&](const fs::path&) { return cloud; }));
  ASSERT_EQ(sample.size(), 2001);
  EXPECT_EQ(std::count(sample.label.begin(), sample.label.end(), 1), 1);
  EXPECT_EQ(sample.label.back(), 1);
  EXPECT_EQ(sample.position[3 * 5], 6);  // the next one follows
  expect_says(sample.note, {"some/where.pcd: 2 of 2003 points", "left out"});
  EXPECT_EQ(
      read_sample(item, recipe,
                  *folder_data("", [&](const fs::path&) { return labelled<std::uint32_t>(Scalar::uint32, label); }))
          .note,
      "");
}

}  // namespace
}  // namespace treewalk
