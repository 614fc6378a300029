// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/family_step.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "core/network/assign_entries.h"

namespace treewalk {

FamilyStep::FamilyStep(ParameterTable& table, const std::string& name, LevelRange levels, const FamilyChoice& family,
                       const NetworkSpec& spec)
    : levels(levels),
      attend_weight_(spec.attend_weight),
      family_(family),
      last_level_(static_cast<int>(spec.widths.size()) - 1) {
  const int width = spec.widths[levels.from];
  const auto keys = sources();
  FamilyBlockOptions options;
  options.heads = std::max(1, width / spec.head_width);
  options.expansion = spec.expansion;
  options.relations = 3 + family.ancestors;  // self, sibling, child and one per ancestor
  options.source_widths.assign(spec.widths.begin() + keys.from, spec.widths.begin() + keys.to + 1);
  if (spec.order == "together") options.source_widths.resize(1);  // all levels share their weights
  options.separate = spec.softmax == "separate";
  options.relation_position = spec.position != "none";
  options.query_position = spec.position == "query";
  block_ = FamilyBlock(table, name + ".family", width, options);
}

LevelRange FamilyStep::sources() const {
  return {family_.children && levels.from > 0 ? levels.from - 1 : levels.from,
          std::min(levels.to + family_.ancestors, last_level_)};
}

void FamilyStep::prune(std::vector<bool>& read) {
  levels = read_part(levels, read);
  if (!levels.empty()) mark_read(sources(), read);
}

SharedRows FamilyStep::rows_of(const Hierarchy& hierarchy, const std::vector<ChosenClusters>& clusters) const {
  const auto& first = hierarchy.first;
  const auto keys = sources();
  std::vector<AttentionRows> groups;
  for (const auto& choice : block_.row_groups(family_)) {
    auto group = family_rows(hierarchy, levels.from, levels.to, choice);
    // All groups count their keys from the first level that any of them names.
    if (group.first_key != first[keys.from]) group.rows.column.add_(group.first_key - first[keys.from]);
    group.first_key = first[keys.from];
    group.rows.columns = first[keys.to + 1] - first[keys.from];
    if (attend_weight_ && (choice.children || choice.ancestors > 0))
      for (std::size_t l = 0; l < clusters.size(); ++l)
        weigh_entries(hierarchy, static_cast<int>(l), clusters[l].seeds, clusters[l].assignment, group);
    groups.push_back(for_training_ ? with_transpose(std::move(group)) : std::move(group));
  }
  return std::make_shared<const std::vector<AttentionRows>>(std::move(groups));
}

void FamilyStep::prepare(Preparation& preparation) {
  for_training_ = preparation.for_training;
  if (preparation.clusters) return;
  auto& shared = preparation.rows[{levels.from, levels.to, family_.ancestors}];
  if (!shared) shared = rows_of(preparation.scene.hierarchy, {});
  rows = shared;
}

void FamilyStep::attend(const Weights& weights, const Hierarchy& cells, Encoding& encoding, std::vector<at::Tensor>& x,
                        Dropout* dropout) const {
  const auto& hierarchy = encoding.hierarchy_over(cells);
  auto own = rows;
  if (!own) {
    auto& shared = encoding.rows[{levels.from, levels.to, family_.ancestors}];
    if (!shared) shared = rows_of(hierarchy, encoding.clusters);
    own = shared;
  }
  const auto keys = sources();
  std::vector<at::Tensor> source(x.begin() + keys.from, x.begin() + keys.to + 1);
  if (block_.sources() == 1) source = {join_levels(x, keys)};
  const auto query = keys == levels && source.size() == 1 ? source[0] : join_levels(x, levels);
  put_levels(block_(weights, query, source, hierarchy.node, *own, dropout), levels, hierarchy, x);
}

}  // namespace treewalk
