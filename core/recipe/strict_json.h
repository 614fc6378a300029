// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "treewalk/cloud.h"

namespace treewalk {

using Json = nlohmann::json;

/// Throws Error, beginning with `where`, for a name that is not among the known ones or is given twice.
void check_known(const std::vector<std::string>& names, const std::vector<std::string>& known,
                 const std::string& where);

/// Levels of lists and objects that JSON may have: copying and printing a value go one call deeper at each, and would
/// exhaust the stack.
constexpr int kDeepestJson = 64;

/// Parses JSON text; `what` names it in messages. Throws Error with line and column, and for a key given twice in one
/// object (which most readers would let pass silently).
Json parse_json(const std::string& text, const std::string& what);

/// Whether a JSON value is a T without any conversion that loses something: no booleans as numbers, no fractions as
/// integers, no integers out of the type's range.
template <class T>
struct JsonFits {
  static bool test(const Json& value) {
    if constexpr (std::is_same_v<T, bool>) {
      return value.is_boolean();
    } else if constexpr (std::is_integral_v<T> && std::is_unsigned_v<T>) {
      if (value.is_number_integer() && !value.is_number_unsigned() && value.get<std::int64_t>() < 0) return false;
      return value.is_number_integer() && value.get<std::uint64_t>() <= std::numeric_limits<T>::max();
    } else if constexpr (std::is_integral_v<T>) {
      if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t(std::numeric_limits<T>::max()))
        return false;
      return value.is_number_integer() && value.get<std::int64_t>() >= std::numeric_limits<T>::min() &&
             value.get<std::int64_t>() <= std::numeric_limits<T>::max();
    } else if constexpr (std::is_floating_point_v<T>) {
      return value.is_number();
    } else if constexpr (std::is_same_v<T, std::string>) {
      return value.is_string();
    } else {
      return true;  // Json itself
    }
  }
};
template <class T>
struct JsonFits<std::vector<T>> {
  static bool test(const Json& value) {
    if (!value.is_array()) return false;
    for (const Json& element : value)
      if (!JsonFits<T>::test(element)) return false;
    return true;
  }
};
template <class T>
struct JsonFits<std::map<std::string, T>> {
  static bool test(const Json& value) {
    if (!value.is_object()) return false;
    for (const Json& element : value)
      if (!JsonFits<T>::test(element)) return false;
    return true;
  }
};

/// What a message calls a value of type T.
template <class T>
std::string json_type_name() {
  if constexpr (std::is_same_v<T, bool>) return "true or false";
  if constexpr (std::is_integral_v<T> && std::is_unsigned_v<T>) return "a whole number of at least 0";
  if constexpr (std::is_integral_v<T>) return "a whole number";
  if constexpr (std::is_floating_point_v<T>) return "a number";
  if constexpr (std::is_same_v<T, std::string>) return "a text in quotes";
  if constexpr (std::is_same_v<T, std::vector<std::string>>) return "a list of texts";
  if constexpr (std::is_same_v<T, std::vector<int>>) return "a list of whole numbers";
  if constexpr (std::is_same_v<T, std::vector<double>>) return "a list of numbers";
  if constexpr (std::is_same_v<T, std::map<std::string, std::string>>) return "an object of texts";
  return "another type";
}

/// Reads a JSON object key by key and refuses what nobody asked for.
class StrictObject {
 public:
  /// where: how messages call this object, e.g. "recipe: network". Throws Error when `object` is no object.
  StrictObject(const Json& object, std::string where);

  bool has(const std::string& key);
  /// The value under `key`, or `fallback` when the key is absent. A value of another type is an Error.
  template <class T>
  T get(const std::string& key, const T& fallback) {
    return has(key) ? convert<T>(key) : fallback;
  }
  template <class T>
  T require(const std::string& key) {
    if (!has(key)) miss(key);
    return convert<T>(key);
  }
  /// A number, or a list of numbers, between low and high inclusive.
  template <class T>
  T get_in(const std::string& key, const T& fallback, double low, double high) {
    const T value = get<T>(key, fallback);
    check_range(key, static_cast<double>(value), low, high);
    return value;
  }
  template <class T>
  T require_in(const std::string& key, double low, double high) {
    const T value = require<T>(key);
    check_range(key, static_cast<double>(value), low, high);
    return value;
  }
  /// The text under `key`, which must be one of `choices`.
  std::string choose(const std::string& key, const std::string& fallback, const std::vector<std::string>& choices);
  /// The value under `key` as it is; null when absent.
  Json raw(const std::string& key);
  /// The object under `key`, empty when absent.
  StrictObject object(const std::string& key);
  /// Throws Error for the first key that was never asked for, naming the nearest one that was.
  void finish() const;
  const std::string& where() const { return where_; }
  [[noreturn]] void fail(const std::string& key, const std::string& complaint) const;

 private:
  template <class T>
  T convert(const std::string& key) {
    const Json& value = object_.at(key);
    if (!JsonFits<T>::test(value)) wrong_type(key, json_type_name<T>());
    return value.get<T>();
  }
  [[noreturn]] void miss(const std::string& key) const;
  [[noreturn]] void wrong_type(const std::string& key, const std::string& wanted) const;
  void check_range(const std::string& key, double value, double low, double high) const;

  Json object_;
  std::string where_;
  std::set<std::string> asked_;
};

}  // namespace treewalk
