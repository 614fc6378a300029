// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/scene/point_set.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace treewalk {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

/// A cloud of `size` zeroed records with the given one-value fields, one byte of padding at the front.
Cloud make_cloud(std::int64_t size, const std::vector<std::pair<std::string, Scalar>>& fields) {
  Cloud cloud;
  cloud.width = size;
  cloud.stride = 1;
  for (const auto& [name, type] : fields) {
    cloud.fields.push_back({name, cloud.stride, type, 1});
    cloud.stride += size_of(type);
  }
  cloud.data.assign(cloud.stride * static_cast<std::size_t>(size), std::byte{0});
  return cloud;
}

template <class T>
void put(Cloud& cloud, std::int64_t point, const std::string& name, T value) {
  for (const Field& field : cloud.fields)
    if (field.name == name) {
      ASSERT_EQ(size_of(field.type), sizeof value);
      std::memcpy(cloud.data.data() + point * cloud.stride + field.offset, &value, sizeof value);
      return;
    }
  FAIL() << "no field " << name;
}

Cloud xyz_cloud(const std::vector<std::array<float, 3>>& points) {
  Cloud cloud = make_cloud(points.size(), {{"x", Scalar::float32}, {"y", Scalar::float32}, {"z", Scalar::float32}});
  for (std::size_t i = 0; i < points.size(); ++i) {
    put(cloud, i, "x", points[i][0]);
    put(cloud, i, "y", points[i][1]);
    put(cloud, i, "z", points[i][2]);
  }
  return cloud;
}

const float* at_point(const PointSet& points, std::int64_t i) { return points.position.data_ptr<float>() + 3 * i; }

TEST(PointSet, KeepsFinitePointsInOrder) {
  const Cloud cloud = xyz_cloud({{1, 2, 3}, {1, 2, kNan}, {kInf, 0, 0}, {-4, 5, 6}, {0, -kInf, 0}});
  std::vector<std::int64_t> kept;
  const PointSet points = make_point_set(cloud.view(), {}, {}, &kept);
  EXPECT_EQ(kept, (std::vector<std::int64_t>{0, 3}));
  ASSERT_EQ(points.size(), 2);
  EXPECT_EQ(at_point(points, 1)[0], -4);
  EXPECT_EQ(at_point(points, 1)[2], 6);
}

TEST(PointSet, KeepsTheBitsOfCloudsNearTheOrigin) {
  const std::vector<std::array<float, 3>> values{{0.1f, -999.9f, 1e-30f}, {0.3f, 17.7f, 2.1f}};
  Cloud cloud = xyz_cloud(values);
  cloud.viewpoint = {0.5, -1, 2};
  const PointSet points = make_point_set(cloud.view(), {}, {});
  EXPECT_EQ(points.origin, (std::array<double, 3>{0, 0, 0}));
  EXPECT_EQ(points.viewpoint, (std::array<float, 3>{0.5f, -1, 2}));
  EXPECT_EQ(std::memcmp(points.position.data_ptr(), values.data(), sizeof(float) * 6), 0);
}

TEST(PointSet, SubtractsTheOriginInDouble) {
  Cloud cloud = make_cloud(2, {{"x", Scalar::float64}, {"y", Scalar::float64}, {"z", Scalar::float64}});
  const double exact[2][3] = {{512345.671, 5412345.128, 312.5}, {512399.25, 5412401.75, 318.25}};
  for (int i = 0; i < 2; ++i)
    for (int a = 0; a < 3; ++a) put(cloud, i, std::string(1, "xyz"[a]), exact[i][a]);
  cloud.viewpoint = {512345, 5412345, 2000};
  const PointSet points = make_point_set(cloud.view(), {}, {});
  EXPECT_EQ(points.origin, (std::array<double, 3>{512345, 5412345, 0}));
  EXPECT_EQ(points.viewpoint, (std::array<float, 3>{0, 0, 2000}));
  for (int i = 0; i < 2; ++i)
    for (int a = 0; a < 3; ++a) EXPECT_EQ(at_point(points, i)[a], static_cast<float>(exact[i][a] - points.origin[a]));
}

TEST(PointSet, OriginIgnoresPointsThatAreNotFinite) {
  const Cloud with = xyz_cloud({{-1e6f, kNan, 0}, {2000, 1, 1}, {2003, 1, 1}}), without = xyz_cloud({{2000, 1, 1}});
  EXPECT_EQ(make_point_set(with.view(), {}, {}).origin, make_point_set(without.view(), {}, {}).origin);
}

