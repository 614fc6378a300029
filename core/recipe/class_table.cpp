// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/recipe/class_table.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <limits>
#include <regex>
#include <utility>

#include "core/recipe/recipe_fields.h"
#include "core/recipe/unknown_label.h"

namespace treewalk {
namespace {

using Range = std::pair<std::uint32_t, std::uint32_t>;

constexpr std::size_t kMostClasses = 127, kMostCoarse = 126;  // labels of training samples are int8

std::string range_text(const Range& range) {
  return range.first == range.second ? std::to_string(range.first)
                                     : std::to_string(range.first) + "-" + std::to_string(range.second);
}

/// "5", "20-65535", or a plain number.
Range parse_range(const Json& value, const std::string& where) {
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  static const std::regex form("([0-9]{1,10})(?:-([0-9]{1,10}))?");
  std::smatch part;
  if (!std::regex_match(text, part, form))
    throw Error(where + " must hold label ranges such as \"5\" or \"20-65535\", but holds " + value.dump());
  const std::uint64_t first = std::stoull(part[1]);
  const std::uint64_t last = part[2].matched ? std::stoull(part[2]) : first;
  if (last < first || last > std::numeric_limits<std::uint32_t>::max())
    throw Error(where + ": the label range " + value.dump() + " runs backwards or beyond 4294967295");
  return {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last)};
}

/// What files say for "no label", which is left out whether a recipe names it or not.
bool is_no_label(const Json& value) {
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  return text == "-1" || text == "nan" || text == "NaN";
}

/// left_out: the ranges are those of "ignore".
std::vector<Range> parse_ranges(const Json& value, const std::string& where, bool left_out) {
  if (value.is_null()) return {};
  if (!value.is_array()) throw Error(where + " must be a list of label ranges, but is " + value.dump());
  std::vector<Range> ranges;
  for (const Json& range : value)
    if (!left_out || !is_no_label(range)) ranges.push_back(parse_range(range, where));
  return ranges;
}

/// Colours that differ well: hues a golden angle apart.
std::string default_color(std::size_t index) {
  const double hue = std::fmod(0.08 + 0.61803398875 * static_cast<double>(index), 1.0);
  const auto channel = [&](double shift) {
    const double t = std::fmod(hue + shift, 1.0) * 6;
    const double level = std::clamp(std::fabs(t - 3) - 1, 0.0, 1.0);
    return static_cast<int>(std::lround(255 * (0.25 + 0.6 * level)));
  };
  char text[8];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", channel(0), channel(2.0 / 3), channel(1.0 / 3));
  return text;
}

bool is_color(const std::string& text) {
  const auto hexadecimal = [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; };
  return text.size() == 7 && text[0] == '#' && std::all_of(text.begin() + 1, text.end(), hexadecimal);
}

/// A list of label ranges.
template <class S>
KeyField<S> labels(const char* name, std::vector<Range> S::*member, const char* sentence, bool left_out = false) {
  KeyField<S> field{{}, [=](S& to, const StrictObject& object) {
                      if (object.has(name))
                        to.*member = parse_ranges(object.at(name), object.where() + ": \"" + name + "\"", left_out);
                    }};
  field.key.name = name;
  field.key.sentence = sentence;
  field.key.type = Key::labels;
  field.key.shape = Key::list;
  return field;
}

const KeyFields<ClassInfo>& class_fields() {
  static const KeyFields<ClassInfo> fields{
      field("id", &ClassInfo::id, "the label that the model writes").needed(),
      field("name", &ClassInfo::name, "what people call it; of classification also the name of its folder").needed(),
      pattern("color", &ClassInfo::color, "^#[0-9a-fA-F]{6}$", is_color, "look like \"#3080d0\"",
              "of its points in pictures, such as \"#3080d0\"")
          .otherwise("hues that differ well"),
      labels("from", &ClassInfo::source_labels, "segmentation: the labels of the data that make the class")
          .otherwise("its own id"),
      field(
          "category", &ClassInfo::category,
          "models of parts: the kind of object that this is a part of, and the name of its folder; for all classes or "
          "none")
          .otherwise("none"),
  };
  return fields;
}

ClassInfo parse_class(const Json& json, std::size_t index, const std::string& task) {
  const StrictObject object(json, "classes", static_cast<int>(index));
  ClassInfo info;
  read_fields(object, class_fields(), info);
  if (info.name.empty()) object.fail("name", "must not be empty");
  if (info.color.empty()) info.color = default_color(index);
  if (object.has("from")) {
    if (task == "classification")
      object.fail("from", "belongs to segmentation; the shapes of a class are those in the folder of its name");
    if (info.source_labels.empty()) object.fail("from", "must name at least one label");
  } else if (task == "segmentation") {
    info.source_labels = {{info.id, info.id}};
  }
  if (!info.category.empty() && task == "classification") object.fail("category", "belongs to segmentation");
  return info;
}

/// Models of parts: every class belongs to a category.
void collect_categories(Recipe& recipe) {
  for (const ClassInfo& info : recipe.classes) {
    if (info.category.empty() != recipe.classes.front().category.empty())
      throw Error("recipe: class \"" + info.name + "\" " + (info.category.empty() ? "has no" : "has a") +
                  " \"category\", unlike class \"" + recipe.classes.front().name + "\"; give one to all or to none");
    if (info.category.empty()) continue;
    auto& names = recipe.categories;
    const auto found = std::find(names.begin(), names.end(), info.category);
    recipe.category_of_class.push_back(static_cast<int>(found - names.begin()));
    if (found == names.end()) names.push_back(info.category);
  }
}

void check_unique_classes(const Recipe& recipe) {
  for (std::size_t i = 0; i < recipe.classes.size(); ++i) {
    const ClassInfo& a = recipe.classes[i];
    for (std::size_t j = i + 1; j < recipe.classes.size(); ++j) {
      const ClassInfo& b = recipe.classes[j];
      if (a.id == b.id)
        throw Error("recipe: classes \"" + a.name + "\" and \"" + b.name + "\" have the same id " +
                    std::to_string(a.id));
      if (a.name == b.name) throw Error("recipe: two classes are named \"" + a.name + "\"");
    }
    if (a.id == recipe.unknown_id)
      throw Error("recipe: \"unknown_id\" " + std::to_string(a.id) + " is also the id of class \"" + a.name +
                  "\"; choose another number for one of them");
  }
}

void check_disjoint_ranges(const Recipe& recipe) {
  std::vector<std::pair<Range, std::string>> all;
  for (const ClassInfo& info : recipe.classes)
    for (const Range& range : info.source_labels) all.push_back({range, "class \"" + info.name + "\""});
  for (const CoarseLabel& label : recipe.coarse)
    for (const Range& range : label.source_labels) all.push_back({range, "\"coarse\""});
  for (const Range& range : recipe.ignore) all.push_back({range, "\"ignore\""});
  std::sort(all.begin(), all.end());
  for (std::size_t i = 1; i < all.size(); ++i)
    if (all[i].first.first <= all[i - 1].first.second)
      throw Error("recipe: the label ranges " + range_text(all[i - 1].first) + " of " + all[i - 1].second + " and " +
                  range_text(all[i].first) + " of " + all[i].second + " overlap");
}

/// The classes of the names that "coarse" lists for some labels: two or more.
std::vector<int> parse_coarse(const StrictObject& coarse, const std::string& labels,
                              const std::vector<std::string>& classes) {
  const auto names = coarse.as<std::vector<std::string>>(labels);
  check_known(names, classes, coarse.where() + ": \"" + labels + "\"");
  if (names.size() < 2)
    coarse.fail(labels, "must name at least two classes; the labels of a single class belong into its \"from\"");
  std::vector<int> indices;
  for (const std::string& name : names)
    indices.push_back(static_cast<int>(std::find(classes.begin(), classes.end(), name) - classes.begin()));
  std::sort(indices.begin(), indices.end());
  return indices;
}

/// Adds labels that stand for these classes to those that do already.
void add_coarse(std::vector<CoarseLabel>& coarse, const Range& labels, std::vector<int> classes) {
  const auto same = [&](const CoarseLabel& one) { return one.classes == classes; };
  auto found = std::find_if(coarse.begin(), coarse.end(), same);
  if (found == coarse.end()) found = coarse.insert(found, {{}, std::move(classes)});
  found->source_labels.push_back(labels);
}

/// Among which classes a coarse label leaves the choice: all, or all parts of a category, which is known, say nothing.
void check_coarse(const Recipe& recipe) {
  for (const CoarseLabel& label : recipe.coarse) {
    const std::string where = "recipe: coarse: \"" + range_text(label.source_labels.front()) + "\" names ";
    auto possible = recipe.classes.size();
    if (!recipe.categories.empty()) {
      const auto category = [&](int c) { return recipe.category_of_class[c]; };
      const int own = category(label.classes.front());
      for (const int c : label.classes)
        if (category(c) != own)
          throw Error(where + "parts of the categories \"" + recipe.categories[own] + "\" and \"" +
                      recipe.categories[category(c)] + "\"; the category of a cloud is known, so name those of one");
      possible = std::count(recipe.category_of_class.begin(), recipe.category_of_class.end(), own);
    }
    if (label.classes.size() == possible)
      throw Error(where + "all " + std::to_string(possible) + (recipe.categories.empty() ? " classes" : " parts") +
                  ", which says nothing; put these labels into \"ignore\"");
  }
}

}  // namespace

