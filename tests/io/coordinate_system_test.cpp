// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Units out of well-known text, GeoTIFF keys and EPSG codes. The texts are written for these tests, by the standards.
#include "treewalk/coordinate_system.h"

#include <gtest/gtest.h>
#include <proj.h>

#include <cmath>
#include <limits>
#include <thread>

#include "tests/support/io_support.h"

namespace treewalk {
namespace {

constexpr double foot = 0.3048, us_foot = 1200.0 / 3937.0;
constexpr double near = 1e-12;  // of a unit

// --- WKT ------------------------------------------------------------------------------------------------------------
const std::string globe =
    R"(GEOGCS["a globe",DATUM["a datum",SPHEROID["GRS 1980",6378137,298.257222101]],PRIMEM["Greenwich",0],)"
    R"(UNIT["degree",0.0174532925199433]])";

std::string plane(const std::string& unit, const std::string& last = "") {
  return R"(PROJCS["a plane",)" + globe +
         R"(,PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",9],)"
         R"(PARAMETER["scale_factor",1],PARAMETER["false_easting",0],PARAMETER["false_northing",0],)" +
         unit + last + "]";
}
std::string heights(const std::string& unit, const std::string& axis = R"(AXIS["Up",UP])") {
  return R"(VERT_CS["some heights",VERT_DATUM["a level",2005],)" + unit + "," + axis + "]";
}
std::string both(const std::string& unit, const std::string& unit_of_heights) {
  return R"(COMPD_CS["plane and heights",)" + plane(unit) + "," + heights(unit_of_heights) + "]";
}
const std::string metre = R"(UNIT["metre",1])", feet = R"(UNIT["foot",0.3048])",
                  us_feet = R"(UNIT["US survey foot",0.304800609601219])";

struct Case {
  std::string name, wkt;
  CoordinateKind kind;
  double plane, up;
};

