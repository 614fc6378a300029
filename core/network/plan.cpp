// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/plan.h"

#include <algorithm>

namespace treewalk {
namespace {

void set_sources(PlanStep& step, int levels) {
  if (step.attention != PlanStep::family_attention) {
    step.first_source = step.from;
    step.last_source = step.to;
    return;
  }
  step.first_source = step.family.children && step.from > 0 ? step.from - 1 : step.from;
  step.last_source = std::min(step.to + step.family.ancestors, levels - 1);
}

PlanStep::Attention attention_named(const std::string& name) {
  return name == "grf"      ? PlanStep::masked_attention
         : name == "global" ? PlanStep::global_attention
                            : PlanStep::family_attention;
}

PlanStep attend(int from, int to, const FamilyChoice& family, int levels, const std::string& attention = "family") {
  PlanStep step;
  step.kind = PlanStep::attend;
  step.attention = attention_named(attention);
  step.from = from;
  step.to = to;
  step.family = family;
  set_sources(step, levels);
  return step;
}

PlanStep move(PlanStep::Kind kind, int level) {
  PlanStep step;
  step.kind = kind;
  step.from = step.to = level;
  return step;
}

}  // namespace

Plan make_plan(const NetworkSpec& spec, int levels, bool of_parts) {
  Plan plan;
  std::size_t blocks = 0;  // so far, over all levels
  const auto next_kind = [&] { return spec.attention[blocks++ % spec.attention.size()]; };
  if (spec.order == "together") {
    for (int l = 1; l < levels; ++l) plan.push_back(move(PlanStep::pool, l));
    if (of_parts) {
      plan.push_back(attend(0, levels - 1, spec.relations, levels));
      plan.back().kind = PlanStep::categorise;
    }
    for (int b = 0; b < spec.blocks; ++b) {
      plan.push_back(attend(0, levels - 1, spec.relations, levels, next_kind()));
      plan.back().tree = plan.back().has_mask() && spec.walks.tree && levels > 1;
    }
    return plan;
  }
  auto upwards = spec.relations;
  upwards.ancestors = 0;
  for (int l = 0; l < levels; ++l) {
    if (l > 0) plan.push_back(move(PlanStep::pool, l));
    for (int b = 0; b < spec.blocks; ++b) plan.push_back(attend(l, l, upwards, levels, next_kind()));
  }
  for (int l = levels - 2; l >= 0; --l) {
    plan.push_back(move(PlanStep::spread, l));
    for (int b = 0; b < spec.blocks; ++b) plan.push_back(attend(l, l, spec.relations, levels, next_kind()));
  }
  return plan;
}

Plan pruned(Plan plan, std::vector<bool> read) {
  const int levels = static_cast<int>(read.size());
  for (auto step = plan.rbegin(); step != plan.rend(); ++step) {
    if (step->kind == PlanStep::categorise) {
      std::fill(read.begin(), read.end(), true);
      continue;
    }
    // A level is needed before a step if it is needed after it (steps add to what is there) or is read by the step.
    int from = step->from, to = step->to;
    const bool any = std::find(read.begin() + from, read.begin() + to + 1, true) != read.begin() + to + 1;
    if (step->tree && any) {  // a part of the graph would be another graph
      std::fill(read.begin() + from, read.begin() + to + 1, true);
      continue;
    }
    while (from <= to && !read[from]) ++from;
    while (from <= to && !read[to]) --to;
    step->from = from;
    step->to = to;
    if (step->skipped()) continue;
    if (step->kind == PlanStep::attend) {
      set_sources(*step, levels);
      std::fill(read.begin() + step->first_source, read.begin() + step->last_source + 1, true);
    } else {
      read[step->kind == PlanStep::pool ? step->to - 1 : step->to + 1] = true;
    }
  }
  return plan;
}

}  // namespace treewalk
