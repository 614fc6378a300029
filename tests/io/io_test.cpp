// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/io.h"

#include <pcl/io/pcd_io.h>
#include <pcl/io/ply_io.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>

#include "core/io/lzf.h"
#include "tests/support/io_support.h"

namespace treewalk {
namespace {

pcl::PointCloud<pcl::PointXYZRGBL> colored_cloud(std::uint32_t width, std::uint32_t height) {
  pcl::PointCloud<pcl::PointXYZRGBL> cloud(width, height);
  std::mt19937 random(3);
  for (auto& point : cloud) {
    point.x = std::ldexp(static_cast<float>(random() % 100000), -7);
    point.y = -point.x;
    point.z = 1.0f / 3.0f;
    point.r = static_cast<std::uint8_t>(random());
    point.g = static_cast<std::uint8_t>(random());
    point.b = static_cast<std::uint8_t>(random());
    point.label = static_cast<std::uint32_t>(random());
  }
  cloud[1].x = std::numeric_limits<float>::quiet_NaN();
  cloud[2].z = -std::numeric_limits<float>::infinity();
  cloud.sensor_origin_ = Eigen::Vector4f(1.5f, -2.0f, 0.25f, 0.0f);
  cloud.sensor_orientation_ = Eigen::Quaternionf(0.5f, -0.5f, 0.5f, 0.5f);
  cloud.is_dense = false;
  return cloud;
}

double value(const Cloud& cloud, const char* field, std::int64_t point) {
  const CloudView view = cloud.view();
  return view.value(point, *view.find(field));
}

void expect_equal(const pcl::PointCloud<pcl::PointXYZRGBL>& expected, const Cloud& cloud) {
  ASSERT_EQ(cloud.width, expected.width);
  ASSERT_EQ(cloud.height, expected.height);
  for (const char* name : {"x", "y", "z", "rgba", "label"}) ASSERT_NE(cloud.view().find(name), nullptr) << name;
  for (std::int64_t i = 0; i < cloud.size(); ++i) {
    const auto& point = expected[i];
    for (int axis = 0; axis < 3; ++axis) {
      const char* name[] = {"x", "y", "z"};
      const auto read = static_cast<float>(value(cloud, name[axis], i));
      ASSERT_TRUE(read == point.data[axis] || (std::isnan(read) && std::isnan(point.data[axis]))) << i;
    }
    ASSERT_EQ(value(cloud, "label", i), point.label);
    std::uint32_t rgb = 0;
    std::memcpy(&rgb, cloud.data.data() + i * cloud.stride + cloud.view().find("rgba")->offset, 4);
    ASSERT_EQ(rgb & 0xffffff, point.rgba & 0xffffff);
  }
}

using Save = std::function<int(const std::string&, const pcl::PointCloud<pcl::PointXYZRGBL>&)>;
class PclFile : public testing::TestWithParam<std::pair<const char*, Save>> {};

TEST_P(PclFile, IsReadAsWrittenByPcl) {
  const Folder folder;
  for (const auto& expected : {colored_cloud(17, 1), colored_cloud(8, 5)}) {
    const auto file = folder / GetParam().first;
    ASSERT_EQ(GetParam().second(file.string(), expected), 0);
    const Cloud cloud = read_cloud(file);
    expect_equal(expected, cloud);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(cloud.viewpoint[i], expected.sensor_origin_[i]);
    for (int i = 0; i < 3; ++i) EXPECT_NEAR(cloud.orientation[i + 1], expected.sensor_orientation_.vec()[i], 1e-6);
    EXPECT_NEAR(cloud.orientation[0], expected.sensor_orientation_.w(), 1e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Formats, PclFile,
    testing::Values(
        std::pair{"a.pcd", Save([](const auto& file, const auto& cloud) {
                    return pcl::PCDWriter().writeASCII(file, cloud, 9);
                  })},
        std::pair{"b.pcd",
                  Save([](const auto& file, const auto& cloud) { return pcl::PCDWriter().writeBinary(file, cloud); })},
        std::pair{"c.PCD", Save([](const auto& file, const auto& cloud) {
                    return pcl::PCDWriter().writeBinaryCompressed(file, cloud);
                  })},
        std::pair{"blob.pcd", Save([](const auto& file, const auto& cloud) {  // with the padding of PCL's points
                    pcl::PCLPointCloud2 blob;
                    pcl::toPCLPointCloud2(cloud, blob);
                    return pcl::PCDWriter().writeBinary(file, blob, cloud.sensor_origin_, cloud.sensor_orientation_);
                  })},
        std::pair{"a.ply", Save([](const auto& file, const auto& cloud) {
                    pcl::PCLPointCloud2 blob;
                    pcl::toPCLPointCloud2(cloud, blob);
                    return pcl::PLYWriter().writeASCII(file, blob, cloud.sensor_origin_, cloud.sensor_orientation_, 9);
                  })},
        std::pair{"b.ply", Save([](const auto& file, const auto& cloud) {
                    pcl::PCLPointCloud2 blob;
                    pcl::toPCLPointCloud2(cloud, blob);
                    return pcl::PLYWriter().writeBinary(file, blob, cloud.sensor_origin_, cloud.sensor_orientation_);
                  })}));

TEST(Io, PclReadsWhatIsWritten) {
  const Folder folder;
  const auto expected = colored_cloud(8, 5);
  ASSERT_EQ(pcl::io::savePCDFileBinary((folder / "in.pcd").string(), expected), 0);
  const Cloud cloud = read_cloud(folder / "in.pcd");
  write_cloud(folder / "compressed.pcd", cloud);
  write_cloud(folder / "binary.pcd", cloud, false);
  write_cloud(folder / "binary.ply", cloud);
  for (const char* name : {"compressed.pcd", "binary.pcd", "binary.ply"}) {
    pcl::PointCloud<pcl::PointXYZRGBL> read;
    const std::string file = (folder / name).string();
    if (std::string(name) == "binary.ply")
      ASSERT_EQ(pcl::io::loadPLYFile(file, read), 0);
    else
      ASSERT_EQ(pcl::io::loadPCDFile(file, read), 0);
    ASSERT_EQ(read.width, 8u) << name;
    ASSERT_EQ(read.height, 5u) << name;
    if (std::string(name) != "binary.ply") {  // of a .ply, PCL 1.13 does not give the pose back
      EXPECT_EQ(read.sensor_origin_.head<3>(), expected.sensor_origin_.head<3>()) << name;
      EXPECT_NEAR(read.sensor_orientation_.angularDistance(expected.sensor_orientation_), 0, 1e-3) << name;
    }
    for (std::size_t i = 0; i < read.size(); ++i) {
      ASSERT_EQ(std::memcmp(read[i].data, expected[i].data, 12), 0) << name;
      ASSERT_EQ(read[i].rgba & 0xffffff, expected[i].rgba & 0xffffff) << name;
      ASSERT_EQ(read[i].label, expected[i].label) << name;
    }
  }
}

TEST(Io, PackedColourIsAFloatAsInPcl) {
  const Folder folder;
  pcl::PointCloud<pcl::PointXYZRGB> cloud(2, 1), again;
  cloud[0].r = 250;
  cloud[1].b = 3;
  ASSERT_EQ(pcl::PCDWriter().writeASCII((folder / "a.pcd").string(), cloud), 0);
  ASSERT_EQ(pcl::PCDWriter().writeBinary((folder / "b.pcd").string(), cloud), 0);
  for (const char* name : {"a.pcd", "b.pcd"}) {
    const Cloud read = read_cloud(folder / name);
    ASSERT_EQ(read.view().find("rgb")->type, Scalar::float32) << name;
    write_cloud(folder / "c.pcd", read);
    ASSERT_EQ(pcl::io::loadPCDFile((folder / "c.pcd").string(), again), 0);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(again[i].rgba, cloud[i].rgba) << name;
  }
}

TEST(Io, PcdKeepsEveryTypeBitAndThePose) {
  const Folder folder;
  for (const bool compress : {true, false}) {
    const Cloud cloud = every_type(31, 7);
    write_cloud(folder / "cloud.pcd", cloud, compress);
    const Cloud read = read_cloud(folder / "cloud.pcd");
    expect_same(cloud, read);
    EXPECT_EQ(read.viewpoint, cloud.viewpoint);
    EXPECT_EQ(read.orientation, cloud.orientation);
  }
}

TEST(Io, PlyKeepsEveryTypeBitAndThePose) {
  const Folder folder;
  const Cloud cloud = every_type(31, 7, false);
  write_cloud(folder / "cloud.ply", cloud);
  const Cloud read = read_cloud(folder / "cloud.ply");
  expect_same(cloud, read);
  EXPECT_EQ(read.viewpoint, cloud.viewpoint);  // a float would move it by centimetres
  for (int i = 0; i < 4; ++i) EXPECT_NEAR(read.orientation[i], cloud.orientation[i], 1e-6);
  EXPECT_NE(error_of([&] { write_cloud(folder / "other.ply", every_type(2, 1)); }).find("64-bit"), std::string::npos);
}

TEST(Io, EmptyCloudsAreNoError) {
  const Folder folder;
  for (const char* name : {"empty.pcd", "empty.ply"}) {
    Cloud cloud = every_type(0, 1, false);
    write_cloud(folder / name, cloud);
    const Cloud read = read_cloud(folder / name);
    EXPECT_EQ(read.size(), 0) << name;
    EXPECT_EQ(read.fields.size(), cloud.fields.size()) << name;
  }
}

// The layout of the points_3/b9_training.ply of CGAL's demo data: double coordinates, a colour, an int label.
TEST(Io, PlyWithDoublesColourAndIntegerLabel) {
  const Folder folder;
  std::string text =
      "ply\nformat binary_little_endian 1.0\ncomment Generated by the CGAL library\nelement vertex 3\n"
      "property double x\nproperty double y\nproperty double z\n"
      "property uchar red\nproperty uchar green\nproperty uchar blue\nproperty int label\nend_header\n";
  const double xyz[] = {599554.92000000004, 6541320.1699999999, 76.75};
  for (std::int32_t i = 0; i < 3; ++i) {
    const char color[] = {'\x11', '\x22', static_cast<char>(i)};
    const std::int32_t label = i - 1;
    text += std::string(reinterpret_cast<const char*>(xyz), 24) + std::string(color, 3) +
            std::string(reinterpret_cast<const char*>(&label), 4);
  }
  save(folder / "b9.ply", text);
  const Cloud cloud = read_cloud(folder / "b9.ply");
  ASSERT_EQ(cloud.size(), 3);
  for (std::int64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(value(cloud, "x", i), xyz[0]);
    EXPECT_EQ(value(cloud, "y", i), xyz[1]);
    EXPECT_EQ(value(cloud, "z", i), xyz[2]);
    EXPECT_EQ(value(cloud, "label", i), static_cast<double>(i - 1));
    std::uint32_t rgb = 0;
    std::memcpy(&rgb, cloud.data.data() + i * cloud.stride + cloud.view().find("rgb")->offset, 4);
    EXPECT_EQ(rgb, 0x112200u + i);
  }
  write_cloud(folder / "again.ply", cloud);
  EXPECT_EQ(load(folder / "again.ply").substr(load(folder / "again.ply").find("end_header")),
            text.substr(text.find("end_header")));
}

TEST(Io, PlyWithListsBeforeTheVerticesAndAlpha) {
  const Folder folder;
  save(folder / "a.ply",
       "ply\r\nformat ascii 1.0\r\nelement face 2\r\nproperty list uchar int vertex_indices\r\nelement vertex 2\r\n"
       "property float nx\r\nproperty float x\r\nproperty uchar green\r\nproperty uchar alpha\r\nproperty uchar red\r\n"
       "property uchar blue\r\nproperty short s\r\nend_header\r\n3 0 1 0\r\n0\r\n0.5 1e-50 2 4 1 3 -7\r\n\r\n+1 nan 2 "
       "4 1 3.0 8");
  std::string binary =
      "ply\nformat binary_big_endian 1.0\nelement face 2\nproperty list uchar int vertex_indices\nelement vertex 2\n"
      "property float nx\nproperty float x\nproperty uchar green\nproperty uchar alpha\nproperty uchar red\n"
      "property uchar blue\nproperty short s\nend_header\n";
  binary += std::string("\x03\0\0\0\0\0\0\0\1\0\0\0\0", 13) + std::string("\0", 1);
  binary +=
      std::string("\x3f\0\0\0\0\0\0\0\2\4\1\3\xff\xf9", 14) + std::string("\x3f\x80\0\0\x7f\xc0\0\0\2\4\1\3\0\x08", 14);
  save(folder / "b.ply", binary);
  for (const char* name : {"a.ply", "b.ply"}) {
    const Cloud cloud = read_cloud(folder / name);
    ASSERT_EQ(cloud.size(), 2) << name;
    ASSERT_EQ(cloud.fields.size(), 4u) << name;
    EXPECT_EQ(value(cloud, "normal_x", 0), 0.5) << name;
    EXPECT_EQ(value(cloud, "x", 0), 0.0) << name;
    EXPECT_TRUE(std::isnan(value(cloud, "x", 1))) << name;
    EXPECT_EQ(value(cloud, "rgba", 1), 0x04010203) << name;
    EXPECT_EQ(value(cloud, "s", 0), -7) << name;
    EXPECT_EQ(value(cloud, "s", 1), 8) << name;
  }
}

TEST(Io, PlyWithTheCameraBeforeOrAfterTheVertices) {
  const Folder folder;
  const std::string camera =
      "element camera 1\nproperty float view_px\nproperty int viewportx\nproperty int viewporty\n";
  const std::string vertices = "element vertex 6\nproperty float x\n";
  const std::string points = "0\n1\n2\n3\n4\n5\n", begin = "ply\nformat ascii 1.0\n", end = "end_header\n";
  save(folder / "before.ply", begin + camera + vertices + end + "7 3 2\n" + points);
  save(folder / "after.ply", begin + vertices + camera + end + points + "7 3 2\n");
  save(folder / "other.ply", begin + camera + vertices + end + "7 0 2\n" + points);  // no room for six points
  for (const char* name : {"before.ply", "after.ply", "other.ply"}) {
    const Cloud cloud = read_cloud(folder / name);
    const bool organised = std::string(name) != "other.ply";
    EXPECT_EQ(cloud.width, organised ? 3 : 6) << name;
    EXPECT_EQ(cloud.height, organised ? 2 : 1) << name;
    EXPECT_EQ(cloud.viewpoint[0], 7) << name;
    EXPECT_EQ(value(cloud, "x", 5), 5) << name;
  }
}

TEST(Io, AFileAppearsWholeOrNotAtAll) {
  const Folder folder;
  const Cloud cloud = every_type(100, 40);
  for (const char* name : {"cloud.pcd", "cloud.ply"}) {
    save(folder / name, "old");
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit full{20000, limit.rlim_max};
    setrlimit(RLIMIT_FSIZE, &full);
    const std::string error = error_of([&] { write_cloud(folder / name, every_type(100, 40, false)); });
    setrlimit(RLIMIT_FSIZE, &limit);
    EXPECT_NE(error.find(name), std::string::npos) << error;
    EXPECT_NE(error.find("too large"), std::string::npos) << error;
    EXPECT_EQ(load(folder / name), "old");
  }
  EXPECT_EQ(folder.files(), 2u);  // nothing half written lies beside them
  EXPECT_THROW(write_file(folder / "x.json", [](std::ostream&) { throw Cancelled(); }), Cancelled);
  EXPECT_EQ(folder.files(), 2u);
  std::filesystem::create_symlink(folder / "cloud.pcd", folder / "link.pcd");
  write_cloud(folder / "link.pcd", cloud);
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link.pcd"));
  expect_same(read_cloud(folder / "cloud.pcd"), cloud);
  EXPECT_NE(error_of([&] { write_cloud(folder / "none/a.pcd", cloud); }), "");
}

TEST(Lzf, GivesBackWhatItCompressed) {
  std::mt19937 random(1);
  for (const std::size_t size : {0u, 1u, 2u, 3u, 31u, 33u, 264u, 265u, 5000u, 100000u})
    for (const unsigned alphabet : {1u, 2u, 7u, 256u}) {
      std::vector<std::uint8_t> plain(size);
      for (auto& byte : plain) byte = static_cast<std::uint8_t>(random() % alphabet);
      const auto packed = lzf_compress(plain);
      EXPECT_LE(packed.size(), size + size / 32 + 1);
      EXPECT_LE(size, packed.size() * lzf_best_ratio);
      std::vector<std::uint8_t> again(size);
      EXPECT_TRUE(lzf_decompress(packed, again));
      EXPECT_EQ(again, plain);
    }
}

}  // namespace
}  // namespace treewalk
