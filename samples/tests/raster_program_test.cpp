// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Rasters of terrain and surface, and heights above the ground.
#include <treewalk/terrain.h>

#include <array>
#include <cmath>

#include "run_program.h"

namespace program_test {
namespace {

struct Record {
  double x, y, z;
  std::uint32_t label;
};

/// Ground of class 2 that rises by a tenth, a box of class 6 and 5 high on it, and one point that is noise.
treewalk::Cloud box_on_a_plane(const std::string& field = "label", bool with_noise = true) {
  using treewalk::Scalar;
  treewalk::Cloud cloud;
  cloud.fields = {{"x", 0, Scalar::float64, 1},
                  {"y", 8, Scalar::float64, 1},
                  {"z", 16, Scalar::float64, 1},
                  {field, 24, Scalar::uint32, 1}};
  cloud.stride = sizeof(Record);
  std::vector<Record> records;
  for (int i = 0; i <= 120; ++i)
    for (int j = 0; j <= 120; ++j) {
      const double x = 0.5 * i, y = 0.5 * j;
      const bool box = x >= 20 && x < 40 && y >= 20 && y < 40;
      records.push_back({500000 + x, 5700000 + y, 0.1 * x + (box ? 5 : 0), box ? 6u : 2u});
    }
  if (with_noise) records.push_back({500010, 5700010, 900, 7});
  cloud.width = static_cast<std::int64_t>(records.size());
  cloud.data.resize(records.size() * sizeof(Record));
  std::memcpy(cloud.data.data(), records.data(), cloud.data.size());
  return cloud;
}

/// Whether this build makes rasters at all.
bool makes_rasters() {
  try {
    treewalk::terrain_bytes(treewalk::CloudView(), {}, 1);
  } catch (const treewalk::Error& error) {
    return std::string(error.what()).find("TREEWALK_GEOTIFF") == std::string::npos;
  }
  return true;
}

class RasterProgram : public testing::Test {
 protected:
  void SetUp() override {
    if (!makes_rasters()) GTEST_SKIP() << "TREEWALK_GEOTIFF is off";
  }
  Workplace place;
};

TEST_F(RasterProgram, MakesRastersAndHeights) {
  treewalk::write_cloud(place / "a.pcd", box_on_a_plane());
  const Outcome outcome = place.run("raster a.pcd --dtm dtm.tif --dsm dsm.tif --hag hag.pcd --noise 7 --quiet");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out + outcome.err, "");
  for (const char* file : {"dtm.tif", "dsm.tif"}) EXPECT_EQ(content(place / file).substr(0, 3), "II*") << file;
  const treewalk::Cloud before = box_on_a_plane(), after = treewalk::read_cloud(place / "hag.pcd");
  ASSERT_EQ(after.size(), before.size());
  const auto view = after.view(), old = before.view();
  for (std::int64_t i = 0; i < view.size; ++i) {
    for (const auto& field : old.fields) EXPECT_EQ(view.value(i, view.at(field.name)), old.value(i, field));
    const double height = view.value(i, view.at("height_above_ground")), x = view.value(i, view.at("x")) - 500000;
    const double label = view.value(i, view.at("label"));
    if (x >= 1 && x <= 59) {
      EXPECT_NEAR(height, label == 7 ? 899 : label == 6 ? 5 : 0, 1e-4);
    }
  }
  // Again, of its own output: the field is made anew.
  ASSERT_EQ(place.run("raster hag.pcd --hag again.pcd --noise 7").status, 0);
  EXPECT_EQ(treewalk::read_cloud(place / "again.pcd").data, after.data);
}

TEST_F(RasterProgram, SaysWhatItMade) {
  treewalk::write_cloud(place / "a.ply", box_on_a_plane("classification"));
  const Outcome outcome = place.run("raster a.ply --dtm dtm.tif --dsm dsm.tif --hag hag.ply --cell 2 --epsg 32632");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "  dsm.tif: 31 x 31 cells, heights 0.15 to 8.95, 100.0 % of the cells have one\n"
            "  dtm.tif: 31 x 31 cells, heights 0.10 to 6.00, 100.0 % of the cells have one\n"
            "  hag.ply: 14,642 points\n");  // the noise of LAS is no surface
}

