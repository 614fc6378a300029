// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/recipe/strict_json.h"

#include <algorithm>
#include <set>

#include "treewalk/detail/words.h"

namespace treewalk {

namespace {

std::string shortened(const Json& value) {
  const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

/// "recipe: network: walks" for "network.walks".
std::string in_words(const std::string& section) {
  std::string text = "recipe";
  for (std::size_t at = 0; at < section.size();) {
    const std::size_t end = std::min(section.find('.', at), section.size());
    text += ": " + section.substr(at, end - at);
    at = end + 1;
  }
  return text;
}

constexpr std::size_t kLongestReason = 300;  // it repeats the text that was read last

}  // namespace

void check_known(const std::vector<std::string>& names, const std::vector<std::string>& known,
                 const std::string& where) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw Error(where + ": \"" + name + "\" is not known" + detail::did_you_mean(name, known) + " There are " +
                  detail::quoted_list(known));
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

StrictObject::StrictObject(const Json& object, std::string section, int number)
    : object_(object), section_(std::move(section)), where_(in_words(section_)) {
  if (number >= 0) where_ += "[" + std::to_string(number) + "]";
  if (!object_.is_object()) throw Error(where_ + ": must be an object { ... }, but is " + shortened(object_));
}

StrictObject StrictObject::object(const std::string& key) const {
  return StrictObject(has(key) ? object_.at(key) : Json::object(), section_.empty() ? key : section_ + "." + key);
}

void StrictObject::expect(const std::vector<std::string>& known) const {
  for (const auto& item : object_.items()) {
    if (std::find(known.begin(), known.end(), item.key()) != known.end()) continue;
    // A key that is spelt right already stands in the object and is less likely to be meant.
    std::vector<std::string> absent;
    for (const std::string& key : known)
      if (!object_.contains(key)) absent.push_back(key);
    throw Error(where_ + ": the key " + shortened(Json(item.key())) + " is not known" +
                hint_for(item.key(), section_, detail::likely_word(item.key(), absent).empty() ? known : absent));
  }
}

void StrictObject::fail(const std::string& key, const std::string& complaint) const {
  throw Error(where_ + ": \"" + key + "\" " + complaint);
}

void StrictObject::missing(const std::string& key) const {
  throw Error(where_ + ": the key \"" + key + "\" is missing");
}

void StrictObject::wrong_type(const std::string& key, const std::string& wanted) const {
  fail(key, "must be " + wanted + ", but is " + shortened(object_.at(key)));
}

void StrictObject::check_range(const std::string& key, double value, double low, double high, const char* found) const {
  if (value >= low && value <= high) return;
  fail(key,
       "must lie between " + number_text(low) + " and " + number_text(high) + ", " + found + " " + number_text(value));
}

}  // namespace treewalk
