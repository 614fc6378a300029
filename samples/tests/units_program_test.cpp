// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// LAS files that say in which units they are: models get metres, rasters the file's own units.
#include <treewalk/coordinate_system.h>
#include <treewalk/terrain.h>

#include <cmath>
#include <memory>

#include "run_program.h"

namespace program_test {
namespace {

using treewalk::Cloud;

template <class Number>
void put(std::string& bytes, std::size_t at, Number number) {
  std::memcpy(bytes.data() + at, &number, sizeof number);
}

/// A LAS 1.4 file of point format 6 by the standard, in steps of 1e-6: the points of a cloud times `scale`, of class 2
/// where they are table, and a coordinate system.
void write_las(const fs::path& file, const Cloud& cloud, const std::array<double, 3>& scale, const std::string& wkt) {
  constexpr std::size_t header = 375, record = 54, point = 30;
  const auto view = cloud.view();
  std::vector<std::array<double, 3>> place;
  std::vector<char> code;
  for (std::int64_t i = 0; i < view.size; ++i) {
    const std::array<double, 3> p{view.value(i, view.at("x")), view.value(i, view.at("y")),
                                  view.value(i, view.at("z"))};
    if (!std::isfinite(p[2])) continue;
    place.push_back({p[0] * scale[0], p[1] * scale[1], p[2] * scale[2]});
    code.push_back(view.value(i, view.at("label")) == 1 ? 2 : 6);
  }
  const std::size_t data = header + (wkt.empty() ? 0 : record + wkt.size() + 1);
  std::string bytes(data + place.size() * point, '\0');
  bytes.replace(0, 4, "LASF");
  put<std::uint16_t>(bytes, 6, 16);  // the system is a text
  bytes[24] = 1, bytes[25] = 4;
  put<std::uint16_t>(bytes, 94, header);
  put<std::uint32_t>(bytes, 96, static_cast<std::uint32_t>(data));
  put<std::uint32_t>(bytes, 100, wkt.empty() ? 0 : 1);
  bytes[104] = 6;
  put<std::uint16_t>(bytes, 105, point);
  for (int k = 0; k < 3; ++k) put<double>(bytes, 131 + 8 * k, 1e-6);
  put<std::uint64_t>(bytes, 247, place.size());
  if (!wkt.empty()) {
    bytes.replace(header + 2, 15, "LASF_Projection");
    put<std::uint16_t>(bytes, header + 18, 2112);
    put<std::uint16_t>(bytes, header + 20, static_cast<std::uint16_t>(wkt.size() + 1));
    bytes.replace(header + record, wkt.size(), wkt);
  }
  for (std::size_t i = 0; i < place.size(); ++i) {
    for (int k = 0; k < 3; ++k)
      put<std::int32_t>(bytes, data + i * point + 4 * k, static_cast<std::int32_t>(std::lround(place[i][k] * 1e6)));
    bytes[data + i * point + 14] = 0x11;  // the only return
    bytes[data + i * point + 16] = code[i];
  }
  std::ofstream(file, std::ios::binary) << bytes;
}

const std::string globe =
    R"(GEOGCS["a globe",DATUM["a datum",SPHEROID["GRS 1980",6378137,298.257222101]],PRIMEM["Greenwich",0],)"
    R"(UNIT["degree",0.0174532925199433]])";
std::string site(const std::string& unit) { return R"(LOCAL_CS["a site",)" + unit + "]"; }
const std::string feet = R"(UNIT["foot",0.3048])", metres = R"(UNIT["metre",1])";

bool reads_systems() {
  try {
    treewalk::coordinate_system_of_wkt(site(metres));
  } catch (const treewalk::Error&) {
    return false;
  }
  return true;
}

class UnitsProgram : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    place_ = std::make_unique<Workplace>();
    train_small_model(place());
    const Cloud cloud = table_cloud(5);
    constexpr double foot = 0.3048;
    write_las(place() / "nothing.las", cloud, {1, 1, 1}, "");
    write_las(place() / "metres.las", cloud, {1, 1, 1}, site(metres));
    write_las(place() / "feet.las", cloud, {1 / foot, 1 / foot, 1 / foot}, site(feet));
    write_las(place() / "thousandths.las", cloud, {1000, 1000, 1000}, site(R"(UNIT["millimetre",0.001])"));
    write_las(
        place() / "heights.las", cloud, {1, 1, 1 / foot},
        R"(COMPD_CS["both",)" + site(metres) + R"(,VERT_CS["h",VERT_DATUM["d",2005],)" + feet + R"(,AXIS["Up",UP]]])");
    write_las(place() / "angles.las", cloud, {1, 1, 1}, globe);
    write_las(place() / "broken.las", cloud, {1, 1, 1}, "PROJCS[");
  }
  static void TearDownTestSuite() { place_.reset(); }
  void SetUp() override {
    if (!reads_systems()) GTEST_SKIP() << "TREEWALK_PROJ is off";
  }
  static const Workplace& place() { return *place_; }

