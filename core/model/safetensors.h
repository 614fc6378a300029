// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace treewalk {

/// Writes a file beside `file` and renames it when `write` has succeeded and everything has reached the disk; otherwise
/// removes it and throws Error.
void write_whole_file(const std::filesystem::path& file, const std::function<void(std::ostream&)>& write);

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

struct Safetensors {
  Metadata metadata;
  at::Tensor flat;     ///< the expected entries one after the other
  std::string sha256;  ///< of the whole file
};

/// Reads a file whose entries are known: `expected` turns the metadata into the list that must be there, exactly,
/// before anything but the header is read. Throws Error with a sentence for whatever is missing, damaged, overlapping,
/// too large or not finite.
Safetensors read_safetensors(const std::filesystem::path& file,
                             const std::function<std::vector<TensorEntry>(const Metadata&)>& expected);

}  // namespace treewalk
