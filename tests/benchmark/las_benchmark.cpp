// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What reading a LAS or LAZ file and writing it again takes, beside LASzip's own programs' way (its C interface, point
// by point). Reading: LASzip's side decodes every point and adds its coordinates up, treewalk's side makes a cloud with
// all dimensions. Writing again: LASzip's side sets each point's class and writes it (it loses what follows the
// points); treewalk's side changes classes and adds confidence, from values that are there already.
//   las_benchmark FILE.laz [TURNS]
#include <laszip_api.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/benchmark/timing.h"
#include "treewalk/io.h"
#include "treewalk/las.h"

namespace {

void need(laszip_I32 status, const char* what) {
  if (status == 0) return;
  std::fprintf(stderr, "LASzip cannot %s\n", what);
  std::exit(1);
}

/// Reads all points by LASzip, and writes them if there is a name.
double by_laszip(const std::string& file, const std::string& output) {
  laszip_POINTER reader = nullptr, writer = nullptr;
  laszip_BOOL compressed = 0;
  laszip_create(&reader);
  need(laszip_open_reader(reader, file.c_str(), &compressed), "open the file");
  laszip_header_struct* header = nullptr;
  laszip_point_struct* point = nullptr;
  laszip_get_header_pointer(reader, &header);
  laszip_get_point_pointer(reader, &point);
  if (!output.empty()) {
    laszip_create(&writer);
    laszip_set_header(writer, header);
    if (header->point_data_format >= 6) laszip_request_native_extension(writer, 1);
    need(laszip_open_writer(writer, output.c_str(), 1), "write");
  }
  const std::uint64_t count =
      header->number_of_point_records != 0 ? header->number_of_point_records : header->extended_number_of_point_records;
  double sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    need(laszip_read_point(reader), "read a point");
    sum += static_cast<double>(point->X) + point->Y + point->Z;
    if (writer == nullptr) continue;
    point->classification = i % 7;
    if (header->point_data_format >= 6) point->extended_classification = i % 7;
    laszip_set_point(writer, point);
    need(laszip_write_point(writer), "write a point");
  }
  if (writer != nullptr) {
    laszip_close_writer(writer);
    laszip_destroy(writer);
  }
  laszip_close_reader(reader);
  laszip_destroy(reader);
  return sum;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::fprintf(stderr, "Usage: las_benchmark FILE.laz [TURNS]\n");
    return 2;
  }
  const std::string file = argv[1];
  const auto output = std::filesystem::temp_directory_path() / ("las_benchmark-" + std::to_string(getpid()) + ".laz");
  const auto points = static_cast<std::size_t>(treewalk::las_info(file).points);
  std::vector<std::uint32_t> code(points);
  std::vector<float> confidence(points);
  for (std::size_t i = 0; i < points; ++i) {
    code[i] = static_cast<std::uint32_t>(i % 7);
    confidence[i] = i % 11 == 0 ? 0.7F : 0.99F;
  }
  treewalk::LasChanges changes;
  changes.classification = &code;
  changes.dimensions.push_back(treewalk::las_confidence(&confidence));
  const auto again = [&](int threads) {
    changes.threads = threads;
    treewalk::write_changed_las(file, output, changes);
  };
  std::vector<std::string> warnings;
  std::vector<treewalk::Timing> read = {{"LASzip", [&] { by_laszip(file, ""); }},
                                        {"read_cloud, 1 thread",
                                         [&] {
                                           treewalk::read_cloud_with_warnings(file, warnings, {1, {}});
                                         }},
                                        {"read_cloud, all cores", [&] { treewalk::read_cloud(file); }}};
  std::vector<treewalk::Timing> write = {{"LASzip", [&] { by_laszip(file, output.string()); }},
                                         {"write_changed_las, 1 thread", [&] { again(1); }},
                                         {"write_changed_las, all cores", [&] { again(0); }}};
  const int turns = argc > 2 ? std::atoi(argv[2]) : 5;
  std::printf("%s: %zu points of format %d\nread\n", file.c_str(), points, treewalk::las_info(file).point_format);
  for (auto* sides : {&read, &write}) {
    if (sides == &write) std::printf("read and written again\n");
    treewalk::measure(*sides, turns);
    treewalk::print(*sides);
    for (const auto& side : *sides)
      std::printf("    %-28s %.3f us of processor time a point\n", side.name,
                  treewalk::Timing::median(side.processor) * 1e6 / static_cast<double>(points));
  }
  std::filesystem::remove(output);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
