// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <geotiff.h>
#include <geotiffio.h>
#include <geovalues.h>
#include <tiffio.h>
#include <xtiffio.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <ostream>

#include "core/io/esri_wkt.h"
#include "treewalk/terrain.h"
#include "treewalk/write_file.h"

namespace treewalk {
namespace {

constexpr ttag_t no_data_tag = 42113;  // of GDAL, which other programs follow

/// A file in memory, which libtiff goes to and fro in.
struct MemoryFile {
  std::string bytes;
  std::size_t at = 0;
};

tmsize_t read_bytes(thandle_t handle, void* to, tmsize_t size) {
  auto& file = *static_cast<MemoryFile*>(handle);
  const std::size_t there =
      std::min(static_cast<std::size_t>(size), file.bytes.size() - std::min(file.at, file.bytes.size()));
  if (there > 0) std::memcpy(to, file.bytes.data() + file.at, there);
  file.at += there;
  return static_cast<tmsize_t>(there);
}

tmsize_t write_bytes(thandle_t handle, void* from, tmsize_t size) try {
  auto& file = *static_cast<MemoryFile*>(handle);
  const std::size_t end = file.at + static_cast<std::size_t>(size);
  if (end > file.bytes.size()) file.bytes.resize(end);
  std::memcpy(file.bytes.data() + file.at, from, static_cast<std::size_t>(size));
  file.at = end;
  return size;
} catch (const std::bad_alloc&) {
  return 0;  // no exception may go through libtiff
}

toff_t go_to(thandle_t handle, toff_t offset, int from) {
  auto& file = *static_cast<MemoryFile*>(handle);
  file.at = static_cast<std::size_t>(offset) + (from == SEEK_CUR ? file.at : from == SEEK_END ? file.bytes.size() : 0);
  return file.at;
}

int close_file(thandle_t) { return 0; }
toff_t size_of_file(thandle_t handle) { return static_cast<MemoryFile*>(handle)->bytes.size(); }
int map_file(thandle_t, void**, toff_t*) { return 0; }
void unmap_file(thandle_t, void*, toff_t) {}

struct CloseTiff {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
  void operator()(GTIF* keys) const { GTIFFree(keys); }
};
using Tiff = std::unique_ptr<TIFF, CloseTiff>;
using Keys = std::unique_ptr<GTIF, CloseTiff>;

#if TIFFLIB_VERSION >= 20221213
/// What goes wrong shows in what functions return; nothing is printed.
int keep_quiet(TIFF*, void*, const char*, const char*, va_list) { return 1; }

TIFF* open_quietly(MemoryFile& file, const char* mode) {
  const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(TIFFOpenOptionsAlloc(),
                                                                             TIFFOpenOptionsFree);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keep_quiet, nullptr);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), keep_quiet, nullptr);
  return TIFFClientOpenExt("raster", mode, &file, read_bytes, write_bytes, go_to, close_file, size_of_file, map_file,
                           unmap_file, options.get());
}
#else  // before 4.5 only a whole process could be kept quiet
TIFF* open_quietly(MemoryFile& file, const char* mode) {
  return TIFFClientOpen("raster", mode, &file, read_bytes, write_bytes, go_to, close_file, size_of_file, map_file,
                        unmap_file);
}
#endif

Tiff open_tiff(MemoryFile& file, bool large) {
  static std::once_flag once;
  std::call_once(once, [] { XTIFFInitialize(); });  // from then on libtiff knows the tags of GeoTIFF
  Tiff tiff(open_quietly(file, large ? "w8" : "w"));
  if (tiff == nullptr) throw Error("libtiff cannot start a file");
  return tiff;
}

void set_tags(TIFF* tiff, const HeightMap& map, std::uint32_t rows) {
  static const TIFFFieldInfo no_data = {no_data_tag,  -1, -1, TIFF_ASCII,
                                        FIELD_CUSTOM, 1,  0,  const_cast<char*>("GDAL_NODATA")};
  TIFFMergeFieldInfo(tiff, &no_data, 1);
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(map.width));
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(map.height));
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 32);
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_IEEEFP);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
  TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_FLOATINGPOINT);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, rows);
  TIFFSetField(tiff, no_data_tag, std::to_string(static_cast<int>(HeightMap::no_data)).c_str());
  const double scale[3] = {map.cell, map.cell, 0}, corner[6] = {0, 0, 0, map.west, map.north, 0};
  TIFFSetField(tiff, TIFFTAG_GEOPIXELSCALE, 3, scale);
  TIFFSetField(tiff, TIFFTAG_GEOTIEPOINTS, 6, corner);
}

