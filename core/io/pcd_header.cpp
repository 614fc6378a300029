// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/pcd_header.h"

#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "core/io/lzf.h"

namespace treewalk {
namespace {

std::optional<Scalar> scalar_of(char type, std::uint64_t size) {
  static const std::map<std::pair<char, std::uint64_t>, Scalar> scalars = {
      {{'I', 1}, Scalar::int8},  {{'I', 2}, Scalar::int16},   {{'I', 4}, Scalar::int32},  {{'I', 8}, Scalar::int64},
      {{'U', 1}, Scalar::uint8}, {{'U', 2}, Scalar::uint16},  {{'U', 4}, Scalar::uint32}, {{'U', 8}, Scalar::uint64},
      {{'B', 1}, Scalar::uint8}, {{'F', 4}, Scalar::float32}, {{'F', 8}, Scalar::float64}};
  const auto found = scalars.find({type, size});
  return found == scalars.end() ? std::nullopt : std::optional(found->second);
}

class PcdHeaderParser {
 public:
  PcdHeaderParser(std::string_view text, std::uint64_t file_size, const std::string& file)
      : text_(text), file_size_(file_size), file_(file) {}

  PcdHeader parse() {
    read_entries();
    set_columns();
    set_size();
    set_viewpoint();
    set_data();
    check_body();
    return std::move(header_);
  }

 private:
  struct Entry {
    int line = 0;
    std::vector<std::string_view> words;
  };

  [[noreturn]] void fail(const std::string& what) const { throw Error(file_ + ": " + what); }

  // The header is a list of unique keys; DATA is the last one.
  void read_entries() {
    static const std::set<std::string_view> keys = {"VERSION", "FIELDS", "SIZE",      "TYPE",   "COUNT",
                                                    "WIDTH",   "HEIGHT", "VIEWPOINT", "POINTS", "DATA"};
    std::size_t begin = 0;
    for (int number = 1; begin < text_.size(); ++number) {
      const std::size_t end = text_.find('\n', begin);
      std::string_view line = text_.substr(begin, end - begin);
      begin = end == std::string_view::npos ? text_.size() : end + 1;
      std::string_view key = next_word(line);
      if (key.empty() || key.front() == '#') continue;
      if (key == "COLUMNS") key = "FIELDS";
      if (keys.count(key) == 0)
        fail("line " + std::to_string(number) + " begins with " + quoted(key) + ", which is no key of a .pcd header");
      Entry& entry = entries_[key];
      if (entry.line != 0)
        fail("the header gives " + std::string(key) + " twice, in lines " + std::to_string(entry.line) + " and " +
             std::to_string(number));
      entry.line = number;
      for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) entry.words.push_back(word);
      if (key == "DATA") {
        header_.body = begin;
        return;
      }
    }
    fail(file_size_ == 0 ? "the file is empty" : "the header has no DATA line, so this is no complete .pcd file");
  }

  const Entry* find(std::string_view key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second;
  }

  const Entry& need(std::string_view key) const {
    const Entry* entry = find(key);
    if (entry == nullptr) fail("the header has no " + std::string(key) + " line");
    return *entry;
  }

  std::uint64_t whole(std::string_view key, std::string_view word) const {
    std::uint64_t value = 0;
    const auto parsed = std::from_chars(word.data(), word.data() + word.size(), value);
    if (parsed.ec != std::errc{} || parsed.ptr != word.data() + word.size())
      fail(std::string(key) + " is " + quoted(word) + ", not a whole number" +
           (parsed.ec == std::errc::result_out_of_range ? " of a possible size" : ""));
    return value;
  }

  std::uint64_t single(std::string_view key) const {
    const Entry& entry = need(key);
    if (entry.words.size() != 1)
      fail(std::string(key) + " needs one number, but has " + std::to_string(entry.words.size()));
    return whole(key, entry.words.front());
  }

  const std::vector<std::string_view>& one_per_field(std::string_view key, std::size_t fields) const {
    const Entry& entry = need(key);
    if (entry.words.size() != fields)
      fail("the header names " + std::to_string(fields) + " fields, but " + std::string(key) + " has " +
           std::to_string(entry.words.size()) + " entries");
    return entry.words;
  }

