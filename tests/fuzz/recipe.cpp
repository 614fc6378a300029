// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Any text as a recipe, and behind its first NUL byte changes with NUL bytes between them: it is refused in one line,
// or reads the same again from what it keeps of itself.
#include "core/recipe/recipe.h"

#include "core/recipe/attention_recipe.h"
#include "tests/fuzz/target.h"

using namespace treewalk;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> changes;
  for (std::size_t end = text.find('\0'), next; end != std::string::npos; end = next) {
    next = text.find('\0', end + 1);
    changes.push_back(text.substr(end + 1, next == std::string::npos ? next : next - end - 1));
  }
  text = text.substr(0, text.find('\0'));
  Recipe recipe;
  try {
    recipe = parse_recipe(text, changes);
  } catch (const Error& error) {
    CLAIM(fuzz::is_one_line(error.what()));
    return 0;
  }
  const Recipe again = parse_recipe(recipe.text, {});
  CLAIM(again.text == recipe.text && again.class_names() == recipe.class_names());
  CLAIM(again.categories == recipe.categories && again.network.widths == recipe.network.widths);
  CLAIM(again.scene.features == recipe.scene.features);
  CLAIM(attention_in_words(again) == attention_in_words(recipe) && !attention_in_words(recipe).empty());
  CLAIM(!recipe.classes.empty() && recipe.network.widths.size() == static_cast<std::size_t>(recipe.scene.levels));
  for (std::size_t c = 0; c < recipe.classes.size(); ++c)
    for (const auto& [first, last] : recipe.classes[c].source_labels) {
      CLAIM(recipe.class_of(first) == static_cast<int>(c));
      CLAIM(recipe.class_of(last) == static_cast<int>(c));
    }
  for (std::size_t k = 0; k < recipe.coarse.size(); ++k) {
    const auto& classes = recipe.coarse[k].classes;
    CLAIM(classes.size() >= 2 && classes.size() < recipe.classes.size() && again.coarse[k].classes == classes);
    const auto is_that = [&](std::uint32_t label) {
      return recipe.class_of(label) == (label == 0xffffffff ? -1 : coarse_class(static_cast<int>(k)));
    };
    for (const auto& [first, last] : recipe.coarse[k].source_labels) CLAIM(is_that(first) && is_that(last));
  }
  for (const auto& [first, last] : recipe.ignore) CLAIM(recipe.class_of(first) == -1 && recipe.class_of(last) == -1);
  return 0;
}
