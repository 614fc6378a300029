// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "label_map.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "program.h"
#include "text.h"

namespace program {

namespace {

/// The words between bars; the whole text where it is a class of its own.
std::vector<std::string> split(const std::string& text, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), text) != known.end()) return {text};
  std::vector<std::string> words{""};
  for (const char c : text)
    if (c == '|')
      words.emplace_back();
    else
      words.back() += c;
  return words;
}

std::vector<std::string> classes_of(const std::string& pair, const std::string& text,
                                    const std::vector<std::string>& known) {
  auto names = split(text, known);
  for (const auto& name : names)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw UsageError("--map '" + pair + "': the model has no class '" + name + "'; its classes are " + joined(known));
  if (known.size() > 1 && std::set<std::string>(names.begin(), names.end()).size() == known.size())
    throw UsageError("--map '" + pair +
                     "': these are all classes of the model, of which one is always right; leave "
                     "the label out");
  return names;
}

std::int64_t value_of(const std::string& pair, std::size_t equals) {
  char* end = nullptr;
  const long long value = std::strtoll(pair.c_str(), &end, 10);
  if (equals == std::string::npos || equals == 0 || end != pair.c_str() + equals)
    throw UsageError("--map '" + pair + "' must be VALUE=CLASS or VALUE=CLASS|CLASS with a whole number for VALUE");
  return value;
}

}  // namespace

LabelMap label_map(const std::vector<std::string>& pairs, const treewalk::ModelInfo& info) {
  if (pairs.empty()) return {};
  std::vector<std::string> known;
  for (const auto& c : info.classes) known.push_back(c.name);
  LabelMap made;
  std::map<std::int64_t, std::uint32_t> label;
  for (const auto& pair : pairs) {
    const std::size_t equals = pair.find('=');
    const auto own = static_cast<std::uint32_t>(label.size());
    if (!label.emplace(value_of(pair, equals), own).second)
      throw UsageError("--map '" + pair +
                       "': this label was named before; a label of several classes is "
                       "VALUE=CLASS|CLASS");
    made.meaning[own] = classes_of(pair, pair.substr(equals + 1), known);
  }
  made.change = [label](double value) {
    const bool whole = value == std::floor(value) && std::abs(value) < 9e18;
    const auto entry = whole ? label.find(static_cast<std::int64_t>(value)) : label.end();
    return entry == label.end() ? no_label : entry->second;
  };
  return made;
}

}  // namespace program
