// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// SemanticKITTI: scans of a turning lidar on a car, in sequences.
#include <algorithm>
#include <cstring>
#include <fstream>

#include "core/io/layouts/layout.h"
#include "core/io/text_file.h"

namespace treewalk {

namespace fs = std::filesystem;

namespace {

const char* const kShape =
    "dataset/sequences/NN/velodyne/*.bin with labels/*.label beside velodyne (train 00-07, 09, 10; val 08; test 11-21)";

std::string split_of(const std::string& sequence) {
  return sequence == "08" ? "val" : sequence < "11" ? "train" : "test";
}

bool is_sequence(const std::string& name) {
  return name.size() == 2 && name.find_first_not_of("0123456789") == std::string::npos && name <= "21";
}

/// The folder that holds 00, 01 and so on; empty when there is none.
fs::path sequences_in(const fs::path& folder) {
  for (const char* inner : {"dataset/sequences", "sequences", ""}) {
    for (const std::string& name : folders_in(folder / inner))
      if (is_sequence(name) && fs::is_directory(folder / inner / name / "velodyne")) return folder / inner;
  }
  return {};
}

class SemanticKitti : public LaidOutData {
 public:
  SemanticKitti(const fs::path& folder, const std::string& layout)
      : LaidOutData(folder, layout, kShape), sequences_(sequences_in(folder)) {
    if (sequences_.empty()) missing("dataset/sequences/00/velodyne");
  }

  std::vector<std::string> splits() const override {
    std::vector<std::string> names;
    for (const std::string& sequence : folders_in(sequences_))
      if (is_sequence(sequence)) names.push_back(split_of(sequence));
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
  }

  std::vector<DataEntry> list(const std::string& split) const override {
    need_split(split);
    std::vector<DataEntry> entries;
    for (const std::string& sequence : folders_in(sequences_)) {
      if (!is_sequence(sequence) || split_of(sequence) != split) continue;
      const fs::path scans = sequences_ / sequence / "velodyne";
      for (const std::string& file : files_in(scans, ".bin"))
        entries.push_back({sequence + "/" + fs::path(file).stem().string(), scans / file});
    }
    return sorted(std::move(entries), split);
  }

  /// Scans of the test sequences come without the fields label and instance.
  Cloud read(const DataEntry& entry) const override {
    const fs::path sequence = entry.file.parent_path().parent_path();
    const fs::path label_file = sequence / "labels" / entry.file.stem().concat(".label");
    const bool labelled = fs::exists(label_file);
    if (!labelled && split_of(sequence.filename().string()) != "test")
      throw Error(label_file.string() + ": there is no such file, but " + entry.file.filename().string() +
                  " needs its labels; unpack data_odometry_labels.zip beside the scans");
    const std::string scan = read_whole(entry.file);
    if (scan.size() % 16 != 0)
      throw Error(entry.file.string() + ": its " + std::to_string(scan.size()) +
                  " bytes are no whole number of points of 16 bytes");
    const std::size_t points = scan.size() / 16;
    const std::string labels = labelled ? read_whole(label_file) : "";
    if (labelled && labels.size() != 4 * points)
      throw Error(label_file.string() + ": has " + std::to_string(labels.size()) + " bytes, but the " +
                  std::to_string(points) + " points of " + entry.file.filename().string() + " have 4 bytes each");
    std::vector<std::pair<std::string, Scalar>> fields;
    for (const char* name : {"x", "y", "z", "intensity"}) fields.emplace_back(name, Scalar::float32);
    if (labelled)
      for (const char* name : {"label", "instance"}) fields.emplace_back(name, Scalar::uint32);
    Cloud cloud = empty_cloud(fields);
    cloud.data.reserve(cloud.stride * points);
    for (std::size_t p = 0; p < points; ++p) {
      std::byte* to = append_point(cloud);
      std::memcpy(to, scan.data() + 16 * p, 16);
      if (!labelled) continue;
      std::uint32_t word;
      std::memcpy(&word, labels.data() + 4 * p, 4);
      const std::uint32_t halves[2] = {word & 0xFFFF, word >> 16};
      std::memcpy(to + 16, halves, 8);
    }
    return cloud;
  }

 private:
  fs::path sequences_;
};

}  // namespace

Layout semantickitti_layout() {
  return {{"semantickitti"},
          kShape,
          [](const fs::path& folder) { return sequences_in(folder).empty() ? "" : "semantickitti"; },
          [](const fs::path& folder, const LayoutOptions& options) {
            return std::make_shared<SemanticKitti>(folder, options.layout);
          }};
}

}  // namespace treewalk
