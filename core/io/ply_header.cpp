// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/ply_header.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "core/io/header_lines.h"
#include "core/io/pcd_header.h"
#include "core/io/records.h"
#include "treewalk/detail/words.h"

namespace treewalk {
namespace {

std::optional<Scalar> scalar_of(std::string_view name) {
  static const std::map<std::string, Scalar> scalars = {
      {"char", Scalar::int8},       {"int8", Scalar::int8},       {"uchar", Scalar::uint8},
      {"uint8", Scalar::uint8},     {"short", Scalar::int16},     {"int16", Scalar::int16},
      {"ushort", Scalar::uint16},   {"uint16", Scalar::uint16},   {"int", Scalar::int32},
      {"int32", Scalar::int32},     {"uint", Scalar::uint32},     {"uint32", Scalar::uint32},
      {"float", Scalar::float32},   {"float32", Scalar::float32}, {"double", Scalar::float64},
      {"float64", Scalar::float64}, {"int64", Scalar::int64},     {"uint64", Scalar::uint64},
      {"bool", Scalar::uint8}};
  if (name.size() > 2 && name.substr(name.size() - 2) == "_t") name.remove_suffix(2);  // as C calls them
  const auto found = scalars.find(detail::lower_case(name));
  return found == scalars.end() ? std::nullopt : std::optional(found->second);
}

class PlyHeaderParser {
 public:
  PlyHeaderParser(std::string_view text, std::uint64_t file_size, const std::string& file)
      : lines_(text, file), file_size_(file_size), file_(file) {}

  PlyHeader parse() {
    if (file_size_ == 0) fail("the file is empty");
    std::string_view line;
    if (!lines_.next(line) || detail::lower_case(next_word(line)) != "ply" || !next_word(line).empty())
      fail("the first line is not 'ply', so this is no .ply file");
    header_.line_end = lines_.end();
    while (lines_.next(line)) {
      std::string_view rest = line;
      const std::string key = detail::lower_case(next_word(rest));
      if (key == "end_header") {
        header_.body = lines_.position();
        check();
        return std::move(header_);
      }
      if (key == "format")
        read_format(rest);
      else if (key == "element")
        read_element(rest);
      else if (key == "property")
        read_property(rest);
      else if (key == "obj_info")
        read_information(rest);
      else if (key != "comment" && !key.empty())
        pass_over(line);
    }
    fail("the header has no end_header line, so this is no complete .ply file");
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw Error(file_ + ": " + what); }
  std::string where() const { return "line " + std::to_string(lines_.number()) + " "; }

  // The second line of a comment that some program or editor has wrapped; a misspelt property would move all values
  // that follow it.
  void pass_over(std::string_view line) {
    const std::string what = where() + "begins with " + quoted(next_word(line)) + ", which is no key of a .ply header";
    const std::string_view type = next_word(line);
    constexpr std::size_t most = 64;
    if (scalar_of(type) || type == "list" || header_.warnings.size() == most) fail(what);
    if (header_.warnings.empty()) first_unknown_ = what;
    header_.warnings.push_back(what + ", and is passed over");
  }

  /// Fails for want of what a line that was passed over may have been.
  [[noreturn]] void fail_for_want(const std::string& what) const {
    fail(first_unknown_.empty() ? what : first_unknown_);
  }

  std::uint64_t whole(std::string_view word, const std::string& what) const {
    std::uint64_t value = 0;
    const auto parsed = std::from_chars(word.data(), word.data() + word.size(), value);
    if (parsed.ec != std::errc{} || parsed.ptr != word.data() + word.size())
      fail(where() + "gives " + quoted(word) + " as " + what + ", which is not a whole number of a possible size");
    return value;
  }

  void read_format(std::string_view line) {
    if (has_format_) fail(where() + "gives the format a second time");
    has_format_ = true;
    const std::string_view format = next_word(line), version = next_word(line);
    if (format == "ascii")
      header_.data = PlyData::ascii;
    else if (format == "binary_little_endian")
      header_.data = PlyData::little_endian;
    else if (format == "binary_big_endian")
      header_.data = PlyData::big_endian;
    else
      fail("the format is " + quoted(format) + ", but must be ascii, binary_little_endian or binary_big_endian");
    if (version != "1.0") fail("the format's version is " + quoted(version) + ", but only 1.0 exists");
  }

  void read_element(std::string_view line) {
    const std::string name(next_word(line));
    if (name.empty()) fail(where() + "names no element");
    if (!elements_.insert(name).second) fail(where() + "gives the element " + quoted(name) + " a second time");
    const std::uint64_t count = whole(next_word(line), "the number of elements " + quoted(name));
    if (!next_word(line).empty()) fail(where() + "holds more than an element's name and number");
    header_.elements.push_back({name, count, {}});
  }

