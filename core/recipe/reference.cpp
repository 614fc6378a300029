// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/recipe/reference.h"

#include <sstream>
#include <vector>

#include "core/features/feature_table.h"
#include "core/recipe/strict_json.h"
#include "treewalk/recipe.h"

namespace treewalk {
namespace {

constexpr std::size_t kWidth = 100, kColumn = 26;

/// A default as people write it.
std::string shown(const Json& value) {
  if (value.is_number()) return number_text(value.get<double>());
  if (!value.is_array()) return value.dump();
  std::string text;
  for (const Json& element : value) text += (text.empty() ? "" : ", ") + shown(element);
  return "[" + text + "]";
}

std::string default_of(const Key& key) {
  if (key.required) return "required";
  if (!key.otherwise.empty()) return key.otherwise;
  return key.fallback.empty() ? "" : shown(Json::parse(key.fallback));
}

/// The same behind what a key takes.
std::string default_clause(const Key& key) {
  const std::string fallback = default_of(key);
  if (fallback.empty() || key.required) return fallback.empty() ? "" : "; required";
  return (key.otherwise.empty() ? "; default " : "; default: ") + fallback;
}

std::string columns_of(const FeatureInfo& feature) {
  const std::size_t many = 12;
  if (feature.columns.empty()) return "none";
  if (feature.columns.size() > many) return std::to_string(feature.columns.size()) + ", those of points";
  return detail::joined(feature.columns) + (feature.repeated.empty() ? "" : ", for each " + feature.repeated);
}

/// Words in lines of at most kWidth columns, from column `indent` on; `name` stands before the first of them.
std::string paragraph(const std::string& name, std::size_t indent, const std::string& text) {
  std::string all, line = name;
  if (line.size() + 1 > indent && !line.empty()) {
    all = line + "\n";
    line.clear();
  }
  line.resize(std::max(line.size(), indent), ' ');
  bool begun = false;
  std::istringstream words(text);
  for (std::string word; words >> word; begun = true) {
    if (begun && line.size() + 1 + word.size() > kWidth) {
      all += line + "\n";
      line = std::string(indent, ' ') + word;
    } else {
      line += (begun ? " " : "") + word;
    }
  }
  return all + line + "\n";
}

std::string entry(const std::string& name, const Key& key, std::size_t indent) {
  return paragraph(std::string(indent, ' ') + name, kColumn, key.sentence) +
         paragraph("", kColumn, takes(key) + default_clause(key));
}

/// What stands in an object, one key after the other; the settings of augment_before are those of augment.
std::string entries(const Key& object, std::size_t indent) {
  std::string text;
  for (const Key& key : object.keys) {
    text += entry(key.name, key, indent);
    if (key.name != "augment_before") text += entries(key, indent + 2);
  }
  return text;
}

std::string entry(const FeatureInfo& feature, std::size_t indent) {
  std::string text = paragraph(std::string(indent, ' ') + feature.name, kColumn, feature.sentence) +
                     paragraph("", kColumn, "columns of a cell: " + columns_of(feature) + "; in " + feature.unit);
  if (!feature.point_columns.empty())
    text += paragraph("", kColumn, "columns of a point: " + detail::joined(feature.point_columns));
  return text;
}

std::string features_text() {
  std::string text;
  for (const auto& feature : feature_table()) text += entry(feature, 2);
  return text;
}

std::string feature_text(const std::string& name) {
  for (const auto& feature : feature_table())
    if (feature.name == name) return entry(feature, 0);
  throw Error("there is no feature \"" + name + "\"" + detail::did_you_mean(name, feature_names()) + " There are " +
              detail::quoted_list(feature_names()));
}

std::string key_text(const std::string& path) {
  const Key* key = &recipe_key();
  std::string section;
  std::istringstream names(path);
  for (std::string name; std::getline(names, name, '.');) {
    if (section == "features") return feature_text(name);
    const Key* next = find_key(*key, name);
    if (next == nullptr) {
      std::vector<std::string> known;
      for (const Key& one : key->keys) known.push_back(one.name);
      throw Error("recipes have no key \"" + detail::printable(path) + "\": \"" + detail::printable(name) +
                  "\" is not known" + hint_for(name, section, known));
    }
    key = next;
    section += (section.empty() ? "" : ".") + name;
  }
  return entry(section, *key, 0) + entries(*key, 2) + (section == "features" ? features_text() : "");
}

// The page.

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '|' ? "\\|" : c == '<' ? "&lt;" : std::string(1, c);
  return result;
}

std::string table(const Key& object) {
  std::string text = "| key | takes | default | |\n|---|---|---|---|\n";
  for (const Key& key : object.keys)
    text += "| `" + key.name + "` | " + escaped(takes(key)) + " | " + escaped(default_of(key)) + " | " +
            escaped(key.sentence) + " |\n";
  return text;
}

/// A heading and a table for each object inside, the shallower first.
std::string chapters(const Key& object, const std::string& path) {
  std::string text;
  for (const Key& key : object.keys) {
    if (key.type != Key::object || key.name == "augment_before" || path == "training.augment") continue;
    const std::string own = path.empty() ? key.name : path + "." + key.name;
    text += "\n## " + own + (key.shape == Key::list ? "[]" : "") + "\n" + table(key) + chapters(key, own);
  }
  return text;
}

std::string changes_table() {
  const Key& augment = *find_key(*find_key(recipe_key(), "training"), "augment");
  std::string text =
      "\n## The changes of training.augment\n"
      "| change | setting | takes | default | |\n|---|---|---|---|---|\n";
  for (const Key& change : augment.keys)
    for (const Key& key : change.keys)
      text += "| `" + change.name + "` | `" + key.name + "`" + (key.name == change.main ? "\\*" : "") + " | " +
              escaped(takes(key)) + " | " + escaped(default_of(key)) + " | " + escaped(key.sentence) + " |\n";
  return text + "\n\\* may stand alone: `\"tilt\": 0.1` is `\"tilt\": {\"sigma\": 0.1}`.\n";
}

std::string features_table() {
  std::string text =
      "\n## The modules of features\n| module | columns of a cell | columns of a point | in | |\n"
      "|---|---|---|---|---|\n";
  for (const auto& feature : feature_table())
    text += "| `" + feature.name + "` | " + columns_of(feature) + " | " + detail::joined(feature.point_columns) +
            " | " + feature.unit + " | " + escaped(feature.sentence) + " |\n";
  return text + "\nSquashed metres are 0.5 asinh(h / 0.5 m): as they are when small, logarithmic when large.\n";
}

}  // namespace

