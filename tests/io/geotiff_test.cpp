// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// GeoTIFF files as libtiff and libgeotiff read them back.
#include <geo_normalize.h>
#include <geotiffio.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <xtiffio.h>

#include <fstream>
#include <iterator>

#include "tests/support/io_support.h"
#include "treewalk/terrain.h"

namespace treewalk {
namespace {

namespace fs = std::filesystem;

class GeoTiff : public testing::Test {
 protected:
  GeoTiff() : folder(fs::temp_directory_path() / ("treewalk_geotiff_" + std::to_string(::getpid()))) {
    fs::create_directories(folder);
  }
  ~GeoTiff() override { fs::remove_all(folder); }
  fs::path folder;
};

struct Found {
  std::uint32_t width = 0, height = 0;
  std::vector<float> value;
  std::vector<double> scale, corner;
  std::string no_data;
  int raster = 0, model = 0, plane = 0, globe = 0, heights = 0, unit = 0, unit_of_heights = 0;
  std::string citation, plane_citation;
};

std::string text_of(GTIF* keys, geokey_t key) {
  int size = 0;
  tagtype_t type{};
  const int count = GTIFKeyInfo(keys, key, &size, &type);
  std::string text(static_cast<std::size_t>(count), '\0');
  if (count > 0) GTIFKeyGet(keys, key, text.data(), 0, count);
  return text.substr(0, text.find('\0'));
}

int number_of(GTIF* keys, geokey_t key) {
  unsigned short number = 0;
  return GTIFKeyGet(keys, key, &number, 0, 1) == 1 ? number : 0;
}

Found read_back(const fs::path& file) {
  Found found;
  TIFFSetWarningHandler(nullptr);
  TIFF* tiff = XTIFFOpen(file.c_str(), "r");
  if (tiff == nullptr) return found;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &found.width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &found.height);
  std::uint16_t compression = 0, bits = 0, format = 0;
  TIFFGetField(tiff, TIFFTAG_COMPRESSION, &compression);
  TIFFGetField(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
  TIFFGetField(tiff, TIFFTAG_SAMPLEFORMAT, &format);
  EXPECT_EQ(compression, COMPRESSION_ADOBE_DEFLATE);
  EXPECT_EQ(bits, 32);
  EXPECT_EQ(format, SAMPLEFORMAT_IEEEFP);
  found.value.resize(std::size_t{found.width} * found.height);
  for (std::uint32_t row = 0; row < found.height; ++row)
    TIFFReadScanline(tiff, found.value.data() + std::size_t{row} * found.width, row, 0);
  char* words = nullptr;
  double* numbers = nullptr;
  std::uint16_t count = 0;
  std::uint32_t length = 0;
  if (TIFFGetField(tiff, 42113, &length, &words)) found.no_data = words;  // a tag that libtiff does not know
  if (TIFFGetField(tiff, TIFFTAG_GEOPIXELSCALE, &count, &numbers)) found.scale.assign(numbers, numbers + count);
  if (TIFFGetField(tiff, TIFFTAG_GEOTIEPOINTS, &count, &numbers)) found.corner.assign(numbers, numbers + count);
  GTIF* keys = GTIFNew(tiff);
  found.raster = number_of(keys, GTRasterTypeGeoKey);
  found.model = number_of(keys, GTModelTypeGeoKey);
  found.plane = number_of(keys, ProjectedCSTypeGeoKey);
  found.globe = number_of(keys, GeographicTypeGeoKey);
  found.heights = number_of(keys, VerticalCSTypeGeoKey);
  found.unit = number_of(keys, ProjLinearUnitsGeoKey);
  found.unit_of_heights = number_of(keys, VerticalUnitsGeoKey);
  found.citation = text_of(keys, GTCitationGeoKey);
  found.plane_citation = text_of(keys, PCSCitationGeoKey);
  GTIFFree(keys);
  XTIFFClose(tiff);
  return found;
}

HeightMap numbered(std::int64_t width, std::int64_t height) {
  HeightMap map;
  map.west = 500000;
  map.north = 5700123.5;
  map.cell = 0.5;
  map.width = width;
  map.height = height;
  for (std::int64_t i = 0; i < width * height; ++i)
    map.value.push_back(i % 7 == 3 ? HeightMap::no_data : static_cast<float>(i) * 0.125f);
  return map;
}

TEST_F(GeoTiff, HoldsWhatWasWritten) {
  for (const auto& [width, height] : {std::pair<int, int>{1, 1}, {5, 3}, {700, 800}, {100000, 3}, {3, 100000}}) {
    const HeightMap map = numbered(width, height);
    EXPECT_EQ(write_geotiff(folder / "a.tif", map, {}), "");
    const Found found = read_back(folder / "a.tif");
    EXPECT_EQ(found.width, map.width);
    EXPECT_EQ(found.height, map.height);
    EXPECT_EQ(found.value, map.value);
    EXPECT_EQ(found.no_data, "-9999");
    EXPECT_EQ(found.scale, (std::vector<double>{0.5, 0.5, 0}));
    EXPECT_EQ(found.corner, (std::vector<double>{0, 0, 0, 500000, 5700123.5, 0}));
    EXPECT_EQ(found.raster, RasterPixelIsArea);
    EXPECT_EQ(found.model, 0);  // nothing is known
    EXPECT_FALSE(fs::exists(folder / "a.prj"));
  }
}

TEST_F(GeoTiff, NamesTheSystemByItsCode) {
  CoordinateSystem system = coordinate_system_of_epsg(28992);
  system.vertical_epsg = 5709;
  system.vertical_metres = 1;
  EXPECT_EQ(write_geotiff(folder / "a.tif", numbered(4, 4), system), "");
  Found found = read_back(folder / "a.tif");
  EXPECT_EQ(found.model, ModelTypeProjected);
  EXPECT_EQ(found.plane, 28992);
  EXPECT_EQ(found.heights, 5709);
  EXPECT_EQ(found.unit_of_heights, Linear_Meter);
  EXPECT_EQ(found.citation, "Amersfoort / RD New");
  EXPECT_EQ(found.plane_citation, "");
  EXPECT_FALSE(fs::exists(folder / "a.prj"));
  EXPECT_EQ(write_geotiff(folder / "a.tif", numbered(4, 4), coordinate_system_of_epsg(4326)), "");
  found = read_back(folder / "a.tif");
  EXPECT_EQ(found.model, ModelTypeGeographic);
  EXPECT_EQ(found.globe, 4326);
}

TEST_F(GeoTiff, KeepsASystemWithoutACodeBesideIt) {
  const CoordinateSystem system = coordinate_system_of_wkt(
      R"(PROJCS["a plane",GEOGCS["a globe",DATUM["a datum",SPHEROID["GRS 1980",6378137,298.257222101]],)"
      R"(PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],)"
      R"(PARAMETER["latitude_of_origin",1],PARAMETER["central_meridian",9.25],PARAMETER["scale_factor",1],)"
      R"(PARAMETER["false_easting",7],PARAMETER["false_northing",0],UNIT["foot",0.3048]])");
  const std::string remark = write_geotiff(folder / "a.tif", numbered(4, 4), system);
  EXPECT_NE(remark.find("(a plane) has no EPSG code"), std::string::npos) << remark;
  EXPECT_NE(remark.find("a.prj"), std::string::npos) << remark;
  std::ifstream stream(folder / "a.prj");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_EQ(text.find("PROJCS["), 0u);
  EXPECT_NEAR(coordinate_system_of_wkt(text).horizontal_metres, 0.3048, 1e-12);
  const Found found = read_back(folder / "a.tif");
  EXPECT_EQ(found.model, ModelTypeProjected);
  EXPECT_EQ(found.plane, KvUserDefined);
  EXPECT_EQ(found.unit, Linear_Foot);
  EXPECT_EQ(found.plane_citation, "ESRI PE String = " + text);
}

TEST_F(GeoTiff, AppearsWholeOrNotAtAll) {
  const auto missing = folder / "no" / "a.tif";
  EXPECT_EQ(error_of([&] { write_geotiff(missing, numbered(4, 4), {}); }).find(missing.string()), 0u);
  HeightMap wrong = numbered(4, 4);
  wrong.value.pop_back();
  EXPECT_NE(error_of([&] { write_geotiff(folder / "b.tif", wrong, {}); }).find("not as many heights"),
            std::string::npos);
  EXPECT_NE(error_of([&] { write_geotiff(folder / "b.tif", {}, {}); }).find("no cells"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(folder));
}

TEST_F(GeoTiff, TheSameMapGivesTheSameBytes) {
  const auto bytes = [&](const char* name) {
    write_geotiff(folder / name, numbered(300, 200), coordinate_system_of_epsg(2263));
    std::ifstream stream(folder / name, std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(stream), {}};
  };
  EXPECT_EQ(bytes("a.tif"), bytes("b.tif"));
}

}  // namespace
}  // namespace treewalk
