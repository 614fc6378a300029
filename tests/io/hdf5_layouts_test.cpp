// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <hdf5.h>

#include <thread>

#include "tests/io/layouts_support.h"

namespace treewalk {
namespace {

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

TEST_F(ModelNetHdf5, ACutFileIsAnErrorWhereverItIsCut) {
  const auto data = open();
  const std::string whole = load(folder / "ply_data_test0.h5");
  for (std::size_t size = 0; size < whole.size(); size += 37) {
    save(folder / "ply_data_test0.h5", whole.substr(0, size));
    EXPECT_NE(read_error(*data, "test"), "") << size;
  }
}

}  // namespace
}  // namespace treewalk
