// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "treewalk/cloud.h"

namespace treewalk {

using Json = nlohmann::json;

/// The candidate with the smallest edit distance to `word`; empty when there is none.
std::string nearest_word(const std::string& word, const std::vector<std::string>& candidates);

/// Reads a JSON object key by key and refuses what nobody asked for.
class StrictObject {
 public:
  /// where: how messages call this object, e.g. "recipe: network".
  StrictObject(const Json& object, std::string where);

  bool has(const std::string& key);
  /// The value under `key`, or `fallback` when the key is absent. A value of another type is an Error.
  template <class T>
  T get(const std::string& key, const T& fallback) {
    return has(key) ? convert<T>(key) : fallback;
  }
  template <class T>
  T require(const std::string& key) {
    if (!has(key)) throw Error(where_ + ": the key \"" + key + "\" is missing");
    return convert<T>(key);
  }
  /// The object under `key`, empty when absent.
  StrictObject object(const std::string& key);
  /// Throws Error for the first key that was never asked for, naming the nearest one that was.
  void finish() const;
  const std::string& where() const { return where_; }
  [[noreturn]] void fail(const std::string& key, const std::string& complaint) const;

 private:
  template <class T>
  T convert(const std::string& key) {
    try {
      return object_.at(key).get<T>();
    } catch (const nlohmann::json::exception&) {
      fail(key, "has the wrong type: " + object_.at(key).dump().substr(0, 60));
    }
  }
  Json object_;
  std::string where_;
  std::set<std::string> asked_;
};

}  // namespace treewalk
