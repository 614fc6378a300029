#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Usage: bash tests/benchmark/ablation.sh TREEWALK DATA WORK [EPOCHS [SEEDS]]
# What each choice of family attention is worth on ModelNet10: every row trains the recipe shapes10 with one change on
# the train split without the shapes whose number ends in 0 or 5, and measures on those. The test split is not touched.
# DATA holds {train,test}/CLASS/*.pcd; WORK keeps models and figures, so that a run that was stopped goes on. SEEDS is
# how many seeds a row has (default 1). Prints the mean overall accuracy and clouds per second.
set -euo pipefail
[ $# -ge 3 ] || { grep '^# Usage' "$0" >&2; exit 2; }
program=$1 data=$2 work=$3 epochs=${4:-8} seeds=${5:-1}
mkdir -p "$work"
held='[05]$'

row() {
  local name=$1 change=() setting seed
  shift
  for setting in "$@"; do change+=(--set "$setting"); done
  for seed in $(seq 0 $((seeds - 1))); do
    local model=$work/$name-$seed.treewalk
    [ -e "$model" ] || "$program" train shapes10 --data "$data" -o "$model" --without "$held" --epochs "$epochs" \
      --seed "$seed" --set training.warmup=100 "${change[@]}" --quiet --resume >"$model.log" 2>&1
    [ -e "$model.json" ] || "$program" evaluate "$model" --data "$data" --split train --only "$held" \
      --json "$model.json" --quiet >/dev/null
  done
  jq -s -r --arg name "$name" '[ $name, (map(.overall_accuracy) | add / length * 100), (map(.clouds_per_second) | add / length) ] | @tsv' \
    "$work/$name"-?.treewalk.json | awk -F'\t' '{ printf "%-28s %6.2f %%  %6.0f clouds/s\n", $1, $2, $3 }'
}

row default
row siblings-of-the-tree network.siblings=tree
row separate-softmaxes network.softmax=separate
row position-of-relation-only network.position=relation
row no-position network.position=none
row no-siblings 'network.relations=["children","ancestors"]'
row no-children 'network.relations=["siblings","ancestors"]'
row no-ancestors 'network.relations=["siblings","children"]'
row parent-only 'network.relations=["siblings","children","parent"]'
row three-levels network.levels=3 'network.widths=[64,64,64]'
row five-levels network.levels=5 'network.widths=[64,64,64,64,64]'
row branching-3 network.branching=3 network.levels=3 'network.widths=[64,64,64]'
row two-blocks network.blocks=2
row five-blocks network.blocks=5
row no-point-stage network.point_stage=0
row no-covariance 'features=["coordinates","offset","normal","shape","density"]'
