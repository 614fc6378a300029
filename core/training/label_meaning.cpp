// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/label_meaning.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "treewalk/detail/words.h"

namespace treewalk {

namespace {

/// What stands for a coarse label is an int8 (see coarse_class).
constexpr std::size_t kMostSets = 126;

/// Indices of the classes of these names, ascending, each once.
std::vector<int> indices_of(const std::vector<std::string>& names, const std::vector<std::string>& known,
                            std::uint32_t label) {
  const std::string where = "the label " + std::to_string(label) + " is said to mean ";
  std::vector<int> indices;
  for (const auto& name : names) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end())
      throw Error(where + "\"" + name + "\", but the model's classes are " + detail::quoted_list(known, "and"));
    indices.push_back(static_cast<int>(found - known.begin()));
  }
  std::sort(indices.begin(), indices.end());
  indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
  if (indices.empty()) throw Error(where + "nothing; name one of the model's classes, or leave the label out");
  if (indices.size() > 1 && indices.size() == known.size())
    throw Error(where + "any of the model's " + std::to_string(known.size()) +
                " classes, so whatever it finds would be right; leave the label out");
  return indices;
}

}  // namespace

Recipe with_meaning(Recipe recipe, const std::map<std::uint32_t, std::vector<std::string>>& meaning) {
  if (meaning.empty()) return recipe;
  const auto known = recipe.class_names();
  for (auto& one : recipe.classes) one.source_labels.clear();
  recipe.coarse.clear();
  recipe.ignore = {{0, std::numeric_limits<std::uint32_t>::max()}};  // asked after the others
  for (const auto& [label, names] : meaning) {
    auto classes = indices_of(names, known, label);
    if (classes.size() == 1) {
      recipe.classes[classes.front()].source_labels.emplace_back(label, label);
      continue;
    }
    auto coarse = std::find_if(recipe.coarse.begin(), recipe.coarse.end(),
                               [&](const CoarseLabel& one) { return one.classes == classes; });
    if (coarse == recipe.coarse.end()) coarse = recipe.coarse.insert(coarse, {{}, std::move(classes)});
    coarse->source_labels.emplace_back(label, label);
  }
  if (recipe.coarse.size() > kMostSets)
    throw Error("the labels are said to mean " + std::to_string(recipe.coarse.size()) +
                " different sets of classes; measure them in turns of at most " + std::to_string(kMostSets));
  return recipe;
}

}  // namespace treewalk