KeyField<RecipeKeys> coarse_field() {
  KeyField<RecipeKeys> field{
      {}, [](RecipeKeys& to, const StrictObject& root) {
        if (!root.has("coarse")) return;
        const StrictObject coarse = root.object("coarse");
        const Json& sets = root.at("coarse");
        if (to.recipe.task == "classification")
          root.fail("coarse", "belongs to segmentation; the shapes of a class are those in the folder of its name");
        if (sets.size() > kMostCoarse)
          root.fail("coarse", "may name at most " + std::to_string(kMostCoarse) + " label ranges, but names " +
                                  std::to_string(sets.size()));
        const std::vector<std::string> classes = to.recipe.class_names();
        for (const auto& item : sets.items())
          add_coarse(to.recipe.coarse, parse_range(Json(item.key()), coarse.where()),
                     parse_coarse(coarse, item.key(), classes));
      }};
  field.key.name = "coarse";
  field.key.sentence =
      "segmentation: labels of the data that may be any of several classes, at least two and not all: training asks "
      "that these are likely together, figures leave such points out";
  field.key.type = Key::names_by_labels;
  field.key.fallback = "{}";
  return field;
}

KeyField<RecipeKeys> classes_field() {
  KeyField<RecipeKeys> field{{}, [](RecipeKeys& to, const StrictObject& root) {
                               const Json list = root.has("classes") ? root.at("classes") : Json();
                               if (!list.is_array())
                                 root.fail("classes",
                                           "must be a list of objects with \"id\", \"name\", \"color\" and \"from\"");
                               if (list.empty()) root.fail("classes", "must name at least one class");
                               if (list.size() > kMostClasses)
                                 root.fail("classes", "may name at most " + std::to_string(kMostClasses) +
                                                          " classes, but names " + std::to_string(list.size()));
                               for (std::size_t i = 0; i < list.size(); ++i)
                                 to.recipe.classes.push_back(parse_class(list[i], i, to.recipe.task));
                             }};
  field.key.name = "classes";
  field.key.sentence = "the classes, in the order of the network's outputs; at most 127";
  field.key.type = Key::object;
  field.key.shape = Key::list;
  field.key.required = true;
  field.key.keys = keys_of(class_fields());
  return field;
}

