// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/model/safetensors.h"

#include <ATen/ops/empty.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <numeric>
#include <set>

#include "core/model/sha256.h"
#include "core/recipe/strict_json.h"
#include "treewalk/cloud.h"
#include "treewalk/detail/words.h"

namespace treewalk {
namespace {

constexpr std::uint64_t kLargestHeader = 16 << 20;
constexpr std::uint64_t kLargestFile = std::uint64_t(4) << 30;

/// Compares the header's tensors with what expected is, and returns the start of each in the data.
std::vector<std::uint64_t> check_tensors(const Json& header, const std::vector<TensorEntry>& table,
                                         std::uint64_t data_size, const std::string& where) {
  std::vector<std::uint64_t> start;
  std::uint64_t total = 0;
  for (const auto& spec : table) {
    const auto found = header.find(spec.name);
    if (found == header.end()) throw Error(where + ": the tensor \"" + spec.name + "\" is missing");
    const auto complain = [&](const std::string& what) {
      throw Error(where + ": the tensor \"" + spec.name + "\" " + what);
    };
    if (!found->is_object() || found->value("dtype", Json()) != "F32") complain("is not of dtype F32");
    if (found->value("shape", Json()) != Json(spec.shape))
      complain("has the shape " + found->value("shape", Json()).dump() + ", expected is " + Json(spec.shape).dump());
    const auto offsets = found->value("data_offsets", Json());
    if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
        !offsets[1].is_number_unsigned())
      complain("has no data_offsets");
    const auto begin = offsets[0].get<std::uint64_t>(), end = offsets[1].get<std::uint64_t>();
    const auto bytes = std::uint64_t(spec.numel()) * sizeof(float);
    if (begin > end || end > data_size || end - begin != bytes)
      complain("covers bytes " + std::to_string(begin) + " to " + std::to_string(end) + " of " +
               std::to_string(data_size) + ", its shape needs " + std::to_string(bytes));
    start.push_back(begin);
    total += bytes;
  }
  // The right number of tensors of the right sizes, without gaps and overlaps, fills the data exactly.
  const std::size_t expected = table.size() + 1;  // and __metadata__
  if (header.size() != expected) {
    std::set<std::string> known{"__metadata__"};
    for (const auto& spec : table) known.insert(spec.name);
    for (const auto& [name, value] : header.items())
      if (!known.count(name)) throw Error(where + ": the tensor \"" + name.substr(0, 80) + "\" does not belong here");
  }
  if (total != data_size)
    throw Error(where + ": holds " + std::to_string(data_size) + " bytes of weights, expected is " +
                std::to_string(total));
  std::vector<std::pair<std::uint64_t, std::uint64_t>> span;
  for (std::size_t i = 0; i < start.size(); ++i)
    span.emplace_back(start[i], start[i] + std::uint64_t(table[i].numel()) * sizeof(float));
  std::sort(span.begin(), span.end());
  for (std::size_t i = 1; i < span.size(); ++i)
    if (span[i].first < span[i - 1].second)
      throw Error(where + ": two tensors overlap at byte " + std::to_string(span[i].first));
  return start;
}

}  // namespace

std::int64_t TensorEntry::numel() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

void write_whole_file(const std::filesystem::path& file, const std::function<void(std::ostream&)>& write) {
  const auto partial = std::filesystem::path(file.string() + ".partial." + std::to_string(::getpid()));
  const auto give_up = [&](const std::string& why) {
    std::error_code ignored;
    std::filesystem::remove(partial, ignored);
    throw Error(file.string() + ": could not be written: " + why);
  };
  try {
    errno = 0;
    std::ofstream stream(partial, std::ios::binary | std::ios::trunc);
    if (!stream) give_up(std::strerror(errno));
    write(stream);
    stream.flush();
    if (!stream) give_up(errno ? std::strerror(errno) : "the disk refused the data");
    stream.close();
    if (!stream) give_up("the disk refused the data");
  } catch (const Error&) {
    std::error_code ignored;
    std::filesystem::remove(partial, ignored);
    throw;
  }
  // After a crash the new name must not point to an empty file.
  if (const int handle = ::open(partial.c_str(), O_RDONLY); handle >= 0) {
    ::fsync(handle);
    ::close(handle);
  }
  std::error_code failure;
  std::filesystem::rename(partial, file, failure);
  if (failure) give_up(failure.message());
}

