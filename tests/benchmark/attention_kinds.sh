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
held='[05]$'

# one NAME SEED RECIPE DATA EPOCHS SETTING...
one() {
  local model=$work/$1-$2 name=$1 seed=$2 recipe=$3 data=$4 epochs=$5 training=() measuring=(--split val) setting
  shift 5
  [ "$recipe" != shapes10 ] || { training=(--without "$held") measuring=(--split train --only "$held"); }
  for setting in "$@"; do training+=(--set "$setting"); done
  [ ! -e "$model.json" ] && mkdir "$model.lock" 2>/dev/null || return 0
  "$program" train "$recipe" --data "$data" -o "$model.treewalk" --overwrite --epochs "$epochs" --seed "$seed" "${training[@]}" \
    --threads 1 --quiet --resume >"$model.log" 2>&1
  "$program" evaluate "$model.treewalk" --data "$data" "${measuring[@]}" --threads 1 --json "$model.json" --overwrite --quiet \
    >"$model.txt"
  rmdir "$model.lock"
}

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

# figure NAME KEY: mean and deviation in per cent
figure() {
  jq -s -r "map($2 * 100) | (add / length) as \$mean | [length, \$mean,
    (map((. - \$mean) * (. - \$mean)) | add / ([length - 1, 1] | max) | sqrt)] | @tsv" "$work/$1"-[0-9].json |
    awk -v name="$1 ($2)" '{ printf "%-50s %7.2f +- %.2f %%  of %d\n", name, $2, $3, $1 }'
}
for kind in family grf both; do
  figure "shapes10-$kind" .overall_accuracy
  figure "tabletop-$kind" .mean_iou
  figure "parts-$kind" .overall_accuracy
  figure "parts-$kind" .overall_accuracy_given_class
done
for walkers in 1 2 4; do figure "tabletop-$walkers-walkers" .mean_iou; done
