#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Usage: bash tests/benchmark/attention_kinds.sh TREEWALK MODELNET10 MOSD LPSB WORK [SEEDS]
# Family attention, masks of walks, and both in turn, on the same budget: the recipes shapes10 (16 epochs, measured on
# the shapes of train whose number ends in 0 or 5, which it does not see), tabletop (30 epochs, on val) and parts (40
# epochs, on val); then tabletop with masks by 1, 2 and 4 walkers. No test split is touched. Prints mean and deviation
# over the seeds (default 3). WORK keeps models and figures, so that a run that was stopped goes on; several runs at once
# share the work.
set -euo pipefail
[ $# -ge 5 ] || { grep '^# Usage' "$0" >&2; exit 2; }
program=$1 modelnet10=$2 mosd=$3 lpsb=$4 work=$5 seeds=${6:-3}
mkdir -p "$work"
. "$(dirname "${BASH_SOURCE[0]}")/sweep.sh"

family=network.attention=family grf=network.attention=grf both='network.attention=["grf","family"]'
for seed in $(seq 0 $((seeds - 1))); do
  for kind in family grf both; do
    one "shapes10-$kind" "$seed" shapes10 "$modelnet10" 16 "${!kind}"
    one "tabletop-$kind" "$seed" tabletop "$mosd" 30 "${!kind}"
    one "parts-$kind" "$seed" parts "$lpsb" 40 "${!kind}"
  done
  for walkers in 1 2 4; do
    one "tabletop-$walkers-walkers" "$seed" tabletop "$mosd" 30 "$grf" \
      "network.walks={\"walkers\":$walkers,\"expected_last_hop\":false}"
  done
done

for kind in family grf both; do
  figure "shapes10-$kind" .overall_accuracy
  figure "tabletop-$kind" .mean_iou
  figure "parts-$kind" .overall_accuracy
  figure "parts-$kind" .overall_accuracy_given_class
done
for walkers in 1 2 4; do figure "tabletop-$walkers-walkers" .mean_iou; done
