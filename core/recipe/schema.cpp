// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <cmath>

#include "core/recipe/reference.h"
#include "core/recipe/strict_json.h"

namespace treewalk {
namespace {

const char* const kLabelRange = "^[0-9]{1,10}(-[0-9]{1,10})?$";

using Ordered = nlohmann::ordered_json;

Ordered of_key(const Key& key);

Ordered of_object(const Key& object) {
  Ordered properties = Ordered::object(), required = Ordered::array();
  for (const Key& key : object.keys) {
    properties[key.name] = of_key(key);
    if (key.required) required.push_back(key.name);
  }
  Ordered schema = {{"type", "object"}, {"properties", properties}};
  if (!required.empty()) schema["required"] = required;
  schema["additionalProperties"] = false;
  return schema;
}

Ordered number(double value) {
  return value == std::floor(value) && std::fabs(value) < 1e15 ? Ordered(static_cast<std::int64_t>(value))
                                                               : Ordered(value);
}

/// One value, or one element of a list.
Ordered of_value(const Key& key) {
  Ordered schema;
  switch (key.type) {
    case Key::flag:
      return {{"type", "boolean"}};
    case Key::whole:
    case Key::number:
      schema["type"] = key.type == Key::whole ? "integer" : "number";
      if (std::isfinite(key.low)) schema["minimum"] = number(key.low);
      if (std::isfinite(key.high)) schema["maximum"] = number(key.high);
      return schema;
    case Key::text:
      schema["type"] = "string";
      if (!key.choices.empty()) schema["enum"] = key.choices;
      if (!key.pattern.empty()) schema["pattern"] = key.pattern;
      return schema;
    case Key::labels:
      schema["anyOf"] = {
          {{"type", "string"},
           {"pattern", key.name == "ignore" ? "^([0-9]{1,10}(-[0-9]{1,10})?|-1|nan|NaN)$" : kLabelRange}},
          {{"type", "integer"}, {"minimum", key.name == "ignore" ? -1 : 0}}};
      return schema;
    case Key::texts:
      return {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
    case Key::names_by_labels:
      return {{"type", "object"},
              {"propertyNames", {{"pattern", kLabelRange}}},
              {"additionalProperties",
               {{"type", "array"}, {"items", {{"type", "string"}}}, {"minItems", 2}, {"uniqueItems", true}}}};
    default:
      return of_object(key);
  }
}

Ordered of_list(const Key& key) {
  Ordered schema = {{"type", "array"}, {"items", of_value(key)}};
  if (key.required) schema["minItems"] = 1;
  if (key.count > 0) schema["minItems"] = schema["maxItems"] = key.count;
  if (!key.choices.empty()) schema["uniqueItems"] = true;
  return schema;
}

Ordered of_key(const Key& key) {
  Ordered schema = key.shape == Key::one ? of_value(key) : of_list(key);
  if (key.shape == Key::one_or_list) schema = {{"anyOf", {of_value(key), schema}}};
  if (!key.main.empty()) schema = {{"anyOf", {of_key(*find_key(key, key.main)), schema}}};
  schema["description"] = key.sentence + (key.unit.empty() ? "" : ", in " + key.unit);
  if (!key.fallback.empty()) schema["default"] = Ordered::parse(key.fallback);
  return schema;
}

}  // namespace

std::string reference_schema() {
  Ordered schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "treewalk recipe"}};
  schema["description"] = recipe_key().sentence;
  schema.update(of_object(recipe_key()));
  return schema.dump(2) + "\n";
}

}  // namespace treewalk
