// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace treewalk {

/// What a key of a recipe takes, and what is said of it wherever recipes are explained: in errors, by `treewalk info
/// --recipe`, in the JSON Schema and in docs/recipe.md. All of them read this and nothing else.
struct Key {
  /// labels: "5", "20-65535"; texts: by free names; names_by_labels: lists of names, by labels.
  enum Type { flag, whole, number, text, labels, texts, names_by_labels, object };
  enum Shape { one, list, one_or_list };
  std::string name, sentence;
  Type type = text;
  Shape shape = one;
  std::size_t count = 0;  ///< elements of a list, 0: any; two numbers are in rising order
  double low = -std::numeric_limits<double>::infinity(), high = -low;  ///< of numbers, also of those in a list
  std::string unit;                                                    ///< of numbers
  std::vector<std::string> choices;                                    ///< of texts; empty: any text
  std::string pattern;                                                 ///< of texts: a regular expression, or empty
  std::string fallback;   ///< what an absent key stands for, as JSON; empty: see `otherwise`
  std::string otherwise;  ///< what an absent key stands for, in words, where that is no fixed value
  bool required = false;  ///< absent is an error
  std::string main;       ///< of objects: the setting that may also stand alone in the object's place
  std::vector<Key> keys;  ///< of objects
};

/// The whole recipe: an object whose `keys` are those of its first level.
const Key& recipe_key();

/// The key of that name in an object; nullptr when there is none.
const Key* find_key(const Key& object, const std::string& name);

/// What to say of a key that is not known in the object at `section` ("" or "network.walks", without the numbers of
/// lists): " here; it belongs to \"training\"", "; did you mean \"epochs\"?" for the nearest of the object's own
/// `candidates`, or of those of other sections; "" when nothing is near.
std::string hint_for(const std::string& unknown, const std::string& section,
                     const std::vector<std::string>& candidates);

/// A number as people write it: 0.5, 1000000, 1e9.
std::string number_text(double value);

/// "a whole number from 1 to 64", and so on: what a value of the key looks like.
std::string takes(const Key& key);

}  // namespace treewalk
