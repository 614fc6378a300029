// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/geokeys.h"

#include <algorithm>
#include <optional>

#include "treewalk/cloud.h"

namespace treewalk {
namespace {

// Keys of the GeoTIFF standard, and the tags that hold what does not fit into a key.
constexpr int kModelType = 1024, kCitation = 1026, kGeographicType = 2048, kGeogCitation = 2049,
              kGeogLinearUnits = 2052, kGeogLinearUnitSize = 2053, kProjectedType = 3072, kPcsCitation = 3073,
              kProjLinearUnits = 3076, kProjLinearUnitSize = 3077, kVerticalType = 4096, kVerticalUnits = 4099;
constexpr int kInKey = 0, kDirectoryTag = 34735, kDoublesTag = 34736, kAsciiTag = 34737;

struct Entry {
  std::size_t tag, count, value;
};

class Directory {
 public:
  Directory(const std::vector<std::uint16_t>& shorts, const std::vector<double>& doubles, std::string_view ascii)
      : shorts_(shorts), doubles_(doubles), ascii_(ascii) {}

  int number(int key) const {
    const auto entry = find(key);
    if (!entry || entry->count != 1) return 0;
    if (entry->tag == kInKey) return static_cast<int>(entry->value);
    return entry->tag == kDirectoryTag && entry->value < shorts_.size() ? shorts_[entry->value] : 0;
  }
  bool real(int key, double& value) const {
    const auto entry = find(key);
    if (!entry || entry->tag != kDoublesTag || entry->count < 1 || entry->value >= doubles_.size()) return false;
    value = doubles_[entry->value];
    return true;
  }
  std::string text(int key) const {
    const auto entry = find(key);
    if (!entry || entry->tag != kAsciiTag || entry->value >= ascii_.size()) return {};
    std::string_view text = ascii_.substr(entry->value, entry->count);
    text = text.substr(0, text.find('\0'));
    while (!text.empty() && (text.back() == '|' || text.back() == ' ')) text.remove_suffix(1);
    return std::string(text);
  }

 private:
  std::optional<Entry> find(int key) const {
    const std::size_t keys = std::min<std::size_t>(shorts_[3], shorts_.size() / 4 - 1);
    for (std::size_t i = 4; i <= 4 * keys; i += 4)
      if (shorts_[i] == key) return Entry{shorts_[i + 1], shorts_[i + 2], shorts_[i + 3]};
    return {};
  }

  const std::vector<std::uint16_t>& shorts_;
  const std::vector<double>& doubles_;
  std::string_view ascii_;
};

constexpr std::string_view esri_mark = "ESRI PE String = ";

}  // namespace

GeoKeys read_geokeys(const std::vector<std::uint16_t>& directory, const std::vector<double>& doubles,
                     std::string_view ascii) {
  if (directory.size() < 4)
    throw Error("the keys of the coordinate system (GeoKeyDirectoryTag) are " + std::to_string(directory.size()) +
                " numbers, less than their header");
  const Directory read(directory, doubles, ascii);
  GeoKeys keys;
  keys.model = read.number(kModelType);
  keys.projected = read.number(kProjectedType);
  keys.geographic = read.number(kGeographicType);
  const bool geocentric = keys.model == 3;
  keys.linear_unit = read.number(geocentric ? kGeogLinearUnits : kProjLinearUnits);
  keys.has_linear_size = read.real(geocentric ? kGeogLinearUnitSize : kProjLinearUnitSize, keys.linear_size);
  keys.vertical = read.number(kVerticalType);
  keys.vertical_unit = read.number(kVerticalUnits);
  for (const int key : {kPcsCitation, kCitation, kGeogCitation}) {
    const std::string text = read.text(key);
    if (const auto at = text.find(esri_mark); at != std::string::npos && keys.esri.empty())
      keys.esri = text.substr(at + esri_mark.size());
    else if (keys.citation.empty())
      keys.citation = text;
  }
  return keys;
}

}  // namespace treewalk