  void read_property(std::string_view line) {
    if (header_.elements.empty()) fail_for_want(where() + "gives a property before any element");
    PlyProperty property;
    std::string_view type = next_word(line);
    if (type == "list") {
      const std::string_view length = next_word(line);
      property.length = scalar_of(length);
      if (!property.length || *property.length == Scalar::float32 || *property.length == Scalar::float64)
        fail(where() + "gives " + quoted(length) + " as the type of a list's length");
      type = next_word(line);
    }
    const auto scalar = scalar_of(type);
    if (!scalar) fail(where() + "gives a property the type " + quoted(type) + ", which does not exist");
    property.type = *scalar;
    property.name = std::string(next_word(line));
    if (property.name.empty() || !next_word(line).empty()) fail(where() + "does not give a property one name");
    header_.elements.back().properties.push_back(std::move(property));
  }

  // Of properties with one name the first keeps it; they may be padding. Points cannot hold lists.
  void name_properties() {
    for (PlyElement& element : header_.elements) {
      FieldNames names;
      std::set<std::string> coordinates;
      for (const PlyProperty& property : element.properties) names.add(property.name);
      for (PlyProperty& property : element.properties) {
        const bool coordinate = property.name == "x" || property.name == "y" || property.name == "z";
        if (coordinate && !coordinates.insert(property.name).second)
          fail("the element " + quoted(element.name) + " has two properties " + quoted(property.name));
        if (property.name != "_") property.name = names.unique(property.name);
        if (element.name != "vertex" || !property.length) continue;
        const std::string what =
            "the vertex property " + quoted(property.name) + " is a list, which a point cannot hold";
        if (coordinate) fail(what);
        header_.warnings.push_back(what + ", and is left out");
      }
    }
  }

  // The size of an organised cloud, as PCL and range scans give it; the rest is free text.
  void read_information(std::string_view line) {
    const std::string_view key = next_word(line);
    if (key != "num_cols" && key != "num_rows") return;
    const std::string_view number = next_word(line);
    if (number.empty() || number.find_first_not_of("0123456789") != std::string_view::npos) return;
    const std::uint64_t value = whole(number, std::string(key));
    if (value > static_cast<std::uint64_t>(max_points)) fail(where() + "gives an impossible " + std::string(key));
    (key == "num_cols" ? header_.columns : header_.rows) = static_cast<std::int64_t>(value);
  }

  void check() {
    if (!has_format_) fail_for_want("the header gives no format");
    const PlyElement* vertex = header_.find("vertex");
    if (vertex == nullptr) fail_for_want("the header has no element 'vertex', so there are no points");
    if (vertex->properties.empty()) fail_for_want("the element 'vertex' has no properties");
    name_properties();
    if (vertex->count > static_cast<std::uint64_t>(max_points))
      fail("the header promises " + std::to_string(vertex->count) + " points, more than the " +
           std::to_string(max_points) + " that a cloud may have");
    if (vertex->least_bytes() > max_record) fail("a point of more than " + std::to_string(max_record) + " bytes");
    // Before memory is taken: the file must be able to hold all that.
    const std::uint64_t body = file_size_ - header_.body;
    const bool ascii = header_.data == PlyData::ascii;
    std::uint64_t rest = body + (ascii ? 1 : 0);  // the last word needs no separator
    for (const PlyElement& element : header_.elements) {
      const std::uint64_t least = ascii ? 2 * element.least_values() : element.least_bytes();
      if (least == 0) continue;
      if (element.count > rest / least)
        fail("the header promises " + std::to_string(element.count) + " of the element " + quoted(element.name) +
             ", but only " + std::to_string(body) + " bytes follow it");
      rest -= element.count * least;
    }
  }

  HeaderLines lines_;
  std::uint64_t file_size_;
  const std::string& file_;
  bool has_format_ = false;
  std::set<std::string> elements_;
  std::string first_unknown_;  // of the lines that were passed over
  PlyHeader header_;
};

}  // namespace

bool PlyElement::has_list() const {
  return std::any_of(properties.begin(), properties.end(), [](const PlyProperty& p) { return p.length.has_value(); });
}

std::uint64_t PlyElement::least_bytes() const {
  std::uint64_t bytes = 0;
  for (const PlyProperty& property : properties) bytes += size_of(property.length.value_or(property.type));
  return bytes;
}

std::uint64_t PlyElement::least_values() const { return properties.size(); }

const PlyElement* PlyHeader::find(std::string_view name) const {
  for (const PlyElement& element : elements)
    if (element.name == name) return &element;
  return nullptr;
}

PlyHeader parse_ply_header(std::string_view text, std::uint64_t file_size, const std::string& file) {
  return PlyHeaderParser(text, file_size, file).parse();
}

}  // namespace treewalk