  void set_columns() {
    const auto& names = need("FIELDS").words;
    if (names.empty()) fail("FIELDS names no field");
    const auto& sizes = one_per_field("SIZE", names.size());
    const auto& types = one_per_field("TYPE", names.size());
    const auto* counts = find("COUNT") == nullptr ? nullptr : &one_per_field("COUNT", names.size());
    std::set<std::string_view> known;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string name(names[i]);
      const bool padding = name == "_";
      if (!padding && !known.insert(names[i]).second) fail("FIELDS names the field " + quoted(name) + " twice");
      const std::uint64_t size = whole("SIZE", sizes[i]);
      const auto type = scalar_of(types[i].size() == 1 ? types[i].front() : ' ', size);
      if (!type)
        fail("the field " + quoted(name) + " has TYPE " + quoted(types[i]) + " and SIZE " + quoted(sizes[i]) +
             ", which do not exist together");
      const std::uint64_t count = counts == nullptr ? 1 : whole("COUNT", (*counts)[i]);
      if (count == 0) fail("the field " + quoted(name) + " has COUNT 0");
      if (count > max_record || header_.record + count * size > max_record)
        fail("COUNT " + std::to_string(count) + " of the field " + quoted(name) + " makes a point larger than " +
             std::to_string(max_record) + " bytes");
      Column column{name, *type, static_cast<std::size_t>(count), header_.record, Column::nowhere};
      header_.record += static_cast<std::size_t>(count * size);
      if (!padding) {
        column.in_memory = header_.stride;
        header_.stride += static_cast<std::size_t>(count * size);
      }
      header_.columns.push_back(std::move(column));
    }
    if (header_.stride == 0) fail("FIELDS names only padding");
  }

  // Old files leave out HEIGHT, or WIDTH and HEIGHT, or POINTS.
  void set_size() {
    if (find("WIDTH") == nullptr && find("POINTS") == nullptr) fail("the header has neither WIDTH nor POINTS");
    const std::uint64_t width = find("WIDTH") != nullptr ? single("WIDTH") : single("POINTS");
    const std::uint64_t height = find("HEIGHT") != nullptr ? single("HEIGHT") : 1;
    constexpr auto most = static_cast<std::uint64_t>(max_points);
    if (width > most || height > most || (width != 0 && height > most / width))
      fail("WIDTH " + std::to_string(width) + " x HEIGHT " + std::to_string(height) + " is more than the " +
           std::to_string(max_points) + " points that a cloud may have");
    if (find("POINTS") != nullptr && single("POINTS") != width * height)
      fail("WIDTH " + std::to_string(width) + " x HEIGHT " + std::to_string(height) + " is not POINTS " +
           std::to_string(single("POINTS")));
    header_.width = static_cast<std::int64_t>(width);
    header_.height = static_cast<std::int64_t>(height);
    if (header_.points() == 0) header_.width = 0, header_.height = 1;
  }

  void set_viewpoint() {
    const Entry* entry = find("VIEWPOINT");
    if (entry == nullptr) return;
    if (entry->words.size() != 7)
      fail("VIEWPOINT needs seven numbers (tx ty tz qw qx qy qz), but has " + std::to_string(entry->words.size()));
    for (std::size_t i = 0; i < 7; ++i) {
      double value = 0;
      if (!store_number(entry->words[i], Scalar::float64, reinterpret_cast<std::byte*>(&value)) ||
          !std::isfinite(value))
        fail("VIEWPOINT holds " + quoted(entry->words[i]) + ", which is no finite number");
      (i < 3 ? header_.viewpoint[i] : header_.orientation[i - 3]) = value;
    }
  }

  void set_data() {
    const auto& words = need("DATA").words;
    const std::string_view data = words.size() == 1 ? words.front() : std::string_view();
    if (data == "ascii")
      header_.data = PcdData::ascii;
    else if (data == "binary")
      header_.data = PcdData::binary;
    else if (data == "binary_compressed")
      header_.data = PcdData::binary_compressed;
    else
      fail("DATA is " + quoted(data) + ", but must be ascii, binary or binary_compressed");
  }

  // Before memory is taken: the file must be able to hold that many points. What a compressed body declares is checked
  // where it is read.
  void check_body() const {
    const std::uint64_t body = file_size_ - std::min<std::uint64_t>(file_size_, header_.body);
    std::uint64_t least = header_.record, rest = body;
    if (header_.data == PcdData::ascii) {  // each value is a character and a separator at least
      least = 0;
      rest += 1;  // the last one needs none
      for (const Column& column : header_.columns) least += 2 * column.count;
    }
    if (header_.data == PcdData::binary_compressed) {
      if (static_cast<std::uint64_t>(header_.points()) * header_.stride / lzf_best_ratio > body) too_short(body);
    } else if (static_cast<std::uint64_t>(header_.points()) > rest / least) {
      too_short(body);
    }
  }

  [[noreturn]] void too_short(std::uint64_t body) const {
    fail("the header promises " + std::to_string(header_.points()) + " points of " + std::to_string(header_.record) +
         " bytes, but only " + std::to_string(body) + " bytes follow it");
  }

  std::string_view text_;
  std::uint64_t file_size_;
  const std::string& file_;
  std::map<std::string_view, Entry> entries_;
  PcdHeader header_;
};

}  // namespace

PcdHeader parse_pcd_header(std::string_view text, std::uint64_t file_size, const std::string& file) {
  return PcdHeaderParser(text, file_size, file).parse();
}

}  // namespace treewalk
