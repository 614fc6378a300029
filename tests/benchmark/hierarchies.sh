#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Usage: bash tests/benchmark/hierarchies.sh TREEWALK DATA WORK [EPOCHS [SEEDS]]
# What the kind of hierarchy is worth on parts of objects: the recipe parts, smaller (2048 points, 3 blocks, 48 channels),
# with cells of the octree, clusters by position and clusters that the network chooses; trained on the train split,
# measured on val. DATA holds {train,val}/KIND/*.pcd; WORK keeps models and figures, so that a run that was stopped goes
# on. SEEDS is how many seeds a row has (default 1). Prints right points and mean IoU of shapes with the kind given, as
# means over the seeds.
set -euo pipefail
[ $# -ge 3 ] || { grep '^# Usage' "$0" >&2; exit 2; }
program=$1 data=$2 work=$3 epochs=${4:-60} seeds=${5:-1}
mkdir -p "$work"
common=(network.points=2048 'network.widths=[48,48,48,48,48]' network.blocks=3 network.tower_blocks=1
  network.point_stage=48 network.point_width=96 training.warmup=100)

# train KIND SEED SETTING...
train() {
  local model=$work/$1-$2.treewalk change=() setting
  for setting in "${common[@]}" "${@:3}"; do change+=(--set "$setting"); done
  [ -e "$model" ] || "$program" train parts --data "$data" -o "$model" --epochs "$epochs" --seed "$2" --threads 1 \
    "${change[@]}" --quiet --resume >"$model.log" 2>&1
  [ -e "$model.json" ] || "$program" evaluate "$model" --data "$data" --split val --json "$model.json" --quiet >/dev/null
}

for seed in $(seq 0 $((seeds - 1))); do
  train octree "$seed"
  train position "$seed" network.hierarchy=position network.rounds=3
  train learned "$seed" network.hierarchy=learned
done
for kind in octree position learned; do
  jq -s -r --arg name "$kind" '[ $name, (map(.overall_accuracy_given_class) | add / length * 100),
    (map(.instance_mean_iou_given_class) | add / length * 100) ] | @tsv' "$work/$kind"-?.treewalk.json |
    awk -F'\t' '{ printf "%-10s %6.2f %% of points, IoU %6.2f %%\n", $1, $2, $3 }'
done
