// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/recipe/key.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <utility>

#include "treewalk/detail/words.h"

namespace treewalk {
namespace {

std::string path_of(const std::string& section, const std::string& name) {
  return section.empty() ? name : section + "." + name;
}

/// All objects of a recipe with the names of their keys, the shallower first.
std::vector<std::pair<std::string, std::vector<std::string>>> sections() {
  struct Open {
    std::string path;
    const Key* key;
  };
  std::vector<std::pair<std::string, std::vector<std::string>>> all;
  std::vector<Open> open{{"", &recipe_key()}};
  for (std::size_t i = 0; i < open.size(); ++i) {
    const Open section = open[i];
    all.push_back({section.path, {}});
    for (const Key& key : section.key->keys) {
      all.back().second.push_back(key.name);
      if (key.type == Key::object) open.push_back({path_of(section.path, key.name), &key});
    }
  }
  return all;
}

std::string bounds(const Key& key) {
  std::string text;
  if (std::isfinite(key.low) && std::isfinite(key.high))
    text = " from " + number_text(key.low) + " to " + number_text(key.high);
  else if (std::isfinite(key.low))
    text = " of at least " + number_text(key.low);
  return text + (key.unit.empty() ? "" : ", in " + key.unit);
}

}  // namespace

const Key* find_key(const Key& object, const std::string& name) {
  const auto found =
      std::find_if(object.keys.begin(), object.keys.end(), [&](const Key& key) { return key.name == name; });
  return found == object.keys.end() ? nullptr : &*found;
}

std::string hint_for(const std::string& unknown, const std::string& section,
                     const std::vector<std::string>& candidates) {
  const auto all = sections();
  for (const auto& [path, names] : all)
    if (path != section && std::find(names.begin(), names.end(), unknown) != names.end())
      return " here; it belongs to " + (path.empty() ? "the recipe itself" : "\"" + path + "\"");
  if (const auto nearest = detail::likely_word(unknown, candidates); !nearest.empty())
    return "; did you mean \"" + nearest + "\"?";
  std::vector<std::string> elsewhere, paths;
  for (const auto& [path, names] : all)
    for (const auto& name : names) {
      if (path == section) continue;
      elsewhere.push_back(name);
      paths.push_back(path_of(path, name));
    }
  const auto nearest = detail::likely_word(unknown, elsewhere);
  if (nearest.empty()) return "";
  return "; did you mean \"" + paths[std::find(elsewhere.begin(), elsewhere.end(), nearest) - elsewhere.begin()] +
         "\"?";
}

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, std::fabs(value) < 1e8 && std::fabs(value) >= 1e-4 ? "%.10g" : "%.10e", value);
  std::string written = text;
  const auto e = written.find('e');
  if (e == std::string::npos) return written;
  std::string digits = written.substr(0, e);
  while (digits.find('.') != std::string::npos && (digits.back() == '0' || digits.back() == '.')) digits.pop_back();
  const int exponent = std::atoi(written.c_str() + e + 1);
  return value == 0 ? "0" : digits + "e" + std::to_string(exponent);
}

std::string takes(const Key& key) {
  const bool many = key.shape == Key::list;
  switch (key.type) {
    case Key::flag:
      return "true or false";
    case Key::whole:
    case Key::number: {
      const std::string noun = key.type == Key::whole ? "whole number" : "number";
      if (key.count == 2) return (many ? "two " : "a " + noun + " or two ") + noun + "s in rising order" + bounds(key);
      return (many ? "a list of " + noun + "s" : "a " + noun) + bounds(key);
    }
    case Key::text:
      if (key.choices.empty())
        return many ? "a list of texts" : key.shape == Key::one ? "a text" : "a text or a list of texts";
      return (many                            ? "a list of "
              : key.shape == Key::one_or_list ? "one or a list of "
                                              : "") +
             detail::quoted_list(key.choices);
    case Key::labels:
      return "a list of label ranges such as \"5\" or \"20-65535\"";
    case Key::texts:
      return "an object of texts";
    case Key::names_by_labels:
      return "an object of lists of classes' names, by label ranges such as \"5\" or \"20-65535\"";
    default:
      return many               ? "a list of objects"
             : key.main.empty() ? "an object"
                                : "an object, or its \"" + key.main + "\" alone";
  }
}

}  // namespace treewalk