  /// Confidences, and what was said on the way.
  static std::pair<std::vector<double>, std::string> confidences(const std::string& arguments) {
    const Outcome outcome = place().run("segment " + arguments + " -m small -o out.pcd --overwrite --quiet");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const Cloud cloud = treewalk::read_cloud(place() / "out.pcd");
    std::vector<double> values;
    for (std::int64_t i = 0; i < cloud.size(); ++i)
      values.push_back(cloud.view().value(i, cloud.view().at("confidence")));
    return {values, outcome.err};
  }
  static double unlike(const std::vector<double>& a, const std::vector<double>& b) {
    EXPECT_EQ(a.size(), b.size());
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
    return sum / static_cast<double>(a.size());
  }

 private:
  static std::unique_ptr<Workplace> place_;
};
std::unique_ptr<Workplace> UnitsProgram::place_;

TEST_F(UnitsProgram, ATrainingSeesMetresToo) {
  const auto train = [](const std::string& folder, const std::string& options) {
    const Outcome outcome = place().run("train recipe.json --data " + folder + " -o models/" + folder +
                                        ".treewalk --quiet --threads 1 --overwrite --seed 1 " + options);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    place().run("segment nothing.las -m " + folder + " -o out.pcd --overwrite --quiet");
    return content(place() / "out.pcd");
  };
  // Of clouds in halves of metres a factor of 2 makes the same numbers.
  for (const char* scene : {"scene0.pcd", "scene1.pcd"}) {
    Cloud cloud = treewalk::read_cloud(place() / "data/train" / scene);
    for (std::int64_t i = 0; i < cloud.size(); ++i) {
      const auto view = cloud.view();
      move_to(cloud, i, view.value(i, view.at("x")) / 2, view.value(i, view.at("y")) / 2,
              view.value(i, view.at("z")) / 2);
    }
    fs::create_directories(place() / "halves/train");
    treewalk::write_cloud(place() / "halves/train" / scene, cloud);
  }
  const auto metres = train("data", "");
  EXPECT_TRUE(train("halves", "--scale 2") == metres);
  EXPECT_FALSE(train("halves", "") == metres);
  // What a file says is taken without being asked for.
  fs::create_directories(place() / "angles/train");
  fs::copy_file(place() / "angles.las", place() / "angles/train/scene.las");
  expect_error(place().run("train recipe.json --data angles -o models/angles.treewalk --quiet"), 1,
               "coordinates are angles");
  expect_error(place().run("train recipe.json --data data -o models/no.treewalk --scale none"), 2, "--scale takes");
}

TEST_F(UnitsProgram, FeetAreTurnedIntoTheModelsMetres) {
  const auto [metres, said] = confidences("metres.las");
  EXPECT_EQ(said, "");
  const auto [feet, said_of_feet] = confidences("feet.las");
  EXPECT_LT(unlike(metres, feet), 1e-4);  // but for the rounding of files to 1e-6
  EXPECT_NE(said_of_feet.find("no unit of heights, and feet are assumed as of x and y"), std::string::npos)
      << said_of_feet;
  const auto [heights, said_of_heights] = confidences("heights.las");
  EXPECT_LT(unlike(metres, heights), 1e-4);
  EXPECT_EQ(said_of_heights, "");
  // Where the unit is far off, it shows.
  EXPECT_LT(unlike(metres, confidences("thousandths.las").first), 1e-4);
  const auto [wrong, said_of_wrong] = confidences("thousandths.las --scale 1");
  EXPECT_GT(unlike(metres, wrong), 1e-3);
  EXPECT_NE(said_of_wrong.find("x and y are in units of 0.001 m, says its coordinate system, but --scale 1 is taken"),
            std::string::npos)
      << said_of_wrong;
  const auto [by_hand, said_by_hand] = confidences("feet.las --scale 0.3048");
  EXPECT_EQ(by_hand, feet);
  EXPECT_EQ(said_by_hand, "");
}

