// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/hdf5_file.h"

#include <hdf5.h>

#include <type_traits>

namespace treewalk {
namespace {

static_assert(std::is_same_v<hid_t, std::int64_t> && std::is_same_v<herr_t, int>, "as the header has them");

std::mutex& library() {
  static std::mutex mutex;
  return mutex;
}

/// Closes what was opened.
struct Handle {
  hid_t id;
  herr_t (*close)(hid_t);
  ~Handle() {
    if (id >= 0) close(id);
  }
  operator hid_t() const { return id; }
};

/// What the library says went wrong first; empty when it says nothing.
std::string reason() {
  std::string text;
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned depth, const H5E_error2_t* error, void* to) -> herr_t {
        if (depth == 0 && error->desc != nullptr) *static_cast<std::string*>(to) = error->desc;
        return 0;
      },
      &text);
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return text.empty() ? text : " (" + text.substr(0, 120) + ")";
}

/// Deflate, the strongest filter in use, makes data at most so many times smaller.
constexpr std::uint64_t best_ratio = 1032;

}  // namespace

Hdf5File::Hdf5File(const std::filesystem::path& file) : turn_(library()), name_(file.string()) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) fail("there is no such file");
  size_ = std::filesystem::file_size(file, error);
  if (error) fail("cannot read the file's size: " + error.message());
  H5Eget_auto2(H5E_DEFAULT, &print_, &print_data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  const Handle how{H5Pcreate(H5P_FILE_ACCESS), H5Pclose};
#if H5_VERSION_GE(1, 10, 7)
  H5Pset_file_locking(how, false, true);  // reading needs no lock, which many network drives refuse
#endif
  file_ = H5Fopen(name_.c_str(), H5F_ACC_RDONLY, how);
  if (file_ < 0) {
    const std::string why = reason();
    H5Eset_auto2(H5E_DEFAULT, print_, print_data_);
    fail("cannot be read as an HDF5 file" + why);
  }
}

Hdf5File::~Hdf5File() {
  H5Fclose(file_);
  H5Eset_auto2(H5E_DEFAULT, print_, print_data_);
}

bool Hdf5File::has(const std::string& dataset) const { return H5Lexists(file_, dataset.c_str(), H5P_DEFAULT) > 0; }

std::vector<std::uint64_t> Hdf5File::shape(const std::string& dataset) const {
  if (!has(dataset)) fail("holds no data set '" + dataset + "'");
  const Handle set{H5Dopen2(file_, dataset.c_str(), H5P_DEFAULT), H5Dclose};
  if (set < 0) fail("its '" + dataset + "' cannot be read as a data set" + reason());
  const Handle type{H5Dget_type(set), H5Tclose}, space{H5Dget_space(set), H5Sclose};
  const H5T_class_t kind = H5Tget_class(type);
  if (kind != H5T_FLOAT && kind != H5T_INTEGER) fail("its data set '" + dataset + "' does not hold numbers");
  const int dimensions = H5Sget_simple_extent_ndims(space);
  if (dimensions < 1 || dimensions > H5S_MAX_RANK) fail("its data set '" + dataset + "' has no dimensions");
  std::vector<hsize_t> sizes(static_cast<std::size_t>(dimensions));
  if (H5Sget_simple_extent_dims(space, sizes.data(), nullptr) < 0) fail("its '" + dataset + "' is damaged" + reason());
  const std::uint64_t most = size_ > UINT64_MAX / best_ratio ? UINT64_MAX : size_ * best_ratio;
  std::uint64_t bytes = std::max<std::size_t>(1, H5Tget_size(type));
  for (const hsize_t size : sizes) {
    if (size > 0 && bytes > most / size)
      fail("its data set '" + dataset + "' is said to be larger than " + std::to_string(size_) + " bytes can hold");
    bytes *= size;
  }
  return {sizes.begin(), sizes.end()};
}

template <class T>
std::vector<T> Hdf5File::read(const std::string& dataset, std::uint64_t first, std::uint64_t rows,
                              std::int64_t type) const {
  const std::vector<std::uint64_t> sizes = shape(dataset);
  if (first > sizes[0] || rows > sizes[0] - first)
    fail("its data set '" + dataset + "' has " + std::to_string(sizes[0]) + " rows, not " +
         std::to_string(first + rows));
  std::vector<hsize_t> begin(sizes.size(), 0), count(sizes.begin(), sizes.end());
  begin[0] = first;
  count[0] = rows;
  std::uint64_t values = 1;
  for (const hsize_t size : count) values *= size;
  std::vector<T> result(values);
  if (values == 0) return result;
  const Handle set{H5Dopen2(file_, dataset.c_str(), H5P_DEFAULT), H5Dclose};
  const Handle space{H5Dget_space(set), H5Sclose};
  const Handle memory{H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose};
  if (H5Sselect_hyperslab(space, H5S_SELECT_SET, begin.data(), nullptr, count.data(), nullptr) < 0 ||
      H5Dread(set, type, memory, space, H5P_DEFAULT, result.data()) < 0)
    fail("its data set '" + dataset + "' cannot be read" + reason());
  return result;
}

std::vector<float> Hdf5File::floats(const std::string& dataset, std::uint64_t first, std::uint64_t rows) const {
  return read<float>(dataset, first, rows, H5T_NATIVE_FLOAT);
}

std::vector<std::int64_t> Hdf5File::integers(const std::string& dataset, std::uint64_t first,
                                             std::uint64_t rows) const {
  return read<std::int64_t>(dataset, first, rows, H5T_NATIVE_INT64);
}

}  // namespace treewalk
