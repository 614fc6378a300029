// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What coordinates are multiplied by: by what a file says of its units, and by what a person says.
#include <gtest/gtest.h>

#include "tests/support/io_support.h"
#include "treewalk/coordinate_system.h"

namespace treewalk {
namespace {

using Factors = std::array<double, 3>;
constexpr double foot = 0.3048, us_foot = 1200.0 / 3937.0;

CoordinateSystem system_of(double plane, double up, CoordinateKind kind = CoordinateKind::projected) {
  CoordinateSystem system;
  system.kind = kind;
  system.horizontal_metres = plane;
  system.vertical_metres = up;
  return system;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(ToMetres, TakesWhatTheFileSays) {
  for (const Factors& said : {Factors{1, 1, 1}, {foot, foot, foot}, {us_foot, us_foot, 1}, {1, 1, us_foot}}) {
    const CoordinateSystem system = system_of(said[0], said[2]);
    EXPECT_EQ(to_metres(&system, nullptr, "a.las").factor, said);
    EXPECT_EQ(to_metres(&system, nullptr, "a.las").remark, "");
  }
}

TEST(ToMetres, TakesOneUnitForTheOther) {
  const CoordinateSystem plane = system_of(us_foot, 0), up = system_of(0, foot, CoordinateKind::unknown);
  EXPECT_EQ(to_metres(&plane, nullptr, "a.las").factor, (Factors{us_foot, us_foot, us_foot}));
  EXPECT_EQ(
      to_metres(&plane, nullptr, "a.las").remark,
      "a.las: its coordinate system has no unit of heights, and US survey feet are assumed as of x and y; where it "
      "is another, --scale XY,Z says it");
  EXPECT_EQ(to_metres(&up, nullptr, "a.las").factor, (Factors{foot, foot, foot}));
  EXPECT_TRUE(has(to_metres(&up, nullptr, "a.las").remark, "no unit of x and y, and feet are assumed as of heights"));
  const CoordinateSystem metres = system_of(1, 0);
  EXPECT_EQ(to_metres(&metres, nullptr, "a.las").factor, (Factors{1, 1, 1}));
  EXPECT_EQ(to_metres(&metres, nullptr, "a.las").remark, "");
}

TEST(ToMetres, AssumesMetresAndSaysSo) {
  const CoordinateSystem nothing;
  EXPECT_EQ(to_metres(&nothing, nullptr, "a.las").factor, (Factors{1, 1, 1}));
  EXPECT_TRUE(has(to_metres(&nothing, nullptr, "a.las").remark, "a.las: it says no unit of length, and metres"));
  EXPECT_EQ(to_metres(nullptr, nullptr, "a.pcd").factor, (Factors{1, 1, 1}));
  EXPECT_EQ(to_metres(nullptr, nullptr, "a.pcd").remark, "");
}

TEST(ToMetres, RefusesAnglesUnlessAPersonKnowsBetter) {
  CoordinateSystem system = system_of(0, 1, CoordinateKind::geographic);
  system.degrees = true;
  system.name = "WGS 84";
  const std::string error = error_of([&] { to_metres(&system, nullptr, "a.las"); });
  EXPECT_EQ(error.find("a.las: its coordinates are angles (WGS 84)"), 0u) << error;
  const Factors hand{1, 1, 1};
  EXPECT_EQ(to_metres(&system, &hand, "a.las").factor, hand);
  EXPECT_TRUE(has(to_metres(&system, &hand, "a.las").remark, "angles"));
}

TEST(ToMetres, APersonGoesBeforeTheFile) {
  const Factors hand{foot, foot, 2};
  for (const CoordinateSystem& system : {CoordinateSystem(), system_of(us_foot, 0), system_of(foot, 2.001)}) {
    EXPECT_EQ(to_metres(&system, &hand, "a.las").factor, hand);
    EXPECT_EQ(to_metres(&system, &hand, "a.las").remark, "");  // nothing that differs by more than 1 %
  }
  EXPECT_EQ(to_metres(nullptr, &hand, "a.pcd").factor, hand);
  const CoordinateSystem metres = system_of(1, 0), heights = system_of(foot, 1);
  EXPECT_EQ(to_metres(&metres, &hand, "a.las").remark,
            "a.las: x and y are in metres, says its coordinate system, but --scale 0.3048 is taken");
  EXPECT_EQ(to_metres(&heights, &hand, "a.las").remark,
            "a.las: heights are in metres, says its coordinate system, but --scale 2 is taken");
}

TEST(ToMetres, TellsWhereZIsNotUp) {
  CoordinateSystem centre = system_of(1, 1, CoordinateKind::geocentric), depths = system_of(1, 1);
  depths.down = true;
  EXPECT_TRUE(has(to_metres(&centre, nullptr, "a.las").remark, "z does not point up"));
  EXPECT_TRUE(has(to_metres(&depths, nullptr, "a.las").remark, "z grows downwards"));
}

TEST(ToMetres, UnitsHaveNames) {
  EXPECT_EQ(unit_name(1), "metres");
  EXPECT_EQ(unit_name(foot), "feet");
  EXPECT_EQ(unit_name(us_foot), "US survey feet");
  EXPECT_EQ(unit_name(0.304800609601219), "US survey feet");
  EXPECT_EQ(unit_name(1000), "units of 1000 m");
  EXPECT_EQ(unit_name(0), "no known unit");
}

}  // namespace
}  // namespace treewalk
