// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "drawing/drawing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <vector>

#include "drawing/canvas.h"
#include "drawing/picture.h"
#include "drawing/splat.h"
#include "text.h"

namespace program {
namespace {

treewalk::Cloud grid_cloud(int side, double origin) {
  treewalk::Cloud cloud;
  cloud.stride = 24;
  cloud.fields = {{"x", 0, treewalk::Scalar::float64, 1},
                  {"y", 8, treewalk::Scalar::float64, 1},
                  {"z", 16, treewalk::Scalar::float64, 1}};
  cloud.width = side * side;
  cloud.data.resize(static_cast<std::size_t>(side * side) * 24);
  for (int i = 0; i < side * side; ++i) {
    const double p[3] = {origin + i % side, origin + i / side, i % 7 == 3 ? 0.2 : 0};
    std::memcpy(&cloud.data[static_cast<std::size_t>(i) * 24], p, 24);
  }
  return cloud;
}

TEST(Canvas, EveryPrintableLetterLeavesInkInsideItsWidth) {
  for (char c = 33; c < 127; ++c) {
    Canvas canvas(60, 60, {255, 255, 255});
    const std::string letter(1, c);
    canvas.text(20, 40, 16, letter, {0, 0, 0});
    int ink = 0, outside = 0;
    const float right = 20 + Canvas::text_width(16, letter);
    for (int y = 0; y < 60; ++y)
      for (int x = 0; x < 60; ++x)
        if (canvas.pixel[y * 60 + x].r < 128) {
          ++ink;
          outside += x + 3 < 20 || x > right + 3 || y < 18 || y > 48;
        }
    EXPECT_GT(ink, 0) << letter;
    EXPECT_EQ(outside, 0) << letter;
  }
}

TEST(Drawing, PositionsAreRelativeAndNonFinitePointsLeftOut) {
  auto cloud = grid_cloud(4, 5e6);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::memcpy(&cloud.data[24 * 5 + 16], &nan, 8);  // z alone
  const Drawing drawing = make_drawing(cloud, "t", "", nullptr);
  EXPECT_EQ(drawing.size(), 15u);
  EXPECT_EQ(drawing.left_out, 1);
  EXPECT_EQ(drawing.origin[0], 5e6);
  EXPECT_EQ(drawing.position[14][0], 3.f);
  EXPECT_EQ(drawing.position[14][1], 3.f);
}

TEST(Drawing, LegendHasTheModelsClassesFirstAndCounts) {
  auto cloud = grid_cloud(3, 0);
  cloud.set_field("label", std::vector<std::uint32_t>{4, 4, 9, 9, 9, 4, 255, 7, 4});
  treewalk::ModelInfo model;
  model.classes = {{9, "tree", "#00ff00", {}}, {4, "road", "#808080", {}}};
  const Drawing drawing = make_drawing(cloud, "t", "label", &model);
  ASSERT_EQ(drawing.legend.size(), 4u);
  EXPECT_EQ(drawing.legend[0].name, "tree");
  EXPECT_EQ(drawing.legend[0].points, 3);
  EXPECT_EQ(drawing.legend[1].points, 4);
  EXPECT_EQ(drawing.legend[2].name, "unknown");
  EXPECT_EQ(drawing.legend[3].name, "label 7");
  EXPECT_EQ(drawing.entry[7], 3);
  EXPECT_EQ(painted(drawing, Paint::labels)[2].g, 255);
}

TEST(Drawing, LabelsThatALegendCannotHoldShareItsLastRowsInTurn) {
  auto cloud = grid_cloud(257, 0);
  std::vector<std::uint32_t> label(257 * 257);
  std::iota(label.begin(), label.end(), 0u);
  cloud.set_field("label", label);
  const Drawing drawing = make_drawing(cloud, "t", "label", nullptr);
  ASSERT_EQ(drawing.legend.size(), 65535u);
  constexpr std::size_t own = 65535 - 48;
  std::int64_t points = 0;
  for (std::size_t i = 0; i < label.size(); ++i) ASSERT_EQ(drawing.entry[i], i < own ? i : own + (i - own) % 48);
  for (std::size_t i = 0; i < 65535; ++i) {
    ASSERT_EQ(drawing.legend[i].points > 1, i >= own);
    ASSERT_EQ(drawing.legend[i].name, i < own ? "label " + std::to_string(i) : "more");
    points += drawing.legend[i].points;
  }
  EXPECT_EQ(points, 257 * 257);
  EXPECT_NE(hex(drawing.legend[own].color), hex(drawing.legend[own + 1].color));
}

/// Appends the fields to the grid, all points with the same numbers.
template <class Number>
treewalk::Cloud with_fields(const std::vector<std::pair<const char*, Number>>& fields, treewalk::Scalar type) {
  auto cloud = grid_cloud(3, 0);
  const std::size_t before = cloud.stride;
  for (const auto& field : fields) {
    cloud.fields.push_back({field.first, cloud.stride, type, 1});
    cloud.stride += sizeof(Number);
  }
  std::vector<std::byte> data(9 * cloud.stride);
  for (std::size_t i = 0; i < 9; ++i) {
    std::memcpy(&data[i * cloud.stride], &cloud.data[i * before], before);
    for (std::size_t f = 0; f < fields.size(); ++f)
      std::memcpy(&data[i * cloud.stride + before + f * sizeof(Number)], &fields[f].second, sizeof(Number));
  }
  cloud.data = std::move(data);
  return cloud;
}

TEST(Drawing, TakesColoursHoweverTheyAreStored) {
  using treewalk::Scalar;
  for (const auto& cloud :
       {with_fields<std::uint32_t>({{"rgba", 0xff102030u}}, Scalar::uint32),
        with_fields<std::uint32_t>({{"rgb", 0x00102030u}}, Scalar::float32),
        with_fields<std::uint8_t>({{"red", 0x10}, {"green", 0x20}, {"blue", 0x30}}, Scalar::uint8),
        with_fields<std::uint16_t>({{"r", 0x1010}, {"g", 0x2020}, {"b", 0x3030}}, Scalar::uint16)}) {
    const Drawing drawing = make_drawing(cloud, "t", "", nullptr);
    ASSERT_EQ(drawing.color.size(), 9u);
    const Rgb color = painted(drawing, paint_for(drawing, "auto"))[4];
    EXPECT_EQ(hex(color), "#102030") << cloud.fields.back().name;
  }
}

TEST(Drawing, IsPaintedByWhatItHas) {
  auto cloud = grid_cloud(10, 0);
  std::vector<float> rising;
  for (int i = 0; i < 100; ++i) rising.push_back(static_cast<float>(i) / 99);
  cloud.set_field("confidence", rising);
  cloud.set_field("intensity", rising);
  EXPECT_EQ(paint_for(make_drawing(cloud, "t", "", nullptr), "auto"), Paint::intensity);
  cloud.set_field("label", std::vector<std::uint32_t>(100, 1));
  const Drawing drawing = make_drawing(cloud, "t", "label", nullptr);
  EXPECT_EQ(paint_for(drawing, "auto"), Paint::labels);
  const auto grey = painted(drawing, paint_for(drawing, "intensity"));
  EXPECT_EQ(hex(grey.front()), "#000000");
  EXPECT_EQ(hex(grey.back()), "#ffffff");
  const auto sure = painted(drawing, paint_for(drawing, "confidence"));
  EXPECT_EQ(hex(sure.front()), hex(ramp(0)));
  EXPECT_EQ(hex(sure.back()), hex(ramp(1)));
  try {
    paint_for(drawing, "rgb");
    FAIL();
  } catch (const treewalk::Error& error) {
    EXPECT_STREQ(error.what(), "'t' has no rgb to colour by; leave --color out, or say --color height");
  }
}

TEST(Text, DurationsHaveTheUnitsThatPeopleUse) {
  EXPECT_EQ(duration(0.25), "0.25 s");
  EXPECT_EQ(duration(9.96), "10.0 s");
  EXPECT_EQ(duration(59.4), "59 s");
  EXPECT_EQ(duration(61), "1 min 1 s");
  EXPECT_EQ(duration(2 * 3600 + 3 * 60 + 20), "2 h 3 min");
  EXPECT_EQ(duration(-1), "-");
}

TEST(Drawing, ThinningKeepsColumnsTogether) {
  auto cloud = grid_cloud(50, 0);
  std::vector<std::uint32_t> label;
  for (int i = 0; i < 2500; ++i) label.push_back(i % 50);  // equals x
  cloud.set_field("label", label);
  Drawing drawing = make_drawing(cloud, "t", "label", nullptr);
  thin(drawing, 500);
  EXPECT_NEAR(static_cast<double>(drawing.size()), 500, 100);
  EXPECT_EQ(drawing.thinned + static_cast<std::int64_t>(drawing.size()), 2500);
  for (std::size_t i = 0; i < drawing.size(); ++i) EXPECT_EQ(drawing.entry[i], drawing.position[i][0]);
}

TEST(Drawing, SpacingOfAGridIsItsStep) {
  const Drawing drawing = make_drawing(grid_cloud(100, 1e6), "t", "", nullptr);
  EXPECT_NEAR(point_spacing(drawing), 1, 0.15);
}

TEST(Picture, ShowsThePointsWithoutTouchingTheRim) {
  const Drawing drawing = make_drawing(grid_cloud(60, 4e5), "t", "", nullptr);
  PictureOptions options;
  options.width = 320;
  options.height = 200;
  const Canvas canvas = draw_picture(drawing, options);
  const auto white = [&](int x, int y) {
    const Rgb p = canvas.pixel[static_cast<std::size_t>(y) * canvas.width + x];
    return p.r == 255 && p.g == 255 && p.b == 255;
  };
  int covered = 0;
  for (int y = 0; y < canvas.height; ++y) {
    EXPECT_TRUE(white(0, y) && white(canvas.width - 1, y)) << y;
    for (int x = 0; x < canvas.width; ++x) covered += !white(x, y);
  }
  EXPECT_GT(covered, canvas.width * canvas.height / 6) << "a plane closes to a surface that fills the picture";
}

TEST(Picture, KeepsTheHueOfRealColours) {
  const auto cloud = with_fields<std::uint32_t>({{"rgb", 0x00204080u}}, treewalk::Scalar::uint32);
  PictureOptions options;
  options.width = 100;
  options.height = 80;
  options.paint = "rgb";
  options.point_size = 4;
  const Canvas canvas = draw_picture(make_drawing(cloud, "", "", nullptr), options);
  const auto blue = [](const Rgb& a, const Rgb& b) { return a.b - a.r < b.b - b.r; };
  const Rgb drawn = *std::max_element(canvas.pixel.begin(), canvas.pixel.end(), blue);  // the background is grey
  EXPECT_NEAR(drawn.g, 2 * drawn.r, 4);
  EXPECT_NEAR(drawn.b, 4 * drawn.r, 8);
  EXPECT_GT(drawn.b, 0.4 * 128) << "however dark the shadow";
}

TEST(Picture, AScanInRegularRowsStaysWithinTheRim) {
  auto cloud = grid_cloud(0, 0);
  const int columns = 500, rows = 200;  // a camera that looked at every k-th point might see some columns only
  cloud.width = columns * rows;
  cloud.data.resize(static_cast<std::size_t>(cloud.width) * 24);
  for (int i = 0; i < columns * rows; ++i) {
    const double p[3] = {1.0 * (i % columns), 1.0 * (i / columns), 0};
    std::memcpy(&cloud.data[static_cast<std::size_t>(i) * 24], p, 24);
  }
  PictureOptions options;
  options.width = 320;
  options.height = 200;
  const Canvas canvas = draw_picture(make_drawing(cloud, "t", "", nullptr), options);
  for (int y = 0; y < canvas.height; ++y) {
    EXPECT_EQ(canvas.pixel[static_cast<std::size_t>(y) * canvas.width].r, 255);
    EXPECT_EQ(canvas.pixel[static_cast<std::size_t>(y) * canvas.width + canvas.width - 1].r, 255);
  }
}

TEST(Picture, OddCloudsDrawWithoutComplaint) {
  PictureOptions options;
  options.width = 100;
  options.height = 80;
  for (int side : {0, 1}) draw_picture(make_drawing(grid_cloud(side, 0), "t", "", nullptr), options);
  auto same = grid_cloud(20, 0);
  for (int i = 0; i < 400; ++i) std::memcpy(&same.data[static_cast<std::size_t>(i) * 24], &same.data[0], 24);
  draw_picture(make_drawing(same, "t", "", nullptr), options);
}

}  // namespace
}  // namespace program
