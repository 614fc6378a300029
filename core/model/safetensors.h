// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <istream>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/device/sha256.h"

namespace treewalk {

/// Name and shape of a float32 tensor in a file.
struct TensorEntry {
  std::string name;
  std::vector<std::int64_t> shape;
  std::int64_t numel() const;
};

using Metadata = std::map<std::string, std::string>;

/// Writes a safetensors file (8-byte length, JSON header, raw tensors): the entries one after the other from `flat`
/// (float32, their numbers in the same order). Appears whole or not at all.
void write_safetensors(const std::filesystem::path& file, const Metadata& metadata,
                       const std::vector<TensorEntry>& entries, const at::Tensor& flat);

/// A safetensors file that is being read: its metadata tell which entries to ask for. Throws Error with a sentence for
/// whatever is missing, damaged, overlapping, too large or not finite; with_name puts the file's name in front.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& file);
  /// Of `size` bytes, from where the stream stands.
  SafetensorsFile(std::istream& stream, std::uint64_t size);
  ~SafetensorsFile();

  const Metadata& metadata() const { return metadata_; }
  /// The tensors, one after the other in the order of `entries` (float32 [numbers of all]). The file must hold these
  /// and no others, which is checked before any of them is read. To be called once.
  at::Tensor read(const std::vector<TensorEntry>& entries);
  /// SHA-256 of the whole file, in hexadecimal digits, when all of it has been read.
  std::string sha256() const { return hash_.digits(); }

 private:
  void read_header();
  void read_bytes(void* to, std::uint64_t bytes, const char* what);
  std::vector<std::uint64_t> starts_of(const std::vector<TensorEntry>& entries) const;

  std::ifstream own_;
  std::istream& stream_;
  std::uint64_t size_ = 0;  ///< that is left to read
  Metadata metadata_;
  std::unique_ptr<nlohmann::json> header_;
  Sha256 hash_;
};

/// Throws what is being handled again: as an Error of one line that begins with the file's name.
[[noreturn]] void rethrow_with_name(const std::string& file);

/// What `read` returns; whatever it throws becomes an Error of one line that begins with the file's name.
template <class Read>
auto with_name(const std::string& file, const Read& read) {
  try {
    return read();
  } catch (...) {
    rethrow_with_name(file);
  }
}

}  // namespace treewalk