int code_of_unit(double metres) {
  const std::string name = unit_name(metres);
  return name == "metres"           ? Linear_Meter
         : name == "feet"           ? Linear_Foot
         : name == "US survey feet" ? Linear_Foot_US_Survey
                                    : 0;
}

void set_keys(TIFF* tiff, const CoordinateSystem& system, int code, const std::string& text) {
  const Keys keys(GTIFNew(tiff));
  if (keys == nullptr) throw Error("libgeotiff cannot start the keys of a file");
  const auto set = [&](geokey_t key, int value) { GTIFKeySet(keys.get(), key, TYPE_SHORT, 1, value); };
  const auto say = [&](geokey_t key, const std::string& words) {
    GTIFKeySet(keys.get(), key, TYPE_ASCII, static_cast<int>(words.size() + 1), words.c_str());
  };
  set(GTRasterTypeGeoKey, RasterPixelIsArea);
  if (code > 0 || !text.empty()) {
    set(GTModelTypeGeoKey, system.degrees ? ModelTypeGeographic : ModelTypeProjected);
    set(system.degrees ? GeographicTypeGeoKey : ProjectedCSTypeGeoKey, code > 0 ? code : KvUserDefined);
    if (!system.name.empty()) say(GTCitationGeoKey, system.name.substr(0, 200));
    // Beyond the standard, but programs of ESRI and GDAL find a system there that has no code.
    if (code == 0 && !system.degrees) say(PCSCitationGeoKey, "ESRI PE String = " + text);
  }
  if (code == 0 && code_of_unit(system.horizontal_metres) > 0)
    set(ProjLinearUnitsGeoKey, code_of_unit(system.horizontal_metres));
  if (system.vertical_epsg > 0 && system.vertical_epsg < KvUserDefined) set(VerticalCSTypeGeoKey, system.vertical_epsg);
  if (code_of_unit(system.vertical_metres) > 0) set(VerticalUnitsGeoKey, code_of_unit(system.vertical_metres));
  if (!GTIFWriteKeys(keys.get())) throw Error("libgeotiff cannot write the coordinate system");
}

std::string bytes_of(const HeightMap& map, const CoordinateSystem& system, int code, const std::string& text) {
  MemoryFile file;
  const std::int64_t row_bytes = 4 * map.width;
  Tiff tiff = open_tiff(file, row_bytes * map.height > std::int64_t{4'000'000'000});
  const auto rows = static_cast<std::uint32_t>(std::clamp<std::int64_t>((1 << 18) / row_bytes, 1, map.height));
  set_tags(tiff.get(), map, rows);
  set_keys(tiff.get(), system, code, text);
  std::vector<float> strip;  // libtiff changes what it is given
  std::uint32_t number = 0;
  for (std::int64_t row = 0; row < map.height; row += rows, ++number) {
    const auto begin = map.value.begin() + row * map.width;
    strip.assign(begin, begin + std::min<std::int64_t>(rows, map.height - row) * map.width);
    const auto size = static_cast<tmsize_t>(strip.size() * sizeof(float));
    if (TIFFWriteEncodedStrip(tiff.get(), number, strip.data(), size) != size)
      throw Error("libtiff cannot write it; is there too little memory?");
  }
  if (!TIFFFlush(tiff.get())) throw Error("libtiff cannot write it; is there too little memory?");
  tiff.reset();
  return std::move(file.bytes);
}

}  // namespace

std::string write_geotiff(const std::filesystem::path& file, const HeightMap& map, const CoordinateSystem& system) try {
  if (map.width < 1 || map.height < 1 || !(map.cell > 0) ||
      map.value.size() != static_cast<std::size_t>(map.width * map.height))
    throw Error("the raster has no cells, or not as many heights as cells");
  const int found = epsg_of(system), code = found < KvUserDefined ? found : 0;
  const std::string text = code > 0 ? std::string() : esri_wkt(system);
  const std::string bytes = bytes_of(map, system, code, text);
  write_file(file, [&](std::ostream& out) { out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())); });
  if (text.empty()) return {};
  const std::filesystem::path beside = std::filesystem::path(file).replace_extension(".prj");
  write_file(beside, [&](std::ostream& out) { out << text; });
  return "its coordinate system" + (system.name.empty() ? "" : " (" + system.name + ")") +
         " has no EPSG code, so its text is in '" + beside.string() + "'";
} catch (const Error& error) {
  const std::string sentence = error.what();
  throw Error(sentence.find(file.string()) == 0 ? sentence : file.string() + ": " + sentence);
}

}  // namespace treewalk
