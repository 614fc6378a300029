// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/recipe/attention_recipe.h"

#include <algorithm>
#include <cmath>

namespace treewalk {
namespace {

constexpr double kDenseRow = 1000;  // nodes of Phi beyond which a symmetric mask is not held by its entries
constexpr double kExactBall = 150;  // nodes a row may reach for its powers to be computed rather than walked

}  // namespace

const KeyFields<WalkKeys>& walk_fields() {
  using W = WalkKeys;
  static const KeyFields<W> fields{
      field("hops", &W::hops, 0, 64, "longest walk: the highest power of the matrix W"),
      choice(
          "mask", &W::symmetric, {"one-sided", "symmetric"},
          "Phi = sum_t f_t W^t with W = D^-1 A, or Phi times its transpose with W = D^-1/2 A D^-1/2; the modulation f "
          "is learned for every head"),
      field("walkers", &W::walkers, 0, 4096,
            "random walks from every cell; 0: none, powers of W are computed, exactly unless they are thinned"),
      field("frontier", &W::frontier, 0, 1 << 20,
            "powers: cells that a hop may start from; the rest is thinned out without bias; 0: all")
          .otherwise("0; 32 where rows of Phi may have more than 150 cells"),
      field("entries", &W::entries, 0, 1 << 20,
            "cells that a row of Phi may keep; the rest is thinned out without bias; 0: all")
          .otherwise("0; 40 where rows of Phi may have more than 150 cells"),
      field("halt", &W::halt, 0, 0.99, "walks: probability of halting before each hop; antithetic: at most 0.5"),
      choice("halting", &W::antithetic, {"independent", "antithetic"}, "walks: each by itself, or in antithetic pairs"),
      choice("moves", &W::independent_moves, {"repelling", "independent"},
             "walks: walkers at one cell leave it by different edges, or independently"),
      field("expected_last_hop", &W::expected_last_hop, "walks: the expectation of the last hop instead of one hop")
          .otherwise("true where halt is 0"),
      field("seed", &W::seed, "of the walks"),
      choice("drawn", &W::drawn, {"once", "per-block", "per-head"},
             "walks: shared by all blocks, or others for each block or head"),
      field("tree", &W::tree, "where a block works on several levels, walks also go between parents and children"),
      choice("path", &W::factored, {"entries", "factored"},
             "the mask entry by entry, or through Phi alone for symmetric masks too dense to hold")
          .otherwise("factored for dense symmetric masks"),
      choice("feature_map", &W::feature_map, {"relu", "elu", "exponential", "favor"},
             "what makes queries and keys weights: exponential is a softmax over the mask's entries, the others are "
             "linear attention as published")
          .otherwise("exponential; relu for path \"factored\""),
      field("features", &W::features, 0, 4096, "favor: random features of a head; 0: as many as its channels"),
      choice("diagonal", &W::independent_diagonal, {"plain", "independent"},
             "symmetric, by entries: the diagonal as it is, or from a second set of walks, without its bias"),
  };
  return fields;
}

MaskSpec mask_spec(const WalkKeys& keys, const StrictObject& object, int neighbours) {
  MaskSpec spec;
  auto& options = spec.walks;
  options.symmetric = keys.symmetric;
  options.hops = keys.hops;
  options.walkers = keys.walkers;
  const bool powers = keys.walkers == 0;
  // What is cheap is computed: a row has up to 1 + k + k^2 + ... nodes. Else it is thinned, which at equal entries
  // comes closer to the exact mask than walkers do.
  double ball = 1;
  for (int t = 1; t <= options.hops; ++t) ball += std::pow(neighbours, t);
  const bool thinned = powers && ball > kExactBall;
  options.frontier = keys.frontier.value_or(thinned ? 32 : 0);
  options.entries = keys.entries.value_or(thinned ? 40 : 0);
  if (options.frontier > 0 && !powers) object.fail("frontier", "belongs to powers, which have \"walkers\" 0");
  for (const char* key : {"halt", "halting", "moves", "expected_last_hop"})
    if (powers && object.has(key))
      object.fail(key, "belongs to random walks, and there are none; say how many with \"walkers\"");
  options.halt = keys.halt;
  options.repelling = !keys.independent_moves;
  options.antithetic = keys.antithetic;
  if (options.antithetic && options.halt > 0.5) object.fail("halt", "must be at most 0.5 for antithetic halting");
  options.expected_last_hop = keys.expected_last_hop.value_or(options.halt == 0);
  options.seed = keys.seed;
  spec.drawn = keys.drawn;
  spec.tree = keys.tree;
  // A mask has about as many entries as rows of Phi squared, unless they overlap.
  const double row = options.entries > 0 ? options.entries
                     : powers
                         ? ball
                         : 1.0 + options.walkers * double(options.expected_last_hop ? neighbours : 1) * options.hops;
  spec.factored = keys.factored.value_or(options.symmetric && row > kDenseRow);
  if (spec.factored && !options.symmetric) object.fail("path", "factored belongs to the symmetric mask");
  // Over entries the exponential itself costs no more than features that stand for it.
  spec.feature_map = keys.feature_map.value_or(spec.factored ? FeatureMap::relu : FeatureMap::exponential);
  spec.features = keys.features;
  if (spec.features > 0 && spec.feature_map != FeatureMap::favor)
    object.fail("features", "belongs to the feature map favor; the others have as many as a head is wide");
  if (spec.factored && spec.feature_map == FeatureMap::exponential)
    object.fail("path", "factored needs features; the exponential has none but favor's");
  spec.independent_diagonal = keys.independent_diagonal;
  if (spec.independent_diagonal && (!options.symmetric || spec.factored))
    object.fail("diagonal", "independent belongs to the symmetric mask with \"path\" entries");
  return spec;
}

std::string attention_in_words(const Recipe& recipe) {
  const auto& kinds = recipe.network.attention;
  std::string text;
  for (const auto& kind : kinds) text += (text.empty() ? "" : ", ") + kind;
  if (kinds.size() > 1) text += " in turn";
  if (std::find(kinds.begin(), kinds.end(), "grf") == kinds.end()) return text;
  const auto& spec = recipe.network.walks;
  const auto& walks = spec.walks;
  const auto hops = std::to_string(walks.hops) + (walks.hops == 1 ? " hop" : " hops");
  text += "; masks ";
  if (walks.exact()) {
    text += "exact over up to " + hops;
  } else if (walks.powers()) {
    text += "of up to " + hops + ", thinned without bias";
  } else {
    text += "by " + std::to_string(walks.walkers) + (walks.repelling ? " repelling" : " independent") + " walkers of " +
            (walks.halt > 0 ? "up to " : "") + hops;
    if (walks.expected_last_hop) text += ", the last one in expectation";
  }
  if (walks.frontier > 0) text += ", a frontier of " + std::to_string(walks.frontier);
  if (walks.entries > 0) text += ", " + std::to_string(walks.entries) + " entries a row";
  text += " on the " + std::to_string(recipe.scene.neighbours) + " nearest cells, ";
  text += !walks.symmetric ? "one-sided, entry by entry"
          : !spec.factored ? "symmetric, entry by entry"
                           : "symmetric, in two factors";
  return text + ", " + name_of(spec.feature_map) + (spec.feature_map == FeatureMap::exponential ? "s" : " features");
}

std::string hierarchy_in_words(const Recipe& recipe) {
  const auto& scene = recipe.scene;
  if (scene.hierarchy == "octree") return scene.branching == 2 ? "octree" : "27-way tree";
  const int levels = std::min(scene.learned_levels, scene.levels - 1);
  return std::string(scene.hierarchy == "learned" ? "learned clusters" : "clusters by position") +
         (levels > 1 ? " on levels 1 to " + std::to_string(levels) : " on level 1") + ", " +
         std::to_string(scene.rounds) + (scene.rounds == 1 ? " round" : " rounds") +
         " around the octree's cells; cells above";
}

}  // namespace treewalk