void write_safetensors(const std::filesystem::path& file, const Metadata& metadata,
                       const std::vector<TensorEntry>& entries, const at::Tensor& flat) {
  Json header;
  header["__metadata__"] = metadata;
  std::uint64_t at = 0;
  for (const auto& entry : entries) {
    const auto bytes = std::uint64_t(entry.numel()) * sizeof(float);
    header[entry.name] = {{"dtype", "F32"}, {"shape", entry.shape}, {"data_offsets", {at, at + bytes}}};
    at += bytes;
  }
  TORCH_CHECK(std::uint64_t(flat.numel()) * sizeof(float) == at, "safetensors: ", flat.numel(),
              " numbers for entries of ", at, " bytes");
  auto text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // tensors start at a multiple of 8
  const auto data = flat.contiguous();
  write_whole_file(file, [&](std::ostream& out) {
    const std::uint64_t length = text.size();
    out.write(reinterpret_cast<const char*>(&length), sizeof length);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.write(reinterpret_cast<const char*>(data.const_data_ptr<float>()), static_cast<std::streamsize>(at));
  });
}

Safetensors read_safetensors(const std::filesystem::path& file, const ExpectedEntries& expected) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(file, failure)) throw Error(file.string() + ": there is no such file");
  const std::uint64_t size = std::filesystem::file_size(file, failure);
  std::ifstream stream(file, std::ios::binary);
  if (failure || !stream) throw Error(file.string() + ": the file cannot be read");
  return read_safetensors(Content{stream, size, file.string()}, expected);
}

Safetensors read_safetensors(const Content& content, const ExpectedEntries& expected) {
  const auto& [stream, size, where] = content;
  try {
    std::uint64_t length = 0;
    if (size < sizeof length || !stream.read(reinterpret_cast<char*>(&length), sizeof length))
      throw Error(where + ": " + std::to_string(size) + " bytes are too few for a treewalk file");
    if (length > kLargestHeader || length > size - sizeof length)
      throw Error(where + ": the header claims " + std::to_string(length) + " bytes in a file of " +
                  std::to_string(size) + "; this is not a treewalk file, or it is damaged");
    if (size > kLargestFile)
      throw Error(where + ": " + std::to_string(size) + " bytes are more than a treewalk file may have");
    std::string text(length, '\0');
    if (!stream.read(text.data(), static_cast<std::streamsize>(length)))
      throw Error(where + ": the header is cut short");
    const auto header = parse_json(text, where + ": the header");
    if (!header.is_object() || !header.contains("__metadata__") || !header["__metadata__"].is_object())
      throw Error(where + ": the header has no metadata; this is not a treewalk file");
    Safetensors result;
    result.metadata = header["__metadata__"].get<Metadata>();
    const auto entries = expected(result.metadata);
    const auto start = check_tensors(header, entries, size - sizeof length - length, where);

    std::string data(size - sizeof length - length, '\0');
    if (!stream.read(data.data(), static_cast<std::streamsize>(data.size())))
      throw Error(where + ": the weights are cut short");
    result.flat = at::empty({static_cast<std::int64_t>(data.size() / sizeof(float))}, at::kFloat);
    auto* to = result.flat.mutable_data_ptr<float>();
    for (std::size_t i = 0; i < start.size(); ++i) {
      std::memcpy(to, data.data() + start[i], std::size_t(entries[i].numel()) * sizeof(float));
      to += entries[i].numel();
    }
    for (const float* w = result.flat.const_data_ptr<float>(); w < to; ++w)
      if (!std::isfinite(*w)) throw Error(where + ": a weight is not a finite number; the file is damaged");
    std::string whole(reinterpret_cast<const char*>(&length), sizeof length);
    whole += text;
    whole += data;
    result.sha256 = sha256(whole.data(), whole.size());
    return result;
  } catch (const Error& error) {
    const std::string message = detail::printable(error.what());
    throw Error(message.rfind(where, 0) == 0 ? message : where + ": " + message);
  } catch (const nlohmann::json::exception&) {
    throw Error(where + ": the header is not valid JSON; this is not a treewalk file, or it is damaged");
  } catch (const c10::Error& error) {
    throw Error(where + ": " + error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    throw Error(where + ": not enough memory");
  }
}

}  // namespace treewalk