TEST(CoordinateSystems, SayTheUnitsOfPlaneAndHeights) {
  using Kind = CoordinateKind;
  const std::string esri_globe =
      R"(GEOGCS["GCS_a",DATUM["D_a",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],)"
      R"(UNIT["Degree",0.0174532925199433]])";
  const std::string esri = R"(PROJCS["esri_plane",)" + esri_globe +
                           R"(,PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",0.0],)"
                           R"(PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",9.0],)"
                           R"(PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],)"
                           R"(UNIT["Foot_US",0.3048006096012192]])";
  const std::string esri_heights = R"(VERTCS["NAVD_1988",VDATUM["North_American_Vertical_Datum_1988"],)"
                                   R"(PARAMETER["Vertical_Shift",0.0],PARAMETER["Direction",1.0],UNIT["Meter",1.0]])";
  const std::string wkt2_globe =
      R"(DATUM["a datum",ELLIPSOID["GRS 1980",6378137,298.257222101,LENGTHUNIT["metre",1]]],)"
      R"(PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]])";
  const std::string wkt2_plane =
      R"(PROJCRS["a plane",BASEGEOGCRS["a globe",)" + wkt2_globe +
      R"(],CONVERSION["a projection",METHOD["Transverse Mercator"],)"
      R"(PARAMETER["Latitude of natural origin",0,ANGLEUNIT["degree",0.0174532925199433]],)"
      R"(PARAMETER["Longitude of natural origin",9,ANGLEUNIT["degree",0.0174532925199433]],)"
      R"(PARAMETER["Scale factor at natural origin",1,SCALEUNIT["unity",1]],)"
      R"(PARAMETER["False easting",0,LENGTHUNIT["metre",1]],PARAMETER["False northing",0,LENGTHUNIT["metre",1]]],)"
      R"(CS[Cartesian,2],AXIS["easting",east,ORDER[1]],AXIS["northing",north,ORDER[2]],LENGTHUNIT["foot",0.3048]])";
  const std::string wkt2_heights =
      R"(VERTCRS["heights",VDATUM["a level"],CS[vertical,1],AXIS["up",up],LENGTHUNIT["US survey foot",0.304800609601219]])";
  const Case cases[] = {
      {"metres", plane(metre), Kind::projected, 1, 0},
      {"feet", plane(feet), Kind::projected, foot, 0},
      {"US survey feet", plane(us_feet), Kind::projected, us_foot, 0},
      {"kilometres", plane(R"(UNIT["kilometre",1000])"), Kind::projected, 1000, 0},
      {"chains", plane(R"(UNIT["Clarke's chain",20.1166195164])"), Kind::projected, 20.1166195164, 0},
      {"with axes", plane(us_feet, R"(,AXIS["E",EAST],AXIS["N",NORTH])"), Kind::projected, us_foot, 0},
      {"metres, feet", both(metre, us_feet), Kind::projected, 1, us_foot},
      {"feet, metres", both(us_feet, metre), Kind::projected, us_foot, 1},
      {"two feet", both(us_feet, feet), Kind::projected, us_foot, foot},
      {"heights alone", heights(us_feet), Kind::unknown, 0, us_foot},
      {"globe", globe, Kind::geographic, 0, 0},
      {"globe and heights", R"(COMPD_CS["g",)" + globe + "," + heights(metre) + "]", Kind::geographic, 0, 1},
      {"geocentric",
       R"(GEOCCS["c",DATUM["a datum",SPHEROID["GRS 1980",6378137,298.257222101]],PRIMEM["Greenwich",0],)"
       R"(UNIT["metre",1],AXIS["Geocentric X",OTHER],AXIS["Geocentric Y",OTHER],AXIS["Geocentric Z",NORTH]])",
       Kind::geocentric, 1, 1},
      {"local", R"(LOCAL_CS["a site",LOCAL_DATUM["a site",0],UNIT["foot",0.3048],AXIS["x",EAST],AXIS["y",NORTH]])",
       Kind::local, foot, 0},
      {"local, no axes", R"(LOCAL_CS["a site",UNIT["metre",1]])", Kind::local, 1, 0},
      {"ESRI", esri, Kind::projected, us_foot, 0},
      {"ESRI, two in a row", esri + "," + esri_heights, Kind::projected, us_foot, 1},
      {"ESRI, two in lines", esri + " ,\n " + esri_heights, Kind::projected, us_foot, 1},
      {"WKT 2", wkt2_plane, Kind::projected, foot, 0},
      {"WKT 2, both", R"(COMPOUNDCRS["c",)" + wkt2_plane + "," + wkt2_heights + "]", Kind::projected, foot, us_foot},
      {"WKT 2, three axes",
       R"(GEOGCRS["a globe",)" + wkt2_globe +
           R"(,CS[ellipsoidal,3],AXIS["latitude",north,ORDER[1],ANGLEUNIT["degree",0.0174532925199433]],)"
           R"(AXIS["longitude",east,ORDER[2],ANGLEUNIT["degree",0.0174532925199433]],)"
           R"(AXIS["height",up,ORDER[3],LENGTHUNIT["metre",1]]])",
       Kind::geographic, 0, 1},
      {"WKT 2, local",
       R"(ENGCRS["a site",EDATUM["here"],CS[Cartesian,3],AXIS["x",east],AXIS["y",north],AXIS["z",up],)"
       R"(LENGTHUNIT["metre",1]])",
       Kind::local, 1, 1},
      {"a plane of degrees", plane(R"(UNIT["degree",0.0174532925199433])"), Kind::geographic, 0, 0},
      {"parentheses", R"(LOCAL_CS("a site",UNIT("foot",0.3048)))", Kind::local, foot, 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    CoordinateSystem system;
    ASSERT_EQ(error_of([&] { system = coordinate_system_of_wkt(c.wkt); }), "");
    EXPECT_EQ(system.kind, c.kind);
    EXPECT_NEAR(system.horizontal_metres, c.plane, near * c.plane);
    EXPECT_NEAR(system.vertical_metres, c.up, near * c.up);
    EXPECT_EQ(system.degrees, c.kind == CoordinateKind::geographic);
    EXPECT_FALSE(system.down);
    // The text that is kept says the same, with and without what files put around it.
    for (const std::string& text : {system.wkt, "\n " + c.wkt + std::string(3, '\0'), c.wkt + '\0' + "rubbish]["}) {
      const CoordinateSystem again = coordinate_system_of_wkt(text);
      EXPECT_EQ(again.horizontal_metres, system.horizontal_metres);
      EXPECT_EQ(again.vertical_metres, system.vertical_metres);
    }
  }
}

TEST(CoordinateSystems, HaveNamesAndCodes) {
  const CoordinateSystem system = coordinate_system_of_wkt(
      R"(COMPD_CS["plane and heights",)" + plane(metre, R"(,AUTHORITY["EPSG","32632"])") +
      R"(,VERT_CS["some heights",VERT_DATUM["a level",2005],UNIT["metre",1],AUTHORITY["EPSG","5703"]]])");
  EXPECT_EQ(system.name, "plane and heights");
  EXPECT_EQ(system.epsg, 32632);
  EXPECT_EQ(system.vertical_epsg, 5703);
  EXPECT_EQ(coordinate_system_of_wkt(plane(metre, R"(,AUTHORITY["Esri","102100"])")).epsg, 0);
  EXPECT_EQ(coordinate_system_of_wkt(plane(metre) + "," + heights(metre)).name, "a plane + some heights");
  EXPECT_TRUE(coordinate_system_of_wkt(heights(metre, R"(AXIS["Depth",DOWN])")).down);
  for (const char* nothing : {"", " \r\n\t"}) {
    EXPECT_EQ(coordinate_system_of_wkt(nothing).kind, CoordinateKind::unknown);
    EXPECT_EQ(coordinate_system_of_wkt(nothing).horizontal_metres, 0);
  }
}

TEST(CoordinateSystems, RefuseBrokenTextInOneLine) {
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "A[";
  const std::pair<std::string, std::string> cases[] = {
      {"PROJCS[", "cannot be read"},
      {"a\nb\x1b[31m", "cannot be read"},
      {R"(PROJCS["a)", "cannot be read"},
      {plane(metre).substr(0, 200), "cannot be read"},
      {plane(R"(UNIT["none",0])"), "no unit of length"},
      {plane(R"(UNIT["minus",-1])"), "no unit of length"},
      {plane(R"(UNIT["huge",1e300])"), "no unit of length"},
      {plane(R"(UNIT["nan",nan])"), ""},
      {plane(R"(UNIT["inf",1e999])"), ""},
      {heights(R"(UNIT["none",0])"), "no unit of length"},
      {deep, "1000 levels"},
      {std::string(5 << 20, '['), "5242880 bytes"},
      {R"(ELLIPSOID["GRS 1980",6378137,298.257222101,LENGTHUNIT["metre",1]])", ""},
  };
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  for (const auto& [wkt, words] : cases) {
    const std::string error = error_of([&wkt = wkt] { coordinate_system_of_wkt(wkt); });
    EXPECT_NE(error, "") << wkt.substr(0, 80);
    EXPECT_NE(error.find(words), std::string::npos) << error;
    for (const char c : error) EXPECT_GE(static_cast<unsigned char>(c), ' ') << error;
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  // Brackets in a name are no levels.
  EXPECT_EQ(error_of([] { coordinate_system_of_wkt("LOCAL_CS[\"" + std::string(100, '[') + "\",UNIT[\"metre\",1]]"); }),
            "");
}

// --- EPSG -----------------------------------------------------------------------------------------------------------
TEST(CoordinateSystems, AreFoundByTheirCodes) {
  using Kind = CoordinateKind;
  const struct {
    int code;
    Kind kind;
    double plane, up;
  } cases[] = {
      {28992, Kind::projected, 1, 0},      {2154, Kind::projected, 1, 0},       {32633, Kind::projected, 1, 0},
      {2263, Kind::projected, us_foot, 0}, {2277, Kind::projected, us_foot, 0}, {2222, Kind::projected, foot, 0},
      {6350, Kind::projected, 1, 0},       {4326, Kind::geographic, 0, 0},      {4979, Kind::geographic, 0, 1},
      {4978, Kind::geocentric, 1, 1},      {5703, Kind::unknown, 0, 1},         {6360, Kind::unknown, 0, us_foot},
      {8228, Kind::unknown, 0, foot},      {7415, Kind::projected, 1, 1},       {5715, Kind::unknown, 0, 1},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.code);
    const CoordinateSystem system = coordinate_system_of_epsg(c.code);
    EXPECT_EQ(system.kind, c.kind);
    EXPECT_NEAR(system.horizontal_metres, c.plane, near);
    EXPECT_NEAR(system.vertical_metres, c.up, near);
    EXPECT_EQ(system.down, c.code == 5715);  // depths below the sea
    const CoordinateSystem again = coordinate_system_of_wkt(system.wkt);
    EXPECT_EQ(again.horizontal_metres, system.horizontal_metres);
    EXPECT_EQ(again.vertical_metres, system.vertical_metres);
    EXPECT_EQ(again.name, system.name);
  }
  EXPECT_EQ(coordinate_system_of_epsg(7415).epsg, 28992);
  EXPECT_EQ(coordinate_system_of_epsg(7415).vertical_epsg, 5709);
  for (const int none : {0, -1, 1, 32767, 2147483647})
    EXPECT_NE(error_of([none] { coordinate_system_of_epsg(none); }).find("no coordinate system EPSG:"),
              std::string::npos);
}

TEST(CoordinateSystems, CodesAreFoundForTextsWithoutThem) {
  for (const int code : {28992, 2154, 2263, 32633, 4326}) {
    CoordinateSystem system = coordinate_system_of_epsg(code);
    EXPECT_EQ(epsg_of(system), code);
    const auto id = system.wkt.rfind(",ID[\"EPSG\",");
    ASSERT_NE(id, std::string::npos);
    const CoordinateSystem without = coordinate_system_of_wkt(system.wkt.substr(0, id) + "]");
    EXPECT_EQ(without.epsg, 0);
    EXPECT_EQ(epsg_of(without), code);
  }
  EXPECT_EQ(epsg_of(coordinate_system_of_wkt(plane(metre))), 0);
  // The code of a text whose unit is another than the code's is not its code.
  EXPECT_EQ(epsg_of(coordinate_system_of_wkt(plane(feet, R"(,AUTHORITY["EPSG","32632"])"))), 0);
  EXPECT_EQ(epsg_of({}), 0);
}

// --- GeoTIFF keys ---------------------------------------------------------------------------------------------------
using Keys = std::vector<std::array<int, 4>>;
std::vector<std::uint16_t> directory(const Keys& keys) {
  std::vector<std::uint16_t> numbers = {1, 1, 0, static_cast<std::uint16_t>(keys.size())};
  for (const auto& key : keys)
    for (const int number : key) numbers.push_back(static_cast<std::uint16_t>(number));
  return numbers;
}
CoordinateSystem of_keys(const Keys& keys, const std::vector<double>& doubles = {}, const std::string& ascii = "") {
  return coordinate_system_of_geokeys(directory(keys), doubles, ascii);
}
constexpr std::array<int, 4> is_plane = {1024, 0, 1, 1}, is_globe = {1024, 0, 1, 2}, is_geocentric = {1024, 0, 1, 3};

TEST(CoordinateSystems, AreReadFromKeys) {
  const auto expect = [](const CoordinateSystem& system, CoordinateKind kind, double plane, double up, int epsg) {
    EXPECT_EQ(system.kind, kind);
    EXPECT_NEAR(system.horizontal_metres, plane, near);
    EXPECT_NEAR(system.vertical_metres, up, near);
    EXPECT_EQ(system.epsg, epsg);
    EXPECT_EQ(system.degrees, kind == CoordinateKind::geographic);
  };
  using Kind = CoordinateKind;
  expect(of_keys({is_plane, {3072, 0, 1, 28992}}), Kind::projected, 1, 0, 28992);
  expect(of_keys({is_plane, {3072, 0, 1, 2263}}), Kind::projected, us_foot, 0, 2263);
  expect(of_keys({{3072, 0, 1, 2263}}), Kind::projected, us_foot, 0, 2263);
  expect(of_keys({is_plane, {3072, 0, 1, 2263}, {4096, 0, 1, 5703}}), Kind::projected, us_foot, 1, 2263);
  expect(of_keys({is_plane, {3072, 0, 1, 32633}, {4096, 0, 1, 6360}}), Kind::projected, 1, us_foot, 32633);
  expect(of_keys({is_plane, {3072, 0, 1, 32633}, {4099, 0, 1, 9002}}), Kind::projected, 1, foot, 32633);
  // A code of GeoTIFF 1.0 that EPSG has for a datum: the unit alone counts, if there is one.
  expect(of_keys({is_plane, {3072, 0, 1, 2263}, {4096, 0, 1, 5103}}), Kind::projected, us_foot, 0, 2263);
  expect(of_keys({is_plane, {3072, 0, 1, 2263}, {4096, 0, 1, 5103}, {4099, 0, 1, 9003}}), Kind::projected, us_foot,
         us_foot, 2263);
  // Units of their own: by code, and by size.
  expect(of_keys({is_plane, {3072, 0, 1, 32767}, {3076, 0, 1, 9003}}), Kind::projected, us_foot, 0, 0);
  expect(of_keys({is_plane, {3072, 0, 1, 32767}, {3076, 0, 1, 32767}, {3077, 34736, 1, 1}}, {9, 0.5}), Kind::projected,
         0.5, 0, 0);
  expect(of_keys({is_plane, {3076, 0, 1, 9002}}), Kind::projected, foot, 0, 0);
  expect(of_keys({is_plane, {3072, 0, 1, 32767}}), Kind::projected, 0, 0, 0);
  // A unit beside a code goes before the code's; feet of both kinds keep it.
  expect(of_keys({is_plane, {3072, 0, 1, 26910}, {3076, 0, 1, 9003}}), Kind::projected, us_foot, 0, 0);
  expect(of_keys({is_plane, {3072, 0, 1, 2263}, {3076, 0, 1, 9002}}), Kind::projected, foot, 0, 2263);
  expect(of_keys({is_plane, {3072, 0, 1, 31000}, {3076, 0, 1, 9001}}), Kind::projected, 1, 0, 0);
  // Angles, also where they are called a plane.
  expect(of_keys({is_globe, {2048, 0, 1, 4326}}), Kind::geographic, 0, 0, 4326);
  expect(of_keys({is_globe}), Kind::geographic, 0, 0, 0);
  expect(of_keys({{2048, 0, 1, 4269}, {4099, 0, 1, 9001}}), Kind::geographic, 0, 1, 4269);
  expect(of_keys({is_plane, {3072, 0, 1, 4326}, {3076, 0, 1, 9001}}), Kind::geographic, 0, 0, 4326);
  expect(of_keys({is_globe, {2048, 0, 1, 28992}}), Kind::projected, 1, 0, 28992);
  expect(of_keys({is_geocentric, {2048, 0, 1, 4978}}), Kind::geocentric, 1, 1, 4978);
  expect(of_keys({is_geocentric, {2048, 0, 1, 4326}}), Kind::geocentric, 1, 1, 0);
  expect(of_keys({is_geocentric, {2052, 0, 1, 9002}}), Kind::geocentric, foot, foot, 0);
  // Nothing.
  expect(of_keys({}), Kind::unknown, 0, 0, 0);
  expect(coordinate_system_of_geokeys({}, {}, ""), Kind::unknown, 0, 0, 0);
  expect(coordinate_system_of_geokeys({0, 0, 0, 0, 0, 0, 0, 0}, {}, ""), Kind::unknown, 0, 0, 0);
  expect(of_keys({{4096, 0, 1, 6360}}), Kind::unknown, 0, us_foot, 0);
}

TEST(CoordinateSystems, KeysNameThemselves) {
  const std::string ascii = "a site in feet|ESRI PE String = " + plane(feet) + "|";
  const Keys esri = {is_plane, {1026, 34737, 15, 0}, {3072, 0, 1, 32767}, {3073, 34737, 400, 15}};
  EXPECT_NEAR(of_keys(esri, {}, ascii).horizontal_metres, foot, near);
  EXPECT_EQ(of_keys(esri, {}, ascii).name, "a plane");
  const Keys cited = {is_plane, {1026, 34737, 15, 0}, {3072, 0, 1, 32767}, {3076, 0, 1, 9002}};
  EXPECT_EQ(of_keys(cited, {}, ascii).name, "a site in feet");
  const CoordinateSystem both = of_keys({is_plane, {3072, 0, 1, 28992}, {4096, 0, 1, 5709}});
  EXPECT_EQ(both.name, "Amersfoort / RD New");
  const CoordinateSystem again = coordinate_system_of_wkt(both.wkt);  // a compound
  EXPECT_EQ(again.epsg, 28992);
  EXPECT_EQ(again.vertical_epsg, 5709);
  EXPECT_EQ(again.vertical_metres, 1);
}

TEST(CoordinateSystems, TextGoesBeforeKeysButForHeightsThatItLacks) {
  const auto keys = directory({is_plane, {3072, 0, 1, 2263}, {4096, 0, 1, 6360}});
  CoordinateSystem system = coordinate_system_of(plane(feet), keys, {}, "");
  EXPECT_NEAR(system.horizontal_metres, foot, near);
  EXPECT_NEAR(system.vertical_metres, us_foot, near);
  EXPECT_EQ(system.vertical_epsg, 6360);
  EXPECT_EQ(coordinate_system_of(both(feet, metre), keys, {}, "").vertical_metres, 1);
  EXPECT_EQ(coordinate_system_of(plane(metre), {1, 1}, {}, "").horizontal_metres, 1);
  EXPECT_NE(error_of([&] { coordinate_system_of("PROJCS[", keys, {}, ""); }), "");
  EXPECT_EQ(coordinate_system_of(std::string(" \0", 2), keys, {}, "").epsg, 2263);
  EXPECT_EQ(coordinate_system_of("", {}, {}, "").kind, CoordinateKind::unknown);
}

TEST(CoordinateSystems, KeysPointNowhereBeyondWhatIsThere) {
  // More keys promised than there are; values out of range; counts and tags that make no sense.
  std::vector<std::uint16_t> numbers = directory({is_plane, {3072, 0, 1, 2263}});
  numbers[3] = 65535;
  EXPECT_NEAR(coordinate_system_of_geokeys(numbers, {}, "").horizontal_metres, us_foot, near);
  numbers.pop_back();
  EXPECT_EQ(coordinate_system_of_geokeys(numbers, {}, "").horizontal_metres, 0);
  for (const std::size_t size : {1, 2, 3}) {
    numbers.resize(size);
    EXPECT_NE(error_of([&] { coordinate_system_of_geokeys(numbers, {}, ""); }), "");
  }
  const Keys beyond = {is_plane,
                       {3072, 34735, 1, 60000},
                       {3076, 0, 1, 32767},
                       {3077, 34736, 1, 2},
                       {1026, 34737, 9, 7},
                       {3073, 34737, 65535, 3},
                       {2048, 7, 1, 1},
                       {4096, 0, 9, 5703}};
  const CoordinateSystem system = of_keys(beyond, {1, 2}, "names");
  EXPECT_EQ(system.horizontal_metres, 0);
  EXPECT_EQ(system.vertical_metres, 0);
  EXPECT_EQ(system.name, "es");
  // The first of two alike.
  EXPECT_EQ(of_keys({is_plane, {3072, 0, 1, 28992}, {3072, 0, 1, 2263}}).epsg, 28992);
  // Kept in the directory itself.
  std::vector<std::uint16_t> inside = directory({is_plane, {3072, 34735, 1, 12}});
  inside.push_back(2263);
  EXPECT_EQ(coordinate_system_of_geokeys(inside, {}, "").epsg, 2263);
}

TEST(CoordinateSystems, KeysWithoutSenseAreRefused) {
  for (const double size : {0.0, -1.0, 1e300, std::nan(""), std::numeric_limits<double>::infinity()})
    EXPECT_NE(error_of([size] {
                of_keys({is_plane, {3076, 0, 1, 32767}, {3077, 34736, 1, 0}}, {size});
              }).find("no unit of length"),
              std::string::npos);
  EXPECT_NE(error_of([] {
              of_keys({is_plane, {3072, 0, 1, 31000}});
            }).find("EPSG:31000, and no key gives a unit"),
            std::string::npos);
}

// --- Threads, and PROJ's database -----------------------------------------------------------------------------------
TEST(CoordinateSystems, AreReadByManyThreads) {
  std::vector<std::thread> threads;
  std::array<int, 8> right{};
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([t, &right] {
      for (int i = 0; i < 5; ++i) {
        const double unit = coordinate_system_of_epsg(t % 2 ? 2263 : 28992).horizontal_metres;
        right[t] += std::abs(unit - (t % 2 ? us_foot : 1)) < near;
        right[t] += !error_of([] { coordinate_system_of_wkt("PROJCS["); }).empty();
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const int count : right) EXPECT_EQ(count, 10);
}

TEST(CoordinateSystems, SayWhichPackageBringsTheDatabase) {
  // What a context of a caller's would be made from.
  const char* const nowhere = "/nonexistent";
  proj_context_set_search_paths(nullptr, 1, &nowhere);
  EXPECT_NEAR(coordinate_system_of_wkt(both(feet, metre)).horizontal_metres, foot, near);
  const std::string error = error_of([] { coordinate_system_of_epsg(2263); });
  EXPECT_NE(error.find("install proj-data"), std::string::npos) << error;
  EXPECT_NE(error_of([] { of_keys({is_plane, {3072, 0, 1, 2263}}); }).find("install proj-data"), std::string::npos);
  EXPECT_EQ(epsg_of(coordinate_system_of_wkt(plane(metre))), 0);
  proj_context_set_search_paths(nullptr, 0, nullptr);
  EXPECT_EQ(coordinate_system_of_epsg(2263).epsg, 2263);
}

}  // namespace
}  // namespace treewalk
