// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/recipe/change.h"

#include <algorithm>
#include <sstream>
#include <vector>

#include "core/recipe/strict_json.h"

namespace treewalk {
namespace {

Json value_of(const std::string& text, std::size_t equals) {
  const auto levels = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(equals), '.') + 1;
  const auto watch = [&](std::int64_t depth, Json::parse_event_t, const Json&) {
    if (levels + depth >= kDeepestJson)
      throw Error("the change of \"" + text.substr(0, text.find_first_of(".=")) + "\" nests more than " +
                  std::to_string(kDeepestJson) + " levels deep");
    return true;
  };
  watch(0, {}, {});
  Json value = Json::parse(text.substr(equals + 1), watch, false);
  return value.is_discarded() ? Json(text.substr(equals + 1)) : value;
}

std::vector<std::string> keys_in(const std::string& path) {
  std::vector<std::string> keys;
  std::istringstream stream(path);
  for (std::string key; std::getline(stream, key, '.');) keys.push_back(key);
  return keys;
}

/// The key of that name in an object of a recipe; nullptr where any name will do or the value is no object.
const Key* known_key(const Key* object, const std::string& name, const std::string& section, const std::string& text) {
  if (object == nullptr || object->type != Key::object || object->shape == Key::list) return nullptr;
  if (const Key* found = find_key(*object, name)) return found;
  std::vector<std::string> names;
  for (const Key& key : object->keys) names.push_back(key.name);
  throw Error("the change \"" + text + "\": the key \"" + name + "\" is not known" + hint_for(name, section, names));
}

}  // namespace

void change_recipe(Json& recipe, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw Error("the change \"" + text + "\" must look like network.levels=4");
  try {
    Json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error("the change \"" + text + "\" is not UTF-8");
  }
  const Json value = value_of(text, equals);
  const auto path = keys_in(text.substr(0, equals));
  Json* object = &recipe;
  const Key* key = &recipe_key();
  std::string section;
  for (std::size_t i = 0;; ++i) {
    key = known_key(key, path[i], section, text);
    if (i + 1 == path.size()) break;
    object = &(*object)[path[i]];
    if (object->is_null()) *object = Json::object();
    if (!object->is_object() && key != nullptr && !key->main.empty()) *object = Json{{key->main, *object}};
    if (!object->is_object())
      throw Error("the change \"" + text + "\": \"" + path[i] + "\" is no object in the recipe");
    section += (section.empty() ? "" : ".") + path[i];
  }
  if (value.is_null()) {
    object->erase(path.back());
  } else {
    (*object)[path.back()] = value;
  }
}

}  // namespace treewalk
