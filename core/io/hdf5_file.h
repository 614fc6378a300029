// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "treewalk/cloud.h"

namespace treewalk {

/// An HDF5 file that is open for reading. The library is not thread-safe as Debian builds it: while one of these lives,
/// other threads wait to open theirs. Errors are one sentence that begins with the file's name; the library's own
/// messages are not printed. Shapes are checked here; what libhdf5 itself makes of a file that was damaged on purpose
/// is beyond these checks (1.10.8 reads past a chunk that unpacks to less than it should).
class Hdf5File {
 public:
  explicit Hdf5File(const std::filesystem::path& file);
  ~Hdf5File();
  Hdf5File(const Hdf5File&) = delete;
  Hdf5File& operator=(const Hdf5File&) = delete;

  bool has(const std::string& dataset) const;
  /// Sizes of a data set of numbers, checked against what a file of this size can hold even when it is compressed.
  std::vector<std::uint64_t> shape(const std::string& dataset) const;
  /// Rows first to first + rows - 1 of the first dimension, one after the other. The caller has checked the shape.
  std::vector<float> floats(const std::string& dataset, std::uint64_t first, std::uint64_t rows) const;
  std::vector<std::int64_t> integers(const std::string& dataset, std::uint64_t first, std::uint64_t rows) const;
  [[noreturn]] void fail(const std::string& what) const { throw Error(name_ + ": " + what); }

 private:
  template <class T>
  std::vector<T> read(const std::string& dataset, std::uint64_t first, std::uint64_t rows, std::int64_t type) const;

  std::unique_lock<std::mutex> turn_;
  std::string name_;
  std::uint64_t size_ = 0;
  std::int64_t file_ = -1;
  int (*print_)(std::int64_t, void*) = nullptr;  ///< how the library printed errors before
  void* print_data_ = nullptr;
};

}  // namespace treewalk