TEST_F(UnitsProgram, MetresAreAssumedAndItIsSaidOnce) {
  const auto [values, said] = confidences("nothing.las");
  EXPECT_EQ(values, confidences("metres.las").first);
  EXPECT_NE(said.find("it says no unit of length, and metres are assumed"), std::string::npos) << said;
  EXPECT_NE(confidences("broken.las").second.find("the coordinate system (WKT) cannot be read"), std::string::npos);
  fs::create_directories(place() / "many");
  for (const char* name : {"a.las", "b.las", "c.las"})
    fs::copy_file(place() / "nothing.las", place() / "many" / name, fs::copy_options::overwrite_existing);
  const Outcome outcome = place().run("segment many -m small -o many_out --overwrite --quiet");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
}

TEST_F(UnitsProgram, AnglesAreRefused) {
  expect_error(place().run("segment angles.las -m small -o a.pcd"), 1,
               "angles.las: its coordinates are angles (a globe)");
  EXPECT_FALSE(fs::exists(place() / "a.pcd"));
}

TEST_F(UnitsProgram, FiguresAreThoseOfMetres) {
  const auto figures = [](const std::string& data) {
    const Outcome outcome =
        place().run("evaluate small --data " + data + " --map 2=table,6=box --json figures.json --overwrite --quiet");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return place().json("figures.json")["expected_calibration_error"].get<double>();
  };
  const double metres = figures("metres.las");
  EXPECT_NEAR(figures("feet.las"), metres, 1e-5);
  EXPECT_GT(std::abs(figures("thousandths.las --scale 1") - metres), 1e-3);
  fs::create_directories(place() / "mixed/test");
  for (const char* name : {"metres.las", "heights.las"})
    fs::copy_file(place() / name, place() / "mixed/test" / name, fs::copy_options::overwrite_existing);
  expect_error(place().run("evaluate small --data mixed --map 2=table,6=box"), 1, "its unit of length is another");
}

TEST_F(UnitsProgram, InfoTellsThem) {
  const auto says = [](const char* file, const std::string& words) {
    const Outcome outcome = place().run(std::string("info ") + file);
    EXPECT_NE(outcome.out.find(words), std::string::npos) << outcome.out;
  };
  says("feet.las", "a site; x and y in feet, heights of no said unit");
  says("heights.las", "both; x and y in metres, heights in feet");
  says("angles.las", "a globe (angles)");
  says("nothing.las", "the file says no unit of length");
}

TEST_F(UnitsProgram, RastersStayInTheFilesUnits) {
  try {
    treewalk::terrain_bytes({}, {}, 1);
  } catch (const treewalk::Error& error) {
    if (std::string(error.what()).find("TREEWALK_GEOTIFF") != std::string::npos) GTEST_SKIP() << error.what();
  }
  const Outcome outcome = place().run("raster feet.las --dtm dtm.tif --hag heights_above.las --cell 0.25");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("dtm.tif: 8 x 8 cells"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.err.find("(a site) has no EPSG code, so its text is in 'dtm.prj'"), std::string::npos)
      << outcome.err;
  const Cloud before = treewalk::read_cloud(place() / "feet.las"),
              after = treewalk::read_cloud(place() / "heights_above.las");
  ASSERT_EQ(after.size(), before.size());
  const auto view = after.view(), old = before.view();
  int boxes = 0;
  for (std::int64_t i = 0; i < view.size; ++i) {
    for (const auto& field : old.fields) EXPECT_EQ(view.value(i, view.at(field.name)), old.value(i, field));
    const double height = view.value(i, view.at("height_above_ground"));
    const bool box = view.value(i, view.at("classification")) == 6;
    boxes += box;
    EXPECT_NEAR(height, box ? -0.1 / 0.3048 : 0, 0.015);  // the camera looks along z, so the box lies below the table
  }
  EXPECT_GT(boxes, 50);
  expect_error(place().run("raster angles.las --dsm a.tif"), 1, "angles.las: its coordinates are angles (a globe)");
}

}  // namespace
}  // namespace program_test
