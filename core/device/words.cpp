// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/detail/words.h"

#include <algorithm>

namespace treewalk::detail {

std::string joined(const std::vector<std::string>& parts, const std::string& separator) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : separator) + parts[i];
  return text;
}

std::string quoted_list(const std::vector<std::string>& words, const std::string& last) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " " + last + " " : ", ";
    text += "\"" + words[i] + "\"";
  }
  return text;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  return cost[a.size()][b.size()];
}

std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates) {
  const auto nearer = [beginning = word.substr(0, 64)](const std::string& a, const std::string& b) {
    return edit_distance(beginning, a) < edit_distance(beginning, b);
  };
  const auto nearest = std::min_element(candidates.begin(), candidates.end(), nearer);
  return nearest == candidates.end() ? "" : *nearest;
}

std::string likely_word(std::string_view word, const std::vector<std::string>& candidates) {
  const auto beginning = word.substr(0, 64);
  const std::string nearest = nearest_word(word, candidates);
  const std::size_t bound = std::max<std::size_t>(1, (beginning.size() + 1) / 3);
  return edit_distance(beginning, nearest) <= bound ? nearest : "";
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string likely = likely_word(word, candidates);
  return likely.empty() ? "." : "; did you mean \"" + likely + "\"?";
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == 127) c = c == '\n' || c == '\t' || c == '\r' ? ' ' : '?';
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace treewalk::detail