KeyField<RecipeKeys> ignore_field() {
  auto field = labels("ignore", &Recipe::ignore,
                      "labels of the data that are left out of training and figures; -1 and NaN always are", true);
  field.key.fallback = "[]";
  return of_part<RecipeKeys>(field, [](RecipeKeys& keys) -> Recipe& { return keys.recipe; });
}

void check_classes(Recipe& recipe) {
  collect_categories(recipe);
  check_unique_classes(recipe);
  check_disjoint_ranges(recipe);
  check_coarse(recipe);
}

int Recipe::class_of(std::uint32_t source_label) const {
  const auto holds = [&](const Range& range) { return range.first <= source_label && source_label <= range.second; };
  for (std::size_t c = 0; c < classes.size(); ++c)
    if (std::any_of(classes[c].source_labels.begin(), classes[c].source_labels.end(), holds))
      return static_cast<int>(c);
  if (source_label == std::numeric_limits<std::uint32_t>::max()) return -1;  // -1 of a program without signs
  for (std::size_t k = 0; k < coarse.size(); ++k)
    if (std::any_of(coarse[k].source_labels.begin(), coarse[k].source_labels.end(), holds))
      return coarse_class(static_cast<int>(k));
  if (source_label == unknown_id || std::any_of(ignore.begin(), ignore.end(), holds)) return -1;
  throw UnknownLabel(source_label);
}

std::vector<std::string> Recipe::class_names() const {
  std::vector<std::string> names;
  for (const ClassInfo& info : classes) names.push_back(info.name);
  return names;
}

std::vector<std::string> Recipe::folder_names() const { return task == "classification" ? class_names() : categories; }

}  // namespace treewalk
