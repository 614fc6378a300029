// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/recipe/key.h"
#include "core/recipe/strict_json.h"

// Tables of keys: one entry binds a key of a recipe to the member that takes its value, and says what it may be and
// what it means. Defaults are those of the members.
namespace treewalk {

/// A key of the object that fills an S. A sentence has to be given: field() takes no entry without one.
template <class S>
struct KeyField {
  Key key;
  std::function<void(S&, const StrictObject&)> read;

  KeyField in(std::string unit) && {
    key.unit = std::move(unit);
    return std::move(*this);
  }
  KeyField needed() && {
    key.required = true;
    return std::move(*this);
  }
  /// What an absent key stands for is worked out from others: so these words say.
  KeyField otherwise(std::string words) && {
    key.fallback.clear();
    key.otherwise = std::move(words);
    return std::move(*this);
  }
};
template <class S>
using KeyFields = std::vector<KeyField<S>>;

/// Fills `to` from an object: unknown keys and absent ones that are needed are errors; what is absent stays as it is.
template <class S>
void read_fields(const StrictObject& object, const KeyFields<S>& fields, S& to) {
  std::vector<std::string> known;
  for (const auto& field : fields) known.push_back(field.key.name);
  object.expect(known);
  for (const auto& field : fields) {
    if (field.key.required && !object.has(field.key.name)) object.missing(field.key.name);
    field.read(to, object);
  }
}

template <class S>
std::vector<Key> keys_of(const KeyFields<S>& fields) {
  std::vector<Key> keys;
  for (const auto& field : fields) keys.push_back(field.key);
  return keys;
}

/// What a recipe leaves an S at.
template <class S>
const S& defaults() {
  static S value;  // with braces, GCC 12 warns of members that it takes for uninitialised
  return value;
}

namespace detail {

template <class T>
struct Plain {
  using type = T;
  static std::string default_of(const T& value) { return Json(value).dump(); }
};
template <class T>
struct Plain<std::optional<T>> {
  using type = T;
  static std::string default_of(const std::optional<T>& value) { return value ? Json(*value).dump() : ""; }
};

template <class T>
struct Element {
  using type = T;
  static constexpr Key::Shape shape = Key::one;
};
template <class T>
struct Element<std::vector<T>> {
  using type = T;
  static constexpr Key::Shape shape = Key::list;
};

template <class T>
Key described(const char* name, const char* sentence) {
  using E = typename Element<T>::type;
  Key key;
  key.name = name;
  key.sentence = sentence;
  key.shape = Element<T>::shape;
  key.type = std::is_same_v<E, bool>                                 ? Key::flag
             : std::is_integral_v<E>                                 ? Key::whole
             : std::is_floating_point_v<E>                           ? Key::number
             : std::is_same_v<E, std::map<std::string, std::string>> ? Key::texts
                                                                     : Key::text;
  if constexpr (std::is_unsigned_v<E> && !std::is_same_v<E, bool>) key.low = 0;
  return key;
}

template <class S>
Key object_key(const char* name, const char* sentence, const KeyFields<S>& fields) {
  Key key;
  key.name = name;
  key.sentence = sentence;
  key.type = Key::object;
  key.keys = keys_of(fields);
  return key;
}

}  // namespace detail

/// A truth value, a text, a whole number of at least 0, or texts by free names.
template <class S, class M>
KeyField<S> field(const char* name, M S::*member, const char* sentence) {
  using T = typename detail::Plain<M>::type;
  KeyField<S> field{detail::described<T>(name, sentence), [name, member](S& to, const StrictObject& object) {
                      if (object.has(name)) to.*member = object.as<T>(name);
                    }};
  field.key.fallback = detail::Plain<M>::default_of(defaults<S>().*member);
  return field;
}

/// A number, or a list of them, from low to high.
template <class S, class M>
KeyField<S> field(const char* name, M S::*member, double low, double high, const char* sentence) {
  using T = typename detail::Plain<M>::type;
  KeyField<S> field{detail::described<T>(name, sentence), [=](S& to, const StrictObject& object) {
                      if (!object.has(name)) return;
                      const T value = object.as<T>(name);
                      if constexpr (std::is_arithmetic_v<T>) {
                        object.check_range(name, static_cast<double>(value), low, high);
                      } else {
                        for (const auto one : value) object.check_range(name, one, low, high, "but one is");
                      }
                      to.*member = value;
                    }};
  field.key.low = low;
  field.key.high = high;
  field.key.fallback = detail::Plain<M>::default_of(defaults<S>().*member);
  return field;
}

/// Two numbers from low to high, the first not above the second. alone: one number x stands for [0, x].
template <class S, class M>
KeyField<S> interval(const char* name, M S::*member, double low, double high, const char* sentence,
                     bool alone = false) {
  KeyField<S> field{detail::described<std::vector<double>>(name, sentence), [=](S& to, const StrictObject& object) {
                      if (!object.has(name)) return;
                      const auto value = alone && object.at(name).is_number()
                                             ? std::vector<double>{0, object.as<double>(name)}
                                             : object.as<std::vector<double>>(name);
                      if (value.size() != 2 || !(low <= value[0] && value[0] <= value[1] && value[1] <= high))
                        object.fail(name, "must be two numbers in rising order between " + number_text(low) + " and " +
                                              number_text(high) + ", but is " + object.at(name).dump());
                      to.*member = {value[0], value[1]};
                    }};
  if (alone) field.key.shape = Key::one_or_list;
  field.key.count = 2;
  field.key.low = low;
  field.key.high = high;
  field.key.fallback = detail::Plain<M>::default_of(defaults<S>().*member);
  return field;
}

/// One of these words: a text member gets the word, another (bool, enum, int) its place in the list.
template <class S, class M>
KeyField<S> choice(const char* name, M S::*member, const std::vector<std::string>& choices, const char* sentence) {
  using T = typename detail::Plain<M>::type;
  KeyField<S> field{detail::described<std::string>(name, sentence), [=](S& to, const StrictObject& object) {
                      if (!object.has(name)) return;
                      const auto value = object.as<std::string>(name);
                      const auto at = std::find(choices.begin(), choices.end(), value) - choices.begin();
                      if (at == static_cast<std::ptrdiff_t>(choices.size()))
                        object.fail(name, "must be " + detail::quoted_list(choices) + ", but is \"" + value + "\"");
                      if constexpr (std::is_same_v<T, std::string>) {
                        to.*member = value;
                      } else {
                        to.*member = static_cast<T>(at);
                      }
                    }};
  field.key.choices = choices;
  if constexpr (std::is_same_v<M, std::string>) {
    field.key.fallback = (defaults<S>().*member).empty() ? "" : Json(defaults<S>().*member).dump();
  } else if constexpr (std::is_same_v<M, T>) {
    field.key.fallback = Json(choices[static_cast<std::size_t>(defaults<S>().*member)]).dump();
  }
  return field;
}

/// A list of some of these words, each at most once; alone: or just one of them. choices empty: any words, checked by
/// whoever knows which there are.
template <class S>
KeyField<S> names(const char* name, std::vector<std::string> S::*member, const std::vector<std::string>& choices,
                  const char* sentence, bool alone = false) {
  KeyField<S> field{
      detail::described<std::vector<std::string>>(name, sentence), [=](S& to, const StrictObject& object) {
        if (!object.has(name)) return;
        const bool one = alone && !object.at(name).is_array();
        to.*member =
            one ? std::vector<std::string>{object.as<std::string>(name)} : object.as<std::vector<std::string>>(name);
        if (!choices.empty()) check_known(to.*member, choices, object.where() + ": " + name);
      }};
  if (alone) field.key.shape = Key::one_or_list;
  field.key.choices = choices;
  field.key.fallback = Json(defaults<S>().*member).dump();
  return field;
}

/// A text of a certain form, which `must` says: "must " goes before it.
template <class S>
KeyField<S> pattern(const char* name, std::string S::*member, const std::string& form, bool (*fits)(const std::string&),
                    const std::string& must, const char* sentence) {
  KeyField<S> result = field(name, member, sentence);
  result.key.pattern = form;
  result.read = [=](S& to, const StrictObject& object) {
    if (!object.has(name)) return;
    const auto value = object.as<std::string>(name);
    if (!fits(value)) object.fail(name, "must " + must + ", but is \"" + value + "\"");
    to.*member = value;
  };
  return result;
}

/// An object that fills a member; absent is as empty.
template <class S, class T>
KeyField<S> object(const char* name, T S::*member, const KeyFields<T>& fields, const char* sentence) {
  return {detail::object_key(name, sentence, fields),
          [=](S& to, const StrictObject& from) { read_fields(from.object(name), fields, to.*member); }};
}

/// An object that is there or not. main: the setting that may also stand alone in its place.
template <class S, class T>
KeyField<S> object(const char* name, std::optional<T> S::*member, const KeyFields<T>& fields, const char* main,
                   const char* sentence) {
  KeyField<S> result{
      detail::object_key(name, sentence, fields), [=](S& to, const StrictObject& from) {
        if (!from.has(name)) return;
        const Json& value = from.at(name);
        const bool alone = main[0] != 0 && !value.is_object();
        T read;
        read_fields(StrictObject(alone ? Json{{main, value}} : value, from.section() + "." + name), fields, read);
        to.*member = std::move(read);
      }};
  result.key.main = main;
  return result;
}

/// An object whose keys fill the same struct as those beside it.
template <class S>
KeyField<S> section(const char* name, const KeyFields<S>& fields, const char* sentence) {
  return {detail::object_key(name, sentence, fields),
          [=](S& to, const StrictObject& from) { read_fields(from.object(name), fields, to); }};
}

/// A field of a part as a field of the whole; `part` finds the one in the other.
template <class S, class T, class Part>
KeyField<S> of_part(const KeyField<T>& field, Part part) {
  return {field.key, [part, read = field.read](S& to, const StrictObject& object) { read(part(to), object); }};
}

}  // namespace treewalk
