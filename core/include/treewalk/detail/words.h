// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "treewalk/export.h"

/// Words in messages, for treewalk's own libraries and its program.
namespace treewalk::detail {

/// The parts in their order with the separator between them; empty when there are none.
TREEWALK_EXPORT std::string joined(const std::vector<std::string>& parts, const std::string& separator = ", ");

/// `"a", "b" or "c"`: for messages that list what exists. last: the word before the last one.
TREEWALK_EXPORT std::string quoted_list(const std::vector<std::string>& words, const std::string& last = "or");

/// How many insertions, deletions, substitutions and swaps of neighbours turn a into b. Takes a.size() * b.size()
/// steps.
TREEWALK_EXPORT std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate with the smallest edit distance to the first 64 bytes of `word` (the first of several); empty when
/// there is none.
TREEWALK_EXPORT std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates);

/// The candidate that `word` is likely a misspelling of: the nearest, unless it takes edits of more than a third of the
/// word's letters; empty when there is none.
TREEWALK_EXPORT std::string likely_word(std::string_view word, const std::vector<std::string>& candidates);

/// `; did you mean "width"?` for a likely word, else `.`: what follows is a new sentence.
TREEWALK_EXPORT std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

/// The text in small letters, where these are of ASCII: what keys, extensions and names of fields are compared by.
TREEWALK_EXPORT std::string lower_case(std::string_view text);

/// The text fit for a message of one line: control characters become '?', line breaks and tabs a space; none at the
/// end. So a hostile name cannot move the cursor.
TREEWALK_EXPORT std::string printable(std::string text);

}  // namespace treewalk::detail