TEST(PointSet, ReadsNormalsAndIntensity) {
  Cloud cloud = make_cloud(2, {{"x", Scalar::float32},
                               {"y", Scalar::float32},
                               {"z", Scalar::float32},
                               {"normal_x", Scalar::float32},
                               {"normal_y", Scalar::float32},
                               {"normal_z", Scalar::float32},
                               {"intensity", Scalar::uint16}});
  put(cloud, 1, "normal_x", 0.6f);
  put(cloud, 1, "normal_y", kNan);
  put(cloud, 1, "normal_z", -0.8f);
  put(cloud, 1, "intensity", std::uint16_t{513});
  const PointSet points = make_point_set(cloud.view(), {"normal"}, {"intensity"});
  EXPECT_EQ(points.field.at("normal").sizes(), (std::vector<std::int64_t>{2, 3}));
  const float* normal = points.field.at("normal").data_ptr<float>() + 3;
  EXPECT_EQ(normal[0], 0.6f);
  EXPECT_EQ(normal[1], 0);
  EXPECT_EQ(normal[2], -0.8f);
  EXPECT_EQ(points.field.at("intensity").sizes(), (std::vector<std::int64_t>{2, 1}));
  EXPECT_EQ(points.field.at("intensity").data_ptr<float>()[1], 513);
}

TEST(PointSet, ReadsReturnsWhereTheySaySomething) {
  const std::vector<std::pair<std::string, Scalar>> fields{
      {"x", Scalar::float32},        {"y", Scalar::float32},           {"z", Scalar::float32},
      {"intensity", Scalar::uint16}, {"return_number", Scalar::uint8}, {"number_of_returns", Scalar::uint8}};
  // number, count, intensity, and whether that says something
  const std::vector<std::array<int, 4>> rows{{1, 1, 9, 1}, {1, 1, 0, 0}, {1, 2, 0, 1}, {2, 2, 9, 1},
                                             {0, 0, 9, 0}, {3, 2, 9, 0}, {0, 2, 9, 0}};
  Cloud cloud = make_cloud(rows.size(), fields);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    put(cloud, i, "return_number", static_cast<std::uint8_t>(rows[i][0]));
    put(cloud, i, "number_of_returns", static_cast<std::uint8_t>(rows[i][1]));
    put(cloud, i, "intensity", static_cast<std::uint16_t>(rows[i][2]));
  }
  const auto returns = make_point_set(cloud.view(), {}, {"returns"}).field.at("returns");
  ASSERT_EQ(returns.sizes(), (std::vector<std::int64_t>{static_cast<std::int64_t>(rows.size()), 2}));
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (int k = 0; k < 2; ++k)
      EXPECT_EQ(returns.data_ptr<float>()[2 * i + k], rows[i][3] ? static_cast<float>(rows[i][k]) : 0) << i;
  cloud.fields[3].name = "dose";  // without intensities an only return is one
  EXPECT_EQ(make_point_set(cloud.view(), {}, {"returns"}).field.at("returns").data_ptr<float>()[2], 1);
  cloud.fields[5].name = "echoes";
  EXPECT_TRUE(make_point_set(cloud.view(), {}, {"returns"}).field.empty()) << "a number without a count";
}

TEST(PointSet, ReadsColoursHoweverTheyAreStored) {
  const std::vector<std::pair<std::string, Scalar>> xyz{
      {"x", Scalar::float32}, {"y", Scalar::float32}, {"z", Scalar::float32}};
  auto fields = xyz;
  fields.push_back({"rgb", Scalar::float32});
  Cloud packed = make_cloud(1, fields);
  put(packed, 0, "rgb", std::uint32_t{0xff102030u});
  fields = xyz;
  fields.push_back({"rgba", Scalar::uint32});
  Cloud rgba = make_cloud(1, fields);
  put(rgba, 0, "rgba", std::uint32_t{0x00102030u});
  fields = xyz;
  for (const char* name : {"red", "green", "blue"}) fields.push_back({name, Scalar::uint8});
  Cloud bytes = make_cloud(1, fields);
  put(bytes, 0, "red", std::uint8_t{0x10});
  put(bytes, 0, "green", std::uint8_t{0x20});
  put(bytes, 0, "blue", std::uint8_t{0x30});
  fields = xyz;
  for (const char* name : {"r", "g", "b"}) fields.push_back({name, Scalar::float32});
  Cloud floats = make_cloud(1, fields);
  put(floats, 0, "r", 16 / 255.0f);
  put(floats, 0, "g", 32 / 255.0f);
  put(floats, 0, "b", 48 / 255.0f);
  for (const Cloud* cloud : {&packed, &rgba, &bytes, &floats}) {
    const PointSet points = make_point_set(cloud->view(), {"rgb"}, {});
    const float* rgb = points.field.at("rgb").data_ptr<float>();
    EXPECT_FLOAT_EQ(rgb[0], 16 / 255.0f);
    EXPECT_FLOAT_EQ(rgb[1], 32 / 255.0f);
    EXPECT_FLOAT_EQ(rgb[2], 48 / 255.0f);
  }
}

