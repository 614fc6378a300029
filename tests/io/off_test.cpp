// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/off.h"

#include <cmath>
#include <map>
#include <thread>

#include "tests/io/layouts_support.h"

namespace treewalk {
namespace {

class Off : public Layouts {};

/// A unit cube of squares, with a face on the other side of each corner's point: two triangles without area.
const char* const cube =
    "OFF8 8 0\n"
    "0 0 0\n1 0 0\n1 1 0\n0 1 0\n0 0 1\n1 0 1\n1 1 1\n0 1 1\n"
    "4 0 3 2 1\n4 4 5 6 7\n4 0 1 5 4\n4 1 2 6 5\n4 2 3 7 6\n4 3 0 4 7\n3 0 0 1\n3 1 1 1\n";

TEST_F(Off, IsSampledBySeedAndNameAlone) {
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

TEST_F(Off, PointsLieOnTheSurfaceWithTheFacesNormals) {
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

TEST_F(Off, FacesGetPointsByTheirArea) {
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

TEST_F(Off, HeadersOfEveryKind) {
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

TEST_F(Off, HeadersAndLinesOfOtherPrograms) {
  const std::string body = "0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n";
  for (const std::string& text :
       {"3 1 0\n" + body, "3 1\n" + body, "# no word\n3 1 0\n" + body, "off\n3 1 0\n" + body,
        "\xEF\xBB\xBFOFF\n3 1 0\n" + body, std::string("OFF\r3 1 0\r0 0 0\r1 0 0\r0 1 0\r3 0 1 2\r"),
        std::string("OFF\n\r3 1 0\n\r0 0 0\n\r1 0 0\n\r0 1 0\n\r3 0 1 2"),
        std::string("OFF 3 1 0 0 0 0 1 0 0 0 1 0 3 0 1 2"),
        std::string("OFF\n3\n1\n0\n0 0 0 1 0 0 0 1 0\n3\n0\n1\n2\n"),
        std::string("OFF\n3 1\n0 0 0 1 0 0\n# half of them\n0 1 0\n3 0 1\n2"),
        std::string(
            "NCSTOFF\n3 1 0\n0 0 0 1 1 1 0 0 1 255 0 0 1\n1 0 0 1 1 1 0 0 1 255 0 0 1\n0 1 0 1 1 1 0 0 1 255 0 0 "
            "1\n3 0 1 2 9 9 9\n"),
        std::string("COFF 3 1 0 0 0 0 9 9 9 9 1 0 0 9 9 9 9 0 1 0 9 9 9 9 3 0 1 2"),
        std::string("COFF 3 1 0 0 0 0 9 9 9 1 0 0 9 9 9 0 1 0 9 9 9 3 0 1 2"),
        "OFF\n4 1 0\nnan inf 1e300\n0 0 0\n1 0 0\n0 1 0\n3 1 2 3\n" + std::string()}) {
    write("mesh.off", text);
    EXPECT_EQ(error_of([&] { read_off(folder / "mesh.off"); }), "") << text;
    const Cloud cloud = read_cloud(folder / "mesh.off");
    ASSERT_EQ(cloud.size(), 2048) << text;
    const auto x = column(cloud, "x"), y = column(cloud, "y"), up = column(cloud, "normal_z");
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_TRUE(x[i] >= 0 && y[i] >= 0 && x[i] + y[i] <= 1 + 1e-6) << text;
      EXPECT_EQ(up[i], 1) << text;
    }
  }
}

TEST_F(Off, WithoutFacesTheVerticesAreTheCloud) {
  write("points.off", "OFF\n3 0 0\n0 1 2\n3 4 5 # the second\nnan 7 8\n");
  Cloud cloud = read_cloud(folder / "points.off");
  EXPECT_EQ(fields(cloud), (Names{"x", "y", "z"}));
  EXPECT_EQ(cloud.view().at("x").type, Scalar::float32);
  EXPECT_EQ(column(cloud, "y"), (Doubles{1, 4, 7}));
  EXPECT_TRUE(std::isnan(column(cloud, "x")[2])) << "a point is a point";
  write("points.off", "OFF 2 0 0 500000.125 4000000.25 0 1 2 3");
  cloud = read_cloud(folder / "points.off");
  EXPECT_EQ(cloud.view().at("x").type, Scalar::float64) << "a float would move it";
  EXPECT_EQ(column(cloud, "y"), (Doubles{4000000.25, 2}));
  write("points.off", "NOFF\n2 0 0\n0 1 2 0 0 1\n3 4 5 1 0 0\n");
  cloud = read_cloud(folder / "points.off");
  EXPECT_EQ(fields(cloud), with_normals);
  EXPECT_EQ(column(cloud, "normal_x"), (Doubles{0, 1}));
  EXPECT_EQ(column(cloud, "z"), (Doubles{2, 5}));
  for (const char* colors : {"0 0 0 255 128 0 255\n1 1 1 0 0 3 255\n", "0 0 0 1 0.502 0. 1\n1 1 1 0 0 0.012 1\n",
                             "0 0 0 255 128 0\n1 1 1 0 0 3\n"}) {
    write("points.off", std::string("COFF\n2 0 0\n") + colors);
    cloud = read_cloud(folder / "points.off");
    std::uint32_t packed[2];
    for (int i = 0; i < 2; ++i)
      std::memcpy(&packed[i], cloud.data.data() + i * cloud.stride + cloud.view().at("rgb").offset, 4);
    EXPECT_EQ(packed[0], 0xff8000u) << colors;
    EXPECT_EQ(packed[1], 0x000003u) << colors;
  }
  write("points.off", "OFF\n0 0 0\n");
  EXPECT_EQ(read_cloud(folder / "points.off").size(), 0);
  write("points.off", "NOFF\n1 0 0\n0 1 2 0 up 1\n");
  EXPECT_NE(error_of([&] { read_cloud(folder / "points.off"); }).find(":3: 'up' is no normal of a vertex"),
            std::string::npos);
}

TEST_F(Off, LiesInFoldersLikeAnyCloud) {
  for (const char* name : {"train/a.off", "train/chair/b.OFF"}) write(name, cube);
  const auto data = open();
  EXPECT_EQ(names(*data, "train"), (Names{"a.off", "chair/b.OFF"}));
  EXPECT_EQ(first(*data, "train").size(), 100) << "as many as are asked for";
  EXPECT_TRUE(is_cloud_file("x/y.Off"));
  EXPECT_NE(error_of([&] { write_cloud(folder / "out.off", first(*data, "train")); }), "");
}

TEST_F(Off, SaysWhatIsWrong) {
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
  expect_says(says("OFF\n3 1 0\n0 nan 0\n1 0 0\n0 1 0\n3 0 1 2\n"), {"mesh.off:3: ", "'nan'", "a face uses"});
  expect_says(says("OFF\n1 0 0\n0 two 0\n"), {"mesh.off:3: ", "'two'"});
  expect_says(says("4OFF\n1 0 0\n0 0 0 1\n"), {"mesh.off:1: ", "'4OFF'"});
  expect_says(says("OFF 1 0 0 0 0 0 7\n"), {"mesh.off:1: ", "three counts"});
  expect_says(says("OFF\n1 0 0\n0 1\n"), {"mesh.off:3: ", "three coordinates"});
  expect_says(says("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 3\n"), {"mesh.off:6: ", "'3' is no vertex", "3"});
  expect_says(says("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n4 0 1 2\n"), {"mesh.off:6: ", "3 corners", "4"});
  expect_says(says("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 1\n"), {"mesh.off: ", "no face with an area"});
  expect_says(says("OFF\n3 1 0\n0 0 0\n1e300 0 0\n0 1e300 0\n3 0 1 2\n"), {"mesh.off:4: ", "'1e300'"});
}

}  // namespace
}  // namespace treewalk
