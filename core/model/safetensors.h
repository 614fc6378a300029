// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <istream>
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

/// Bytes to read a file's content from: `size` of them, from where the stream stands. name: for messages.
struct Content {
  std::istream& stream;
  std::uint64_t size = 0;
  std::string name;
};

/// Turns the metadata into the list of entries that must be there, exactly.
using ExpectedEntries = std::function<std::vector<TensorEntry>(const Metadata&)>;

/// Reads a file whose entries are known, before anything but its header is read. Throws Error with a sentence for
/// whatever is missing, damaged, overlapping, too large or not finite.
Safetensors read_safetensors(const Content& content, const ExpectedEntries& expected);
Safetensors read_safetensors(const std::filesystem::path& file, const ExpectedEntries& expected);

}  // namespace treewalk