std::string reference_text(const std::string& key) {
  if (!key.empty()) return key_text(key);
  return "Keys of a recipe, what they mean, and what they take. A change for one run:\n"
         "treewalk train ... --set network.levels=5. One key alone: treewalk info --recipe training.epochs\n\n" +
         entries(recipe_key(), 0) + "\nModules that \"features\" may name\n" + features_text();
}

std::string reference_page() {
  return "# What a recipe may hold\n"
         "This page is made by `treewalk info --recipe --markdown` from the tables in `core/recipe` and "
         "`core/features`.\n"
         "A recipe is a JSON object that says what a model tells, what it sees, and how it is trained; the shipped "
         "ones\n"
         "are in [samples/recipes](../samples/recipes). `treewalk info --recipe` prints this page for a terminal, and\n"
         "`treewalk info --recipe training.epochs` tells of one key alone. `treewalk train ... --set "
         "network.levels=5`\n"
         "changes a key for one run. A key that is not known is an error that says what may have been meant.\n\n"
         "`treewalk info --recipe --schema >recipe.schema.json` writes a JSON Schema; an editor that is told of it, "
         "by\n"
         "`\"$schema\": \"recipe.schema.json\"` in the recipe, completes keys, explains them and marks mistakes.\n\n"
         "## The recipe\n" +
         table(recipe_key()) + chapters(recipe_key(), "") + changes_table() + features_table();
}

std::string recipe_reference(ReferenceFormat format, const std::string& key) {
  switch (format) {
    case ReferenceFormat::markdown:
      return reference_page();
    case ReferenceFormat::schema:
      return reference_schema();
    default:
      return reference_text(key);
  }
}

}  // namespace treewalk