TEST_F(RasterProgram, LeavesOutWhatLasWithholds) {
  treewalk::Cloud cloud = box_on_a_plane("classification", false);
  std::vector<std::uint32_t> flags(static_cast<std::size_t>(cloud.size()));
  for (std::int64_t i = 0; i < cloud.size(); ++i) flags[i] = cloud.view().value(i, cloud.fields[3]) == 6 ? 5 : 8;
  cloud.set_field("classification_flags", flags);
  treewalk::write_cloud(place / "a.pcd", cloud);
  const Outcome outcome = place.run("raster a.pcd --dsm dsm.tif --dtm dtm.tif --cell 2");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("dsm.tif: 31 x 31 cells, heights 0.15 to 6.00, 89.6 %"), std::string::npos)
      << outcome.out;  // 100 of 961 cells hold the box alone
}

TEST_F(RasterProgram, TellsWhatIsMissing) {
  treewalk::Cloud cloud = box_on_a_plane("label", false);
  treewalk::write_cloud(place / "a.pcd", cloud);
  expect_error(place.run("raster a.pcd"), 2, "--dtm FILE, --dsm FILE or --hag FILE is needed");
  expect_error(place.run("raster a.pcd --dtm a.png"), 2, "--dtm");
  expect_error(place.run("raster a.pcd --dtm a.tif --dsm a.tif"), 2, "two outputs are called 'a.tif'");
  expect_error(place.run("raster a.pcd --dtm a.tif --ground two"), 2, "--ground takes numbers of classes");
  expect_error(place.run("raster a.pcd --dtm a.tif --ground 1,9"), 1,
               "a.pcd: no point is of the ground, class 1 or 9 of label; its classes are 2, 6,");
  expect_error(place.run("raster a.pcd --dtm a.tif --cell 0"), 2, "--cell");
  expect_error(place.run("raster a.pcd --dtm a.tif --cell 0.00001"), 1, "a raster of 6000001 x 6000001 cells");
  expect_error(place.run("raster a.pcd --dtm a.tif --cell 0.001"), 1, "MB");
  expect_error(place.run("raster a.pcd --dtm a.tif --epsg 4326"), 1, "angles (WGS 84)");
  expect_error(place.run("raster a.pcd --dtm a.tif --epsg 999998"), 1, "no coordinate system EPSG:999998");
  expect_error(place.run("raster a.pcd --dtm a.tif --label-field class"), 1, "--label-field");
  expect_error(place.run("raster a.pcd --dtm a.tif --memory 1"), 1, "--memory 1 is too little");
  cloud.fields[3].name = "other";
  treewalk::write_cloud(place / "b.pcd", cloud);
  expect_error(place.run("raster b.pcd --dtm a.tif"), 1, "b.pcd: no field tells the classes");
  EXPECT_EQ(place.run("raster b.pcd --dtm a.tif --label-field other --quiet").status, 0);
  expect_error(place.run("raster a.pcd --dtm a.tif"), 1, "--overwrite");
  EXPECT_EQ(place.run("raster a.pcd --dtm a.tif --overwrite --quiet").status, 0);
}

TEST_F(RasterProgram, LeavesPointsFarFromAllOthersOut) {
  treewalk::Cloud cloud = box_on_a_plane();
  const std::array<double, 3> nowhere{0, 0, 0};
  std::memcpy(cloud.data.data() + 100 * cloud.stride, nowhere.data(), 24);
  treewalk::write_cloud(place / "a.pcd", cloud);
  const Outcome outcome = place.run("raster a.pcd --dtm dtm.tif --hag hag.pcd");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("1 of 14642 points, at (0, 0, 0), are more than 8,192 cells away"), std::string::npos)
      << outcome.err;
  EXPECT_NE(outcome.out.find("dtm.tif: 61 x 61 cells"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("14,642 points, 1 of them without a terrain below"), std::string::npos) << outcome.out;
}

}  // namespace
}  // namespace program_test
