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

std::vector<std::string> parse_attention(StrictObject& network) {
  static const std::vector<std::string> known{"family", "grf", "global"};
  std::vector<std::string> names{"family"};
  if (network.has("attention")) {
    const Json value = network.raw("attention");
    names = value.is_string() ? std::vector<std::string>{value.get<std::string>()}
                              : network.get<std::vector<std::string>>("attention", {});
  }
  check_known(names, known, "recipe: network: attention");
  if (names.empty()) network.fail("attention", "must name at least one kind of attention");
  return names;
}

MaskSpec parse_walks(StrictObject walks, int neighbours) {
  MaskSpec spec;
  spec.symmetric = walks.choose("mask", "one-sided", {"one-sided", "symmetric"}) == "symmetric";
  auto& options = spec.walks;
  options.hops = walks.get_in<int>("hops", 2, 0, 64);
  // What is cheap is computed: a row has up to 1 + k + k^2 + ... nodes. Else it is thinned, which at equal entries
  // comes closer to the exact mask than walkers do.
  double ball = 1;
  for (int t = 1; t <= options.hops; ++t) ball += std::pow(neighbours, t);
  options.walkers = walks.get_in<int>("walkers", 0, 0, 4096);
  options.powers = options.walkers == 0;
  options.walkers = std::max(1, options.walkers);
  const bool thinned = options.powers && ball > kExactBall;
  options.frontier = walks.get_in<int>("frontier", thinned ? 32 : 0, 0, 1 << 20);
  options.entries = walks.get_in<int>("entries", thinned ? 40 : 0, 0, 1 << 20);
  if (options.frontier > 0 && !options.powers) walks.fail("frontier", "belongs to powers, which have \"walkers\" 0");
  for (const char* key : {"halt", "halting", "moves", "expected_last_hop"})
    if (options.powers && walks.has(key))
      walks.fail(key, "belongs to random walks, and there are none; say how many with \"walkers\"");
  options.halt = walks.get_in<double>("halt", 0, 0, 0.99);
  options.repelling = walks.choose("moves", "repelling", {"repelling", "independent"}) == "repelling";
  options.antithetic = walks.choose("halting", "independent", {"independent", "antithetic"}) == "antithetic";
  if (options.antithetic && options.halt > 0.5) walks.fail("halt", "must be at most 0.5 for antithetic halting");
  options.expected_last_hop = walks.get<bool>("expected_last_hop", options.halt == 0);
  options.seed = walks.get<std::uint64_t>("seed", 0);
  const auto drawn = walks.choose("drawn", "once", {"once", "per-block", "per-head"});
  spec.drawn = drawn == "once" ? MaskSpec::once : drawn == "per-head" ? MaskSpec::per_head : MaskSpec::per_block;
  spec.tree = walks.get<bool>("tree", true);
  // A mask has about as many entries as rows of Phi squared, unless they overlap.
  const double row = options.entries > 0 ? options.entries
                     : options.powers
                         ? ball
                         : 1.0 + options.walkers * double(options.expected_last_hop ? neighbours : 1) * options.hops;
  const bool dense = spec.symmetric && row > kDenseRow;
  spec.factored = walks.choose("path", dense ? "factored" : "entries", {"entries", "factored"}) == "factored";
  if (spec.factored && !spec.symmetric) walks.fail("path", "factored belongs to the symmetric mask");
  // Over entries the exponential itself costs no more than features that stand for it.
  spec.feature_map = feature_map_named(
      walks.choose("feature_map", spec.factored ? "relu" : "exponential", {"relu", "elu", "exponential", "favor"}));
  spec.features = walks.get_in<int>("features", 0, 0, 4096);
  if (spec.features > 0 && spec.feature_map != FeatureMap::favor)
    walks.fail("features", "belongs to the feature map favor; the others have as many as a head is wide");
  if (spec.factored && spec.feature_map == FeatureMap::exponential)
    walks.fail("path", "factored needs features; the exponential has none but favor's");
  spec.independent_diagonal = walks.choose("diagonal", "plain", {"plain", "independent"}) == "independent";
  if (spec.independent_diagonal && (!spec.symmetric || spec.factored))
    walks.fail("diagonal", "independent belongs to the symmetric mask with \"path\" entries");
  walks.finish();
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
  } else if (walks.powers) {
    text += "of up to " + hops + ", thinned without bias";
  } else {
    text += "by " + std::to_string(walks.walkers) + (walks.repelling ? " repelling" : " independent") + " walkers of " +
            (walks.halt > 0 ? "up to " : "") + hops;
    if (walks.expected_last_hop) text += ", the last one in expectation";
  }
  if (walks.frontier > 0) text += ", a frontier of " + std::to_string(walks.frontier);
  if (walks.entries > 0) text += ", " + std::to_string(walks.entries) + " entries a row";
  text += " on the " + std::to_string(recipe.scene.neighbours) + " nearest cells, ";
  text += !spec.symmetric  ? "one-sided, entry by entry"
          : !spec.factored ? "symmetric, entry by entry"
                           : "symmetric, in two factors";
  return text + ", " + name_of(spec.feature_map) + (spec.feature_map == FeatureMap::exponential ? "s" : " features");
}

}  // namespace treewalk
