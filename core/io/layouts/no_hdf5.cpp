// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// In place of hdf5_clouds.cpp where TREEWALK_HDF5 is off.
#include "core/io/layouts/hdf5_clouds.h"

namespace treewalk {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& file) {
  throw Error(file.string() + ": this build reads no HDF5; build treewalk with TREEWALK_HDF5=ON (Debian: libhdf5-dev)");
}

}  // namespace

std::vector<DataEntry> hdf5_clouds(const std::filesystem::path& file, const std::vector<std::string>&) { refuse(file); }

Cloud read_hdf5_cloud(const DataEntry& entry) { refuse(entry.file); }

}  // namespace treewalk
