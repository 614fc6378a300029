// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

#include "tests/io/layouts_support.h"

namespace treewalk {
namespace {

class ModelNetText : public Layouts {
 protected:
  ModelNetText() {
    write("modelnet40_shape_names.txt", "airplane\r\nnight_stand\r\n");
    write("modelnet40_train.txt", "night_stand_0001\nairplane_0002\nairplane_0001\n");
    write("modelnet40_test.txt", "airplane_0003\r\n\r\n");
    for (const char* name : {"airplane/airplane_0001", "airplane/airplane_0002", "night_stand/night_stand_0001"})
      write(name + std::string(".txt"), "1,2.5,-3e-1,0,0,1\n4,5,6,1,0,0");
    write("airplane/airplane_0003.txt", "7 8 9 0 1 0\r\n");
  }
};

TEST_F(ModelNetText, ListsClassesAndReadsRows) {
  const auto data = open();
  EXPECT_EQ(data->splits(), (Names{"test", "train"}));
  EXPECT_EQ(names(*data, "train"),
            (Names{"airplane/airplane_0001", "airplane/airplane_0002", "night_stand/night_stand_0001"}));
  EXPECT_EQ(names(*data, "test"), Names{"airplane/airplane_0003"});
  const Cloud cloud = first(*data, "train");
  EXPECT_EQ(fields(cloud), with_normals);
  EXPECT_EQ(column(cloud, "x"), (Doubles{1, 4}));
  EXPECT_EQ(column(cloud, "z"), (Doubles{-0.3f, 6}));
  EXPECT_EQ(column(cloud, "normal_z"), (Doubles{1, 0}));
  EXPECT_EQ(column(first(*data, "test"), "normal_y"), Doubles{1});
}

TEST_F(ModelNetText, TenClassesOnRequest) {
  write("modelnet10_shape_names.txt", "night_stand");
  write("modelnet10_train.txt", "night_stand_0001");
  EXPECT_EQ(names(*open("modelnet10_normal_resampled"), "train"), Names{"night_stand/night_stand_0001"});
  EXPECT_EQ(names(*open(), "train").size(), 3u);
}

TEST_F(ModelNetText, SaysWhatIsWrong) {
  const auto data = open();
  write("airplane/airplane_0001.txt", "1,2,3,0,0,1\n\n1,2,3,0,0\n");
  expect_says(read_error(*data, "train"), {"airplane_0001.txt:3: ", "holds 5 values", "x y z normal_x"});
  write("airplane/airplane_0001.txt", "1,2,3,0,0,1,9\n");
  expect_says(read_error(*data, "train"), {"airplane_0001.txt:1: ", "more than 6 values"});
  write("airplane/airplane_0001.txt", "1,2,3,0,0,1\n1,2,three\x01,0,0,1\n");
  expect_says(read_error(*data, "train"), {"airplane_0001.txt:2: ", "'three?'", "z"});
  fs::remove(folder / "airplane/airplane_0002.txt");
  expect_says(error_of([&] { data->list("train"); }), {"airplane_0002.txt", "modelnet40_train.txt names it"});
  write("modelnet40_test.txt", "chair_0001");
  expect_says(error_of([&] { data->list("test"); }), {"modelnet40_test.txt", "chair_0001", "no class"});
  write("modelnet40_test.txt", "../../etc/passwd_0001");
  expect_says(error_of([&] { data->list("test"); }), {"modelnet40_test.txt:1: "});
  write("modelnet40_test.txt", "airplane_0003\nairplane_0003\n");
  expect_says(error_of([&] { data->list("test"); }), {"two clouds", "airplane/airplane_0003"});
  expect_says(error_of([&] { data->list("val"); }), {"no split \"val\"", "\"test\" and \"train\""});
  fs::remove(folder / "modelnet40_shape_names.txt");
  expect_says(open_error(), {"no modelnet40_shape_names.txt", "\"airplane\"", "CLASS/NAME.txt"});
}

class ShapeNetPart : public Layouts {
 protected:
  ShapeNetPart() {
    write("synsetoffset2category.txt", "Airplane\t02691156\nBag\t02773838\n");
    write("train_test_split/shuffled_train_file_list.json", R"(["shape_data/02773838/b2", "shape_data/02691156/a1"])");
    write("train_test_split/shuffled_val_file_list.json", R"(["shape_data/02691156/a2"])");
    write("train_test_split/shuffled_test_file_list.json", R"(["shape_data/02691156/a3"])");
    for (const char* name : {"02691156/a1", "02691156/a2", "02691156/a3", "02773838/b2"})
      write(name + std::string(".txt"), "0.1 0.2 0.3 0 0 1 3.000000\n-1 0 1 1 0 0 49.000000\n");
  }
};

TEST_F(ShapeNetPart, NamesShapesByCategoryAndKeepsLabels) {
  const auto data = open();
  EXPECT_EQ(data->splits(), (Names{"test", "train", "val"}));
  EXPECT_EQ(names(*data, "train"), (Names{"Airplane/a1", "Bag/b2"}));
  EXPECT_EQ(names(*data, "val"), Names{"Airplane/a2"});
  const Cloud cloud = first(*data, "test");
  EXPECT_EQ(column(cloud, "label"), (Doubles{3, 49}));
  EXPECT_EQ(cloud.view().find("label")->type, Scalar::uint32);
  EXPECT_EQ(column(cloud, "y"), (Doubles{0.2f, 0}));
}

TEST_F(ShapeNetPart, SaysWhatIsWrong) {
  const auto data = open();
  const auto list_error = [&](const std::string& text) {
    write("train_test_split/shuffled_val_file_list.json", text);
    return error_of([&] { data->list("val"); });
  };
  expect_says(list_error("[\"shape_data/02691156/a2\""), {"shuffled_val_file_list.json", "JSON list"});
  expect_says(list_error("{\"a\": 1}"), {"JSON list"});
  expect_says(list_error("[3]"), {"no name"});
  expect_says(list_error("[\"a/../..\"]"), {"'a/../..'"});
  expect_says(list_error("[\"shape_data/1/a\"]"), {"'1'", "synsetoffset2category.txt"});
  expect_says(list_error("[\"shape_data/02691156/z\"]"), {"z.txt", "no such file", "names it"});
  expect_says(list_error("[]"), {"no clouds", "\"val\""});
  write("02691156/a3.txt", "0 0 0 0 0 1 1.5\n");
  expect_says(read_error(*data, "test"), {"a3.txt:1: ", "'1.5' is no value for label"});
  fs::remove(folder / "synsetoffset2category.txt");
  expect_says(open_error(), {"no synsetoffset2category.txt", "\"02691156\""});
}

class S3dis : public Layouts {
 protected:
  S3dis() {
    write("Area_1/office_1/Annotations/ceiling_1.txt", "1.5 2 3 255 128 0\n");
    write("Area_1/office_1/Annotations/stairs_1.txt", "4 5 6 1 2 3\r\n7 8 9 4 5 6\r\n");
    write("Area_1/office_1/Annotations/.DS_Store", "?");
    write("Area_1/office_1/office_1.txt", "not read");
    write("Area_1/Area_1_alignmentAngle.txt", "not read");
    write("Area_5/hallway_6/Annotations/chair_2.txt", std::string("22 6.692 3.048 103.0\x10") + "0000 1 2\n");
    write("Area_6/lounge_1/Annotations/board_1.txt", "0 0 0 0 0 0\n");
  }
};

TEST_F(S3dis, ReadsRoomsWithColourLabelAndInstance) {
  const auto data = open();
  EXPECT_EQ(data->splits(), (Names{"Area_1", "Area_5", "Area_6", "test", "train"}));
  EXPECT_EQ(names(*data, "train"), (Names{"Area_1/office_1", "Area_6/lounge_1"}));
  EXPECT_EQ(names(*data, "test"), Names{"Area_5/hallway_6"});
  EXPECT_EQ(names(*data, "Area_6"), Names{"Area_6/lounge_1"});
  const Cloud room = first(*data, "train");
  EXPECT_EQ(fields(room), (Names{"x", "y", "z", "rgb", "label", "instance"}));
  EXPECT_EQ(column(room, "x"), (Doubles{1.5, 4, 7}));
  EXPECT_EQ(column(room, "label"), (Doubles{0, 12, 12}));
  EXPECT_EQ(column(room, "instance"), (Doubles{0, 1, 1}));
  std::uint32_t rgb;
  std::memcpy(&rgb, room.data.data() + 12, 4);
  EXPECT_EQ(rgb, 0xFF8000u);
  EXPECT_EQ(column(first(*data, "test"), "label"), Doubles{8});
  std::memcpy(&rgb, first(*data, "test").data.data() + 12, 4);
  EXPECT_EQ(rgb, 0x670102u);
}

TEST_F(S3dis, AnyAreaMayBeTheTest) {
  const auto data = open("s3dis_area6");
  EXPECT_EQ(names(*data, "test"), Names{"Area_6/lounge_1"});
  EXPECT_EQ(names(*data, "train"), (Names{"Area_1/office_1", "Area_5/hallway_6"}));
  expect_says(error_of([&] { open("s3dis_area2")->list("test"); }), {"no split \"test\"", "\"Area_1\""});
}

TEST_F(S3dis, SaysWhatIsWrong) {
  const auto data = open();
  write("Area_5/hallway_6/Annotations/chair_2.txt", "1 2 3 4 5 6\n1 2 3 4 5 256\n");
  expect_says(read_error(*data, "test"), {"chair_2.txt:2: ", "'256' is no value for b", "x y z r g b"});
  write("Area_5/hallway_6/Annotations/chair_2.txt", "1 2 3 4 5\n");
  expect_says(read_error(*data, "test"), {"chair_2.txt:1: ", "holds 5 values"});
  fs::remove(folder / "Area_5/hallway_6/Annotations/chair_2.txt");
  expect_says(read_error(*data, "test"), {"Annotations", "no CLASS_k.txt"});
}

class SemanticKitti : public Layouts {
 protected:
  void scan(const std::string& name, std::vector<float> values) const {
    write("dataset/sequences/" + name, std::string(reinterpret_cast<const char*>(values.data()), 4 * values.size()));
  }
  void labels(const std::string& name, std::vector<std::uint32_t> values) const {
    write("dataset/sequences/" + name, std::string(reinterpret_cast<const char*>(values.data()), 4 * values.size()));
  }
  SemanticKitti() {
    scan("00/velodyne/000000.bin", {1, 2, 3, 0.5f, 4, 5, 6, 0.25f});
    labels("00/labels/000000.label", {40, 10 | 7u << 16});
    scan("08/velodyne/000000.bin", {1, 2, 3, 0});
    labels("08/labels/000000.label", {1});
    scan("11/velodyne/000003.bin", {1, 2, 3, 0});
  }
};

TEST_F(SemanticKitti, ReadsScansWithLabelsAndInstances) {
  for (const char* inner : {"", "dataset", "dataset/sequences"}) {
    const auto data = open("auto", inner);
    EXPECT_EQ(data->splits(), (Names{"test", "train", "val"}));
    EXPECT_EQ(names(*data, "train"), Names{"00/000000"});
    EXPECT_EQ(names(*data, "val"), Names{"08/000000"});
    EXPECT_EQ(names(*data, "test"), Names{"11/000003"});
    const Cloud cloud = first(*data, "train");
    EXPECT_EQ(column(cloud, "z"), (Doubles{3, 6}));
    EXPECT_EQ(column(cloud, "intensity"), (Doubles{0.5, 0.25}));
    EXPECT_EQ(column(cloud, "label"), (Doubles{40, 10}));
    EXPECT_EQ(column(cloud, "instance"), (Doubles{0, 7}));
    EXPECT_EQ(fields(first(*data, "test")), (Names{"x", "y", "z", "intensity"}));
  }
}

TEST_F(SemanticKitti, SaysWhatIsWrong) {
  const auto data = open();
  labels("00/labels/000000.label", {40});
  expect_says(read_error(*data, "train"), {"000000.label: ", "4 bytes", "2 points"});
  scan("00/velodyne/000000.bin", {1, 2, 3});
  expect_says(read_error(*data, "train"), {"000000.bin: ", "12 bytes", "16 bytes"});
  fs::remove(folder / "dataset/sequences/08/labels/000000.label");
  expect_says(read_error(*data, "val"), {"08/labels/000000.label", "no such file"});
}

}  // namespace
}  // namespace treewalk
