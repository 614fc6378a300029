// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/pcd_header.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "core/io/header_lines.h"
#include "core/io/lzf.h"
#include "treewalk/detail/words.h"

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

// Whose fields must not be mistaken for each other.
bool is_coordinate(const std::string& name) { return name == "x" || name == "y" || name == "z"; }

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
  using Words = std::vector<std::string_view>;

  [[noreturn]] void fail(const std::string& what) const { throw Error(file_ + ": " + what); }

  // The header is a list of unique keys, in any case; DATA is the last one.
  void read_entries() {
    static const std::set<std::string> keys = {"VERSION", "FIELDS", "SIZE",      "TYPE",   "COUNT",
                                               "WIDTH",   "HEIGHT", "VIEWPOINT", "POINTS", "DATA"};
    HeaderLines lines(text_, file_);
    header_.line_end = lines.end();
    for (std::string_view line; lines.next(line);) {
      const std::string_view word = next_word(line);
      if (word.empty() || word.front() == '#') continue;
      std::string key = in_capitals(word);
      if (key == "COLUMNS") key = "FIELDS";
      if (keys.count(key) == 0) {
        pass_over(word, lines.number());
        continue;
      }
      Entry& entry = entries_[key];
      if (entry.line != 0)
        fail("the header gives " + key + " twice, in lines " + std::to_string(entry.line) + " and " +
             std::to_string(lines.number()));
      entry.line = lines.number();
      for (std::string_view next = next_word(line); !next.empty(); next = next_word(line)) entry.words.push_back(next);
      if (key == "DATA") {
        header_.body = lines.position();
        return;
      }
    }
    fail(file_size_ == 0 ? "the file is empty" : "the header has no DATA line, so this is no complete .pcd file");
  }

  // Programs add keys of their own. What comes before any known key, or is no word, is no header.
  void pass_over(std::string_view word, int line) {
    const auto of_a_key = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-' || c == ':'; };
    const bool key =
        std::isalpha(static_cast<unsigned char>(word.front())) != 0 && std::all_of(word.begin(), word.end(), of_a_key);
    const std::string what =
        "line " + std::to_string(line) + " begins with " + quoted(word) + ", which is no key of a .pcd header";
    constexpr std::size_t most = 64;
    if (!key || entries_.empty() || header_.warnings.size() == most) fail(what);
    header_.warnings.push_back(what + ", and is passed over");
  }

  const Entry* find(const std::string& key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second;
  }

  const Entry& need(const std::string& key) const {
    const Entry* entry = find(key);
    if (entry == nullptr) fail("the header has no " + key + " line");
    return *entry;
  }

  std::uint64_t whole(const std::string& key, std::string_view word) const {
    std::uint64_t value = 0;
    const auto parsed = std::from_chars(word.data(), word.data() + word.size(), value);
    if (parsed.ec == std::errc{} && parsed.ptr == word.data() + word.size()) return value;
    const bool real = word.find_first_not_of("0123456789.e+") == std::string_view::npos;  // 5.0 is 5
    if (!real || !store_number(word, Scalar::uint64, reinterpret_cast<std::byte*>(&value)))
      fail(key + " is " + quoted(word) + ", not a whole number" +
           (parsed.ec == std::errc::result_out_of_range ? " of a possible size" : ""));
    return value;
  }

  std::uint64_t single(const std::string& key) const {
    const Entry& entry = need(key);
    if (entry.words.size() != 1) fail(key + " needs one number, but has " + std::to_string(entry.words.size()));
    return whole(key, entry.words.front());
  }

  const Words& one_per_field(const std::string& key, std::size_t fields) const {
    const Entry& entry = need(key);
    if (entry.words.size() != fields)
      fail("the header names " + std::to_string(fields) + " fields, but " + key + " has " +
           std::to_string(entry.words.size()) + " entries");
    return entry.words;
  }

  // Files of version 0.5 name fields alone, which are floats.
  void set_columns() {
    const Words& names = need("FIELDS").words;
    if (names.empty()) fail("FIELDS names no field");
    const bool floats = find("SIZE") == nullptr && find("TYPE") == nullptr;
    const Words sizes = floats ? Words(names.size(), "4") : one_per_field("SIZE", names.size());
    const Words types = floats ? Words(names.size(), "F") : one_per_field("TYPE", names.size());
    const Words counts = find("COUNT") == nullptr ? Words(names.size(), "1") : one_per_field("COUNT", names.size());
    FieldNames fields;
    for (const std::string_view name : names) fields.add(name);
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string name(names[i]);
      const bool padding = name == "_";
      if (is_coordinate(name) && !seen.insert(names[i]).second)
        fail("FIELDS names the field " + quoted(name) + " twice");
      const std::uint64_t size = whole("SIZE", sizes[i]);
      const auto type = scalar_of(types[i].size() == 1 ? in_capitals(types[i]).front() : ' ', size);
      if (!type)
        fail("the field " + quoted(name) + " has TYPE " + quoted(types[i]) + " and SIZE " + quoted(sizes[i]) +
             ", which do not exist together");
      const std::uint64_t count = whole("COUNT", counts[i]);
      if (count == 0 && is_coordinate(name)) fail("the field " + quoted(name) + " has COUNT 0");
      if (count > max_record || header_.record + count * size > max_record)
        fail("COUNT " + std::to_string(count) + " of the field " + quoted(name) + " makes a point larger than " +
             std::to_string(max_record) + " bytes");
      if (count == 0) {  // a field of no values
        header_.exact = true;
        continue;
      }
      Column column{padding ? name : fields.unique(name), *type, static_cast<std::size_t>(count), header_.record,
                    Column::nowhere};
      header_.record += static_cast<std::size_t>(count * size);
      if (!padding) {
        column.in_memory = header_.stride;
        header_.stride += static_cast<std::size_t>(count * size);
      }
      header_.columns.push_back(std::move(column));
    }
    if (header_.stride == 0) fail("FIELDS names only padding");
  }

  // Old files leave out HEIGHT, or WIDTH and HEIGHT, or POINTS; some have 0 where they know no number.
  void set_size() {
    if (find("WIDTH") == nullptr && find("POINTS") == nullptr) fail("the header has neither WIDTH nor POINTS");
    std::uint64_t width = find("WIDTH") != nullptr ? single("WIDTH") : 0;
    std::uint64_t height = find("HEIGHT") != nullptr ? single("HEIGHT") : 1;
    constexpr auto most = static_cast<std::uint64_t>(max_points);
    const std::uint64_t points = find("POINTS") != nullptr ? single("POINTS") : 0;
    if (height == 0 && (width > 0 || points > 0)) height = 1;
    if (width == 0 && height > 0 && points % height == 0) width = points / height;
    if (width > most || height > most || (width != 0 && height > most / width))
      fail("WIDTH " + std::to_string(width) + " x HEIGHT " + std::to_string(height) + " is more than the " +
           std::to_string(max_points) + " points that a cloud may have");
    if (find("POINTS") != nullptr && points != width * height)
      fail("WIDTH " + std::to_string(width) + " x HEIGHT " + std::to_string(height) + " is not POINTS " +
           std::to_string(points));
    header_.width = static_cast<std::int64_t>(width);
    header_.height = static_cast<std::int64_t>(height);
    if (header_.points() == 0) header_.width = 0, header_.height = 1;
  }

  // Drivers write NaN for a pose that they do not know: as if there were none. PCL reads seven numbers and no more.
  void set_viewpoint() {
    const Entry* entry = find("VIEWPOINT");
    if (entry == nullptr) return;
    if (entry->words.size() < 7)
      fail("VIEWPOINT needs seven numbers (tx ty tz qw qx qy qz), but has " + std::to_string(entry->words.size()));
    for (std::size_t i = 0; i < 7; ++i)
      if (double& value = i < 3 ? header_.viewpoint[i] : header_.orientation[i - 3];
          !store_number(entry->words[i], Scalar::float64, reinterpret_cast<std::byte*>(&value)))
        fail("VIEWPOINT holds " + quoted(entry->words[i]) + ", which is no number");
    const auto finite = [](double value) { return std::isfinite(value); };
    const bool place = std::all_of(header_.viewpoint.begin(), header_.viewpoint.end(), finite);
    const bool turn = std::all_of(header_.orientation.begin(), header_.orientation.end(), finite);
    if (!place) header_.viewpoint = PcdHeader{}.viewpoint;
    if (!turn) header_.orientation = PcdHeader{}.orientation;
    if (!place || !turn)
      header_.warnings.push_back("VIEWPOINT holds numbers that are not finite; the default is taken");
  }

  void set_data() {
    const Words& words = need("DATA").words;
    const std::string_view data = words.empty() ? std::string_view() : words.front();
    const std::string kind = detail::lower_case(data);
    if (kind.substr(0, 5) == "ascii" && (kind.size() > 5 || words.size() > 1)) {
      // The first point may follow without a line end.
      const std::string_view first = kind.size() > 5 ? data.substr(5) : words[1];
      double value = 0;
      if (!store_number(first, Scalar::float64, reinterpret_cast<std::byte*>(&value)))
        fail("DATA is " + quoted(data) + " and " + quoted(first) + " follows, which is no number");
      header_.body = static_cast<std::size_t>(first.data() - text_.data());
    } else if (words.size() > 1) {
      fail("DATA is " + quoted(data) + ", but " + quoted(words[1]) + " follows in its line");
    }
    if (kind.substr(0, 5) == "ascii")
      header_.data = PcdData::ascii;
    else if (kind == "binary")
      header_.data = PcdData::binary;
    else if (kind == "binary_compressed")
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
  std::map<std::string, Entry> entries_;
  PcdHeader header_;
};

}  // namespace

PcdHeader parse_pcd_header(std::string_view text, std::uint64_t file_size, const std::string& file) {
  return PcdHeaderParser(text, file_size, file).parse();
}

}  // namespace treewalk
