// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/model/safetensors.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <new>
#include <numeric>
#include <set>

#include "core/recipe/strict_json.h"
#include "treewalk/cloud.h"
#include "treewalk/detail/words.h"
#include "treewalk/write_file.h"

namespace treewalk {
namespace {

constexpr std::uint64_t kLargestHeader = 16 << 20;
constexpr std::uint64_t kLargestFile = std::uint64_t(4) << 30;

std::uint64_t bytes_of(const TensorEntry& entry) { return std::uint64_t(entry.numel()) * sizeof(float); }

/// Where the tensor begins in the data, of `data_size` bytes.
std::uint64_t checked_start(const Json& header, const TensorEntry& entry, std::uint64_t data_size) {
  const auto complain = [&](const std::string& what) { throw Error("the tensor \"" + entry.name + "\" " + what); };
  const auto found = header.find(entry.name);
  if (found == header.end()) complain("is missing");
  if (!found->is_object() || found->value("dtype", Json()) != "F32") complain("is not of dtype F32");
  if (found->value("shape", Json()) != Json(entry.shape))
    complain("has the shape " + found->value("shape", Json()).dump() + ", expected is " + Json(entry.shape).dump());
  const auto offsets = found->value("data_offsets", Json());
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned())
    complain("has no data_offsets");
  const auto begin = offsets[0].get<std::uint64_t>(), end = offsets[1].get<std::uint64_t>();
  if (begin > end || end > data_size || end - begin != bytes_of(entry))
    complain("covers bytes " + std::to_string(begin) + " to " + std::to_string(end) + " of " +
             std::to_string(data_size) + ", its shape needs " + std::to_string(bytes_of(entry)));
  return begin;
}

void check_no_others(const Json& header, const std::vector<TensorEntry>& entries) {
  const std::size_t expected = entries.size() + 1;  // and __metadata__
  if (header.size() == expected) return;
  std::set<std::string> known{"__metadata__"};
  for (const auto& entry : entries) known.insert(entry.name);
  for (const auto& [name, value] : header.items())
    if (!known.count(name)) throw Error("the tensor \"" + name.substr(0, 80) + "\" does not belong here");
}

/// Indices of the entries in the order of their data.
std::vector<std::size_t> order_of(const std::vector<std::uint64_t>& start, const std::vector<TensorEntry>& entries) {
  std::vector<std::size_t> order(entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto span = [&](std::size_t i) { return std::make_pair(start[i], start[i] + bytes_of(entries[i])); };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return span(a) < span(b); });
  return order;
}

}  // namespace

std::int64_t TensorEntry::numel() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

void write_safetensors(const std::filesystem::path& file, const Metadata& metadata,
                       const std::vector<TensorEntry>& entries, const at::Tensor& flat) {
  Json header;
  header["__metadata__"] = metadata;
  std::uint64_t at = 0;
  for (const auto& entry : entries) {
    header[entry.name] = {{"dtype", "F32"}, {"shape", entry.shape}, {"data_offsets", {at, at + bytes_of(entry)}}};
    at += bytes_of(entry);
  }
  TORCH_CHECK(std::uint64_t(flat.numel()) * sizeof(float) == at, "safetensors: ", flat.numel(),
              " numbers for entries of ", at, " bytes");
  auto text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // tensors start at a multiple of 8
  const auto data = flat.contiguous();
  write_file(file, [&](std::ostream& out) {
    const std::uint64_t length = text.size();
    out.write(reinterpret_cast<const char*>(&length), sizeof length);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.write(reinterpret_cast<const char*>(data.const_data_ptr<float>()), static_cast<std::streamsize>(at));
  });
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& file) : stream_(own_) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(file, failure)) throw Error("there is no such file");
  size_ = std::filesystem::file_size(file, failure);
  own_.open(file, std::ios::binary);
  if (failure || !own_) throw Error("the file cannot be read");
  read_header();
}

SafetensorsFile::SafetensorsFile(std::istream& stream, std::uint64_t size) : stream_(stream), size_(size) {
  read_header();
}

SafetensorsFile::~SafetensorsFile() = default;

void SafetensorsFile::read_bytes(void* to, std::uint64_t bytes, const char* what) {
  if (!stream_.read(static_cast<char*>(to), static_cast<std::streamsize>(bytes)))
    throw Error(std::string("the ") + what + " cut short");
  hash_.add(to, bytes);
  size_ -= bytes;
}

void SafetensorsFile::read_header() {
  const std::uint64_t size = size_;
  std::uint64_t length = 0;
  if (size < sizeof length) throw Error(std::to_string(size) + " bytes are too few for a treewalk file");
  read_bytes(&length, sizeof length, "file is");
  if (length > kLargestHeader || length > size_)
    throw Error("the header claims " + std::to_string(length) + " bytes in a file of " + std::to_string(size) +
                "; this is not a treewalk file, or it is damaged");
  if (size > kLargestFile) throw Error(std::to_string(size) + " bytes are more than a treewalk file may have");
  std::string text(length, '\0');
  read_bytes(text.data(), length, "header is");
  header_ = std::make_unique<Json>(parse_json(text, "the header"));
  const auto found = header_->is_object() ? header_->find("__metadata__") : header_->end();
  if (found == header_->end() || !found->is_object())
    throw Error("the header has no metadata; this is not a treewalk file");
  metadata_ = found->get<Metadata>();
}

/// Where each of the entries begins in the data, all of which they cover.
std::vector<std::uint64_t> SafetensorsFile::starts_of(const std::vector<TensorEntry>& entries) const {
  std::vector<std::uint64_t> start;
  std::uint64_t total = 0;
  for (const auto& entry : entries) {
    start.push_back(checked_start(*header_, entry, size_));
    total += bytes_of(entry);
  }
  check_no_others(*header_, entries);
  if (total != size_)
    throw Error("holds " + std::to_string(size_) + " bytes of weights, expected is " + std::to_string(total));
  return start;
}

at::Tensor SafetensorsFile::read(const std::vector<TensorEntry>& entries) {
  const auto start = starts_of(entries);
  const auto order = order_of(start, entries);
  // They have the size of the data together: where none begins within another, there is no gap either.
  for (std::size_t i = 1; i < order.size(); ++i)
    if (start[order[i]] < start[order[i - 1]] + bytes_of(entries[order[i - 1]]))
      throw Error("two tensors overlap at byte " + std::to_string(start[order[i]]));

  auto flat = at::empty({static_cast<std::int64_t>(size_ / sizeof(float))}, at::kFloat);
  std::vector<float*> place{flat.mutable_data_ptr<float>()};
  for (const auto& entry : entries) place.push_back(place.back() + entry.numel());
  for (const std::size_t i : order) read_bytes(place[i], bytes_of(entries[i]), "weights are");
  for (const float* w = place.front(); w < place.back(); ++w)
    if (!std::isfinite(*w)) throw Error("a weight is not a finite number; the file is damaged");
  return flat;
}

void rethrow_with_name(const std::string& file) {
  try {
    throw;
  } catch (const Error& error) {
    const std::string message = detail::printable(error.what());
    throw Error(message.rfind(file, 0) == 0 ? message : file + ": " + message);
  } catch (const nlohmann::json::exception&) {
    throw Error(file + ": the header is not valid JSON; this is not a treewalk file, or it is damaged");
  } catch (const c10::Error& error) {
    throw Error(file + ": " + error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    throw Error(file + ": not enough memory");
  }
}

}  // namespace treewalk
