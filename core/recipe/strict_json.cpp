// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/recipe/strict_json.h"

#include <algorithm>
#include <sstream>

#include "treewalk/detail/words.h"

namespace treewalk {

namespace {

std::string shortened(const Json& value) {
  const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

constexpr std::size_t kLongestReason = 300;  // it repeats the text that was read last

std::string number_text(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

}  // namespace

void check_known(const std::vector<std::string>& names, const std::vector<std::string>& known,
                 const std::string& where) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw Error(where + ": \"" + name + "\" is not known; did you mean \"" + detail::nearest_word(name, known) +
                  "\"? There are " + detail::quoted_list(known));
    if (!seen.insert(name).second) throw Error(where + ": \"" + name + "\" is named twice");
  }
}

Json parse_json(const std::string& text, const std::string& what) {
  std::vector<std::set<std::string>> open;  // keys seen so far in each object that is being read
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kDeepestJson) throw Error(what + ": nested more than " + std::to_string(kDeepestJson) + " levels deep");
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key && !open.back().insert(parsed.get<std::string>()).second)
      throw Error(what + ": the key " + shortened(parsed) + " is given twice in one object");
    return true;
  };
  try {
    return Json::parse(text, watch);
  } catch (const nlohmann::json::exception& error) {
    std::string reason = error.what();
    const auto end_of_tag = reason.find("] ");  // "[json.exception.parse_error.101] parse error at line ..."
    if (end_of_tag != std::string::npos) reason = reason.substr(end_of_tag + 2);
    if (reason.size() > kLongestReason) reason = reason.substr(0, kLongestReason) + "...";
    throw Error(what + ": not valid JSON, " + reason);
  }
}

StrictObject::StrictObject(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
  if (!object_.is_object()) throw Error(where_ + ": must be an object { ... }, but is " + shortened(object_));
}

bool StrictObject::has(const std::string& key) {
  asked_.insert(key);
  return object_.contains(key);
}

std::string StrictObject::choose(const std::string& key, const std::string& fallback,
                                 const std::vector<std::string>& choices) {
  const std::string value = get<std::string>(key, fallback);
  if (std::find(choices.begin(), choices.end(), value) == choices.end())
    fail(key, "must be " + detail::quoted_list(choices) + ", but is \"" + value + "\"");
  return value;
}

Json StrictObject::raw(const std::string& key) { return has(key) ? object_.at(key) : Json(); }

StrictObject StrictObject::object(const std::string& key) {
  return StrictObject(has(key) ? object_.at(key) : Json::object(), where_ + ": " + key);
}

void StrictObject::finish() const {
  for (const auto& item : object_.items()) {
    if (asked_.count(item.key())) continue;
    // A key that is spelt right already stands in the object and is not what was meant.
    std::vector<std::string> absent;
    for (const std::string& key : asked_)
      if (!object_.contains(key)) absent.push_back(key);
    const std::string nearest = detail::nearest_word(
        item.key(), absent.empty() ? std::vector<std::string>(asked_.begin(), asked_.end()) : absent);
    throw Error(where_ + ": the key " + shortened(Json(item.key())) + " is not known" +
                (nearest.empty() ? "; no key is expected here" : "; did you mean \"" + nearest + "\"?"));
  }
}

void StrictObject::fail(const std::string& key, const std::string& complaint) const {
  throw Error(where_ + ": \"" + key + "\" " + complaint);
}

void StrictObject::miss(const std::string& key) const {
  // Where the key is absent because it was misspelt, say so rather than that it is missing.
  for (const auto& item : object_.items())
    if (!asked_.count(item.key()) && detail::edit_distance(item.key().substr(0, 64), key) <= 2)
      throw Error(where_ + ": the key " + shortened(Json(item.key())) + " is not known; did you mean \"" + key + "\"?");
  throw Error(where_ + ": the key \"" + key + "\" is missing");
}

void StrictObject::wrong_type(const std::string& key, const std::string& wanted) const {
  fail(key, "must be " + wanted + ", but is " + shortened(object_.at(key)));
}

void StrictObject::check_range(const std::string& key, double value, double low, double high) const {
  if (value >= low && value <= high) return;
  fail(key, "must lie between " + number_text(low) + " and " + number_text(high) + ", but is " + number_text(value));
}

}  // namespace treewalk