template <class T>
void expect_colour_of_its_scale(Scalar type, double full) {
  Cloud cloud = make_cloud(1, {{"x", Scalar::float32},
                               {"y", Scalar::float32},
                               {"z", Scalar::float32},
                               {"red", type},
                               {"green", type},
                               {"blue", type}});
  put(cloud, 0, "red", static_cast<T>(full));
  put(cloud, 0, "green", static_cast<T>(0.2 * full));  // whole for every scale
  const PointSet points = make_point_set(cloud.view(), {"rgb"}, {});
  const float* rgb = points.field.at("rgb").data_ptr<float>();
  EXPECT_FLOAT_EQ(rgb[0], 1);
  EXPECT_FLOAT_EQ(rgb[1], 0.2f);
  EXPECT_EQ(rgb[2], 0);
}

TEST(PointSet, ColoursHaveTheScaleOfTheirType) {
  expect_colour_of_its_scale<std::uint8_t>(Scalar::uint8, 255);
  expect_colour_of_its_scale<std::uint16_t>(Scalar::uint16, 65535);
  expect_colour_of_its_scale<std::int32_t>(Scalar::int32, 255);
  expect_colour_of_its_scale<std::uint64_t>(Scalar::uint64, 255);
  expect_colour_of_its_scale<float>(Scalar::float32, 1);
  expect_colour_of_its_scale<double>(Scalar::float64, 1);
}

TEST(PointSet, SaysWhichInputFieldsThereAre) {
  try {
    make_point_set(xyz_cloud({{0, 0, 0}}).view(), {}, {"colour"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "\"colour\" is not an input field; there are normal, rgb, intensity and returns");
  }
}

TEST(PointSet, SaysWhichFieldIsMissing) {
  const Cloud cloud = xyz_cloud({{0, 0, 0}});
  std::vector<std::string> missing;
  const PointSet points = make_point_set(cloud.view(), {}, {"normal", "rgb"}, nullptr, &missing);
  EXPECT_EQ(missing, (std::vector<std::string>{"normal", "rgb"}));
  EXPECT_TRUE(points.field.empty());
  try {
    make_point_set(cloud.view(), {"intensity"}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("intensity"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("x, y, z"), std::string::npos);
  }
  Cloud flat = make_cloud(1, {{"x", Scalar::float32}, {"y", Scalar::float32}});
  EXPECT_THROW(make_point_set(flat.view(), {}, {}), Error);
  EXPECT_THROW(make_point_set(xyz_cloud({{3e38f, 0, 0}, {-3e38f, 0, 0}}).view(), {}, {}), Error);
}

TEST(PointSet, EmptyCloudGivesAnEmptySet) {
  std::vector<std::int64_t> kept{7};
  EXPECT_EQ(make_point_set(CloudView{}, {"normal"}, {}, &kept).size(), 0);
  EXPECT_TRUE(kept.empty());
  EXPECT_EQ(make_point_set(xyz_cloud({{kNan, 0, 0}}).view(), {}, {}).size(), 0);
}

TEST(PointSet, IsTheSameForAnyNumberOfThreads) {
  std::vector<std::array<float, 3>> values;
  for (int i = 0; i < 100000; ++i) values.push_back({std::sin(i * 0.7f) * 5000, i % 7 ? i * 0.01f : kNan, 3000.5f + i});
  const Cloud cloud = xyz_cloud(values);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  std::vector<std::int64_t> kept_one, kept_four;
  const PointSet one = make_point_set(cloud.view(), {}, {}, &kept_one);
  at::set_num_threads(4);
  const PointSet four = make_point_set(cloud.view(), {}, {}, &kept_four);
  at::set_num_threads(threads);
  EXPECT_EQ(kept_one, kept_four);
  EXPECT_EQ(one.origin, four.origin);
  ASSERT_EQ(one.size(), four.size());
  EXPECT_EQ(std::memcmp(one.position.data_ptr(), four.position.data_ptr(), one.position.nbytes()), 0);
}

}  // namespace
}  // namespace treewalk
