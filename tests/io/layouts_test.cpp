// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/layouts.h"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <thread>

#include "core/io/off.h"
#include "tests/support/io_support.h"
#include "tests/support/small_scenes.h"
#include "treewalk/trainer.h"

namespace treewalk {
namespace {

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

void expect_says(const std::string& message, const Names& parts) {
  for (const std::string& part : parts)
    EXPECT_NE(message.find(part), std::string::npos) << "in: " << message << "\nmissing: " << part;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

Names names(const DataSet& data, const std::string& split) {
  Names list;
  for (const DataEntry& entry : data.list(split)) list.push_back(entry.name);
  return list;
}

Names fields(const Cloud& cloud) {
  Names list;
  for (const Field& field : cloud.fields) list.push_back(field.name);
  return list;
}

std::vector<double> column(const Cloud& cloud, const std::string& name) {
  std::vector<double> values;
  const CloudView view = cloud.view();
  const Field* field = view.find(name);
  for (std::int64_t i = 0; field != nullptr && i < view.size; ++i) values.push_back(view.value(i, *field));
  return values;
}

Cloud first(const DataSet& data, const std::string& split) { return data.read(data.list(split).front()); }
std::string read_error(const DataSet& data, const std::string& split) {
  return error_of([&] { first(data, split); });
}

using Doubles = std::vector<double>;
const Names with_normals = {"x", "y", "z", "normal_x", "normal_y", "normal_z"};

// ---- modelnet40_normal_resampled ------------------------------------------------------------------------------------

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

// ---- HDF5 -----------------------------------------------------------------------------------------------------------

template <class T>
struct Array {
  std::vector<hsize_t> shape;
  std::vector<T> values;
};
hid_t type_of(float) { return H5T_NATIVE_FLOAT; }
hid_t type_of(std::uint8_t) { return H5T_NATIVE_UINT8; }
hid_t type_of(std::int32_t) { return H5T_NATIVE_INT32; }

class Hdf5Writer {
 public:
  explicit Hdf5Writer(const fs::path& file) {
    fs::create_directories(file.parent_path());
    file_ = H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  }
  ~Hdf5Writer() { H5Fclose(file_); }
  template <class T>
  void add(const char* name, const Array<T>& array, bool compressed = false) {
    const hid_t space = H5Screate_simple(static_cast<int>(array.shape.size()), array.shape.data(), nullptr);
    const hid_t how = H5Pcreate(H5P_DATASET_CREATE);
    if (compressed) {
      H5Pset_chunk(how, static_cast<int>(array.shape.size()), array.shape.data());
      H5Pset_deflate(how, 4);
    }
    const hid_t set = H5Dcreate2(file_, name, type_of(T{}), space, H5P_DEFAULT, how, H5P_DEFAULT);
    if (!array.values.empty()) H5Dwrite(set, type_of(T{}), H5S_ALL, H5S_ALL, H5P_DEFAULT, array.values.data());
    H5Dclose(set);
    H5Pclose(how);
    H5Sclose(space);
  }

 private:
  hid_t file_;
};

Array<float> ramp(hsize_t clouds, hsize_t points, float start) {
  Array<float> array{{clouds, points, 3}, {}};
  for (hsize_t i = 0; i < clouds * points * 3; ++i) array.values.push_back(start + static_cast<float>(i));
  return array;
}

class ModelNetHdf5 : public Layouts {
 protected:
  ModelNetHdf5() {
    write("shape_names.txt", "airplane\nbathtub\n");
    write("train_files.txt",
          "data/modelnet40_ply_hdf5_2048/ply_data_train0.h5\n"
          "data/modelnet40_ply_hdf5_2048/ply_data_train1.h5\n");
    write("test_files.txt", "ply_data_test0.h5\r\n");
    {
      Hdf5Writer file(folder / "ply_data_train0.h5");
      file.add("data", ramp(3, 2, 0), true);
      file.add("label", Array<std::uint8_t>{{3, 1}, {1, 0, 1}}, true);
      file.add("normal", ramp(3, 2, 100));
    }
    Hdf5Writer(folder / "ply_data_train1.h5").add("data", ramp(1, 4, 50));
    add_label("ply_data_train1.h5", {{1}, {0}});
    Hdf5Writer(folder / "ply_data_test0.h5").add("data", ramp(1, 1, 7));
    add_label("ply_data_test0.h5", {{1, 1}, {1}});
  }
  void add_label(const std::string& name, const Array<std::int32_t>& label) const {
    const hid_t file = H5Fopen((folder / name).c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(static_cast<int>(label.shape.size()), label.shape.data(), nullptr);
    const hid_t set = H5Dcreate2(file, "label", H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(set, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, label.values.data());
    H5Dclose(set);
    H5Sclose(space);
    H5Fclose(file);
  }
};

TEST_F(ModelNetHdf5, ListsAndReadsTheCloudsOfAllFiles) {
  const auto data = open();
  EXPECT_EQ(data->splits(), (Names{"test", "train"}));
  EXPECT_EQ(names(*data, "train"), (Names{"airplane/ply_data_train0_0001", "airplane/ply_data_train1_0000",
                                          "bathtub/ply_data_train0_0000", "bathtub/ply_data_train0_0002"}));
  EXPECT_EQ(names(*data, "test"), Names{"bathtub/ply_data_test0_0000"});
  const auto entries = data->list("train");
  EXPECT_EQ(entries[3].index, 2);
  const Cloud cloud = data->read(entries[3]);
  EXPECT_EQ(fields(cloud), with_normals);
  EXPECT_EQ(column(cloud, "x"), (Doubles{12, 15}));
  EXPECT_EQ(column(cloud, "z"), (Doubles{14, 17}));
  EXPECT_EQ(column(cloud, "normal_y"), (Doubles{113, 116}));
  EXPECT_EQ(fields(data->read(entries[1])), (Names{"x", "y", "z"}));
  EXPECT_EQ(column(data->read(entries[1]), "y"), (Doubles{51, 54, 57, 60}));
}

TEST_F(ModelNetHdf5, ThreadsReadTheSame) {
  const auto data = open();
  const auto entries = data->list("train");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) EXPECT_EQ(column(data->read(entries[3]), "x"), (Doubles{12, 15}));
    });
  for (std::thread& thread : threads) thread.join();
}

TEST_F(ModelNetHdf5, SaysWhatIsWrongAndPrintsNothing) {
  const auto data = open();
  const auto list_error = [&] { return error_of([&] { data->list("test"); }); };
  testing::internal::CaptureStderr();
  add_label("ply_data_train1.h5", {{1}, {0}});  // there is one already: the library prints, and goes on to do so
  const std::string before = testing::internal::GetCapturedStderr();
  testing::internal::CaptureStderr();
  save(folder / "ply_data_test0.h5", "no HDF5 at all");
  expect_says(list_error(), {"ply_data_test0.h5: ", "HDF5"});
  { Hdf5Writer(folder / "ply_data_test0.h5").add("data", ramp(2, 2, 0)); }
  expect_says(list_error(), {"no data set 'label'"});
  add_label("ply_data_test0.h5", {{3}, {0, 0, 0}});
  expect_says(list_error(), {"'label'", "[3]", "2 clouds"});
  { Hdf5Writer(folder / "ply_data_test0.h5").add("data", ramp(1, 2, 0)); }
  add_label("ply_data_test0.h5", {{1}, {7}});
  expect_says(list_error(), {"label 7", "2 classes"});
  { Hdf5Writer(folder / "ply_data_test0.h5").add("data", Array<float>{{2, 2}, {1, 2, 3, 4}}); }
  expect_says(list_error(), {"[2,2]", "[clouds,points,3]"});
  // Room that was announced but never written: more than the file could hold.
  { Hdf5Writer(folder / "ply_data_test0.h5").add("data", Array<float>{{1u << 30, 2048, 3}, {}}); }
  expect_says(list_error(), {"'data'", "larger than"});
  fs::remove(folder / "ply_data_test0.h5");
  expect_says(list_error(), {"test_files.txt:1: ", "no file"});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_FALSE(before.empty());
  fs::remove(folder / "train_files.txt");
  fs::remove(folder / "test_files.txt");
  expect_says(open_error(), {"no train_files.txt", "ply_data_train0.h5", "[n,points,3]"});
}

class ScanObjectNN : public Layouts {
 protected:
  void add(const std::string& name, int label) const {
    Hdf5Writer file(folder / name);
    file.add("data", ramp(1, 3, 0));
    file.add("label", Array<std::uint8_t>{{1}, {static_cast<std::uint8_t>(label)}});
    file.add("mask", Array<std::int32_t>{{1, 3}, {-1, 4, 0}});
  }
};

TEST_F(ScanObjectNN, FindsTheFilesOfAVariant) {
  add("h5_files/main_split/training_objectdataset.h5", 0);
  add("h5_files/main_split/test_objectdataset.h5", 14);
  add("h5_files/main_split/training_objectdataset_augmentedrot_scale75.h5", 6);
  add("h5_files/main_split_nobg/test_objectdataset.h5", 9);
  const auto data = open();
  EXPECT_EQ(data->splits(), (Names{"test", "train"}));
  EXPECT_EQ(names(*data, "train"), Names{"bag/training_objectdataset_0000"});
  EXPECT_EQ(names(*data, "test"), Names{"toilet/test_objectdataset_0000"});
  EXPECT_EQ(column(first(*data, "train"), "x"), (Doubles{0, 3, 6}));
  EXPECT_EQ(column(first(*data, "train"), "label"), (Doubles{0, 1, 1}));
  EXPECT_EQ(names(*open("scanobjectnn_pb_t50_rs"), "train"),
            Names{"display/training_objectdataset_augmentedrot_scale75_0000"});
  EXPECT_EQ(names(*open("auto", "h5_files/main_split_nobg"), "test"), Names{"table/test_objectdataset_0000"});
  expect_says(open_error("scanobjectnn_pb_t25"), {"no training_objectdataset_augmented25_norot.h5", "\"h5_files\""});
}

TEST_F(ScanObjectNN, TheOnlyVariantIsTaken) {
  add("training_objectdataset_augmentedrot_scale75.h5", 3);
  EXPECT_EQ(names(*open(), "train"), Names{"cabinet/training_objectdataset_augmentedrot_scale75_0000"});
}

// ---- meshes ---------------------------------------------------------------------------------------------------------

/// A unit cube of squares, with a face on the other side of each corner's point: two triangles without area.
const char* const cube =
    "OFF8 8 0\n"
    "0 0 0\n1 0 0\n1 1 0\n0 1 0\n0 0 1\n1 0 1\n1 1 1\n0 1 1\n"
    "4 0 3 2 1\n4 4 5 6 7\n4 0 1 5 4\n4 1 2 6 5\n4 2 3 7 6\n4 3 0 4 7\n3 0 0 1\n3 1 1 1\n";

TEST_F(Layouts, OffIsSampledBySeedAndNameAlone) {
  for (const char* name :
       {"bed/train/bed_0001", "bed/train/bed_0002", "chair/train/chair_0001", "chair/test/chair_0100"})
    write(name + std::string(".off"), cube);
  write("chair/train/readme.txt", "");
  const auto data = open();
  EXPECT_EQ(data->splits(), (Names{"test", "train"}));
  EXPECT_EQ(names(*data, "train"), (Names{"bed/bed_0001", "bed/bed_0002", "chair/chair_0001"}));
  EXPECT_EQ(names(*data, "test"), Names{"chair/chair_0100"});
  const auto entries = data->list("train");
  const Cloud one = data->read(entries[0]), two = data->read(entries[1]), again = data->read(entries[0]);
  EXPECT_EQ(one.size(), 100);
  EXPECT_EQ(fields(one), with_normals);
  EXPECT_EQ(one.data, again.data);
  EXPECT_NE(one.data, two.data);
  LayoutOptions other;
  other.points = 100;
  other.seed = 1;
  EXPECT_NE(open_data(folder / "", other)->read(entries[0]).data, one.data);
  const auto whole = open_data(folder / "");
  EXPECT_EQ(whole->read(entries[1]).data, read_cloud(entries[1].file).data);
  std::vector<Cloud> clouds(3);
  std::vector<std::thread> threads;
  for (int t = 2; t >= 0; --t) threads.emplace_back([&, t] { clouds[t] = data->read(entries[t]); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(clouds[0].data, one.data);
  EXPECT_EQ(clouds[1].data, two.data);
}

TEST_F(Layouts, OffPointsLieOnTheSurfaceWithTheFacesNormals) {
  write("cube.off", cube);
  const Cloud cloud = sample_mesh(read_off(folder / "cube.off"), 6000, 3, "cube");
  const CloudView view = cloud.view();
  std::map<int, int> on_face;
  for (std::int64_t i = 0; i < view.size; ++i) {
    int faces = 0;
    for (int k = 0; k < 3; ++k) {
      const double x = view.value(i, view.fields[k]), n = view.value(i, view.fields[3 + k]);
      EXPECT_GE(x, 0);
      EXPECT_LE(x, 1);
      if (n == 0) continue;
      ++faces;
      EXPECT_EQ(x, n > 0 ? 1 : 0);  // the normals of this cube point outwards
      ++on_face[2 * k + (n > 0)];
    }
    EXPECT_EQ(faces, 1);
  }
  ASSERT_EQ(on_face.size(), 6u);
  // Five standard deviations of the binomial distribution.
  for (const auto& [face, points] : on_face) EXPECT_NEAR(points, 1000, 5 * std::sqrt(6000 * 5 / 36.0)) << face;
}

TEST_F(Layouts, OffFacesGetPointsByTheirArea) {
  Mesh mesh;
  std::vector<double> area;
  for (int t = 0; t < 8; ++t) {  // triangles of area (t + 1)^2 / 2 at z = t; one more without area in between
    const auto base = static_cast<std::uint32_t>(mesh.vertex.size());
    const double side = t + 1, z = t;
    mesh.vertex.insert(mesh.vertex.end(), {{0, 0, z}, {side, 0, z}, {0, side, z}});
    mesh.triangle.push_back({base, base, base + 1});
    mesh.triangle.push_back({base, base + 1, base + 2});
    area.push_back(side * side / 2);
  }
  const int points = 20000;
  const Cloud cloud = sample_mesh(mesh, points, 0, "triangles");
  std::vector<int> count(8);
  std::vector<double> x_sum(8);
  const CloudView view = cloud.view();
  for (std::int64_t i = 0; i < view.size; ++i) {
    const auto t = static_cast<std::size_t>(view.value(i, view.fields[2]));
    ++count.at(t);
    x_sum[t] += view.value(i, view.fields[0]);
    EXPECT_LE(view.value(i, view.fields[0]) + view.value(i, view.fields[1]), (t + 1) * (1 + 1e-6));
  }
  double total = 0;
  for (const double a : area) total += a;
  for (std::size_t t = 0; t < 8; ++t) {
    const double p = area[t] / total, n = count[t];
    EXPECT_NEAR(n, points * p, 5 * std::sqrt(points * p * (1 - p))) << t;
    // x over a triangle of side s: mean s/3, variance s^2/18.
    const double s = static_cast<double>(t) + 1;
    EXPECT_NEAR(x_sum[t] / n, s / 3, 5 * s / std::sqrt(18 * n)) << t;
  }
}

TEST_F(Layouts, OffHeadersOfEveryKind) {
  const std::string body = "0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n";
  for (const std::string header :
       {"OFF\n3 1 0\n", "OFF 3 1 0\n", "OFF3 1 0\n", "# a mesh\nOFF # so\n\n#c\n3 1 0\n", "OFF\r\n3 1 3\r\n"}) {
    write("mesh.off", header + body);
    const Mesh mesh = read_off(folder / "mesh.off");
    EXPECT_EQ(mesh.vertex.size(), 3u) << header;
    EXPECT_EQ(mesh.triangle.size(), 1u) << header;
  }
  write("mesh.off", "COFF\n3 1 0\n0 0 0 255 0 0 1\n1 0 0 255 0 0 1\n0 1 0 255 0 0 1\n3 0 1 2 0.5 0.5 0.5\n");
  EXPECT_EQ(read_off(folder / "mesh.off").triangle.size(), 1u);
}

TEST_F(Layouts, OffSaysWhatIsWrong) {
  const auto says = [&](const std::string& text) {
    write("mesh.off", text);
    return error_of([&] { sample_off(folder / "mesh.off", 10, 0); });
  };
  expect_says(says(""), {"mesh.off:", "OFF"});
  expect_says(says("PLY\n"), {"mesh.off:1: ", "'PLY'"});
  expect_says(says("OFF BINARY\n1 1 1\n"), {"binary"});
  expect_says(says("OFF\n3 x 0\n"), {"mesh.off:2: ", "'x'", "faces"});
  expect_says(says("OFF\n4000000000 1 0\n0 0 0\n"), {"4000000000 vertices", "bytes can hold"});
  expect_says(says("OFF\n1 4000000000 0\n0 0 0\n"), {"4000000000 faces", "bytes can hold"});
  expect_says(says("OFF\n2 0 0\n0 0 0\n"), {"ends where a vertex"});
  expect_says(says("OFF\n1 0 0\n0 nan 0\n"), {"mesh.off:3: ", "'nan'"});
  expect_says(says("OFF\n1 0 0\n0 1\n"), {"mesh.off:3: ", "three coordinates"});
  expect_says(says("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 3\n"), {"mesh.off:6: ", "'3' is no vertex", "3"});
  expect_says(says("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n4 0 1 2\n"), {"mesh.off:6: ", "3 corners", "4"});
  expect_says(says("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 1\n"), {"mesh.off: ", "no face with an area"});
  expect_says(says("OFF\n3 1 0\n0 0 0\n1e300 0 0\n0 1e300 0\n3 0 1 2\n"), {"mesh.off:4: ", "'1e300'"});
}

// ---- shapenetpart, s3dis, semantickitti
// ------------------------------------------------------------------------------

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

// ---- which layout ---------------------------------------------------------------------------------------------------

TEST_F(Layouts, OwnFoldersAreKnownWithAndWithoutSplits) {
  fs::create_directories(folder / "divided/train");
  write_cloud(folder / "divided/train/a.pcd", test::small_table(1, 10));
  EXPECT_EQ(names(*open("auto", "divided"), "train"), Names{"a.pcd"});
  EXPECT_EQ(first(*open("auto", "divided"), "train").size(), 10);
  fs::create_directories(folder / "plain/site");
  write_cloud(folder / "plain/site/b.ply", test::small_table(1, 10));
  EXPECT_EQ(names(*open("auto", "plain"), "."), Names{"site/b.ply"});
}

TEST_F(Layouts, EveryLayoutIsNamedAndExplained) {
  const std::string help = layout_help();
  for (const std::string& name : layout_names()) EXPECT_NE(help.find(name), std::string::npos) << name;
  EXPECT_EQ(layout_names().front(), "folders");
}

TEST_F(Layouts, SaysWhatItCannotTell) {
  write("stuff/readme.md", "");
  expect_says(open_error(), {"no way that is known", "\"stuff\"", "{train,val,test}", "\"semantickitti\""});
  expect_says(open_error("modelnet40_normal_resample"), {"did you mean \"modelnet40_normal_resampled\"?", "\"s3dis\""});
  expect_says(error_of([&] { open_data(folder / "absent"); }), {"absent", "no such folder"});
  for (const std::string& name : layout_names())
    if (name != "folders") expect_says(open_error(name), {"has no ", "\"stuff\"", name});
  write("Area_1/office_1/Annotations/wall_1.txt", "1 2 3 4 5 6");
  write("train/x.pcd", "");
  expect_says(open_error(), {"looks like \"folders\" and \"s3dis\"", "name the layout"});
  EXPECT_EQ(names(*open("s3dis"), "Area_1"), Names{"Area_1/office_1"});
  LayoutOptions none;
  none.points = 0;
  expect_says(error_of([&] { open_data(folder / "", none); }), {"at least 1", "0"});
}

TEST_F(Layouts, GarbageIsAnErrorAndNoCrash) {
  std::mt19937 random(5);
  std::string garbage;
  for (int i = 0; i < 5000; ++i) garbage += static_cast<char>(random());
  write("modelnet40_shape_names.txt", "bed");
  write("modelnet40_train.txt", "bed_1");
  write("bed/bed_1.txt", garbage);
  EXPECT_NE(read_error(*open("modelnet40_normal_resampled"), "train"), "");
  write("modelnet40_train.txt", garbage);
  EXPECT_NE(error_of([&] { open("modelnet40_normal_resampled")->list("train"); }), "");
  write("mesh.off", "OFF" + garbage);
  EXPECT_NE(error_of([&] { sample_off(folder / "mesh.off", 10, 0); }), "");
}

TEST_F(ModelNetHdf5, ACutFileIsAnErrorWhereverItIsCut) {
  const auto data = open();
  const std::string whole = load(folder / "ply_data_test0.h5");
  for (std::size_t size = 0; size < whole.size(); size += 37) {
    save(folder / "ply_data_test0.h5", whole.substr(0, size));
    EXPECT_NE(read_error(*data, "test"), "") << size;
  }
}

TEST_F(Layouts, TrainsOnAPublicLayout) {
  write("modelnet40_shape_names.txt", "box\nsphere\n");
  std::string list;
  for (int i = 1; i <= 8; ++i) {
    const bool sphere = i % 2 == 0;
    const std::string kind = sphere ? "sphere" : "box", name = kind + "_000" + std::to_string(i);
    list += name + "\n";
    const Cloud shape = test::small_shape(sphere, static_cast<std::uint64_t>(i), 200);
    std::string rows;
    for (std::int64_t p = 0; p < shape.size(); ++p) {
      for (int k = 0; k < 3; ++k) rows += std::to_string(shape.view().value(p, shape.fields[k])) + ",";
      rows += "0,0,1\n";
    }
    write(kind + "/" + name + ".txt", rows);
  }
  write("modelnet40_train.txt", list);
  write("modelnet40_test.txt", list);
  auto recipe = test::small_classification_recipe();
  recipe["training"]["epochs"] = 1;
  recipe["training"]["steps_per_epoch"] = 2;
  save(folder / "recipe.json", recipe.dump());
  TrainingOptions training;
  training.recipe = folder / "recipe.json";
  training.data = open();
  training.output = folder / "shapes.treewalk";
  training.threads = 2;
  train(training);
  EvaluationOptions evaluation;
  evaluation.data = training.data;
  const Evaluation figures = evaluate(load_model(training.output), evaluation);
  EXPECT_EQ(figures.clouds, 8);
  EXPECT_EQ(figures.per_class[0].points, 4);
}

}  // namespace
}  // namespace treewalk
