#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Usage: bash tests/benchmark/grf_scenes.sh TREEWALK MOSD WORK [SECONDS [SEEDS]]
# Attention on scenes of many nodes: the recipe tabletop with cells of 4 mm, of which a whole scene has about 57,000, with
# masks of walks ("grf"), without a mask (linear attention over all cells of a level, "global") and with
# family attention. Each kind trains for as many epochs as take SECONDS (default 600) on one thread, by the time of its
# second epoch, and is measured on val. Prints mean and deviation over the seeds (default 1). WORK keeps models and
# figures, so that a run that was stopped goes on; several runs at once share the work, but not the clock: only one run
# gives equal times.
set -euo pipefail
[ $# -ge 3 ] || { grep '^# Usage' "$0" >&2; exit 2; }
program=$1 mosd=$2 work=$3 seconds=${4:-600} seeds=${5:-1}
mkdir -p "$work"
. "$(dirname "${BASH_SOURCE[0]}")/sweep.sh"
recipe=$(dirname "${BASH_SOURCE[0]}")/../../samples/recipes/tabletop_grf.json
kinds=(grf global family)

# Epochs that fit, from a trial of two: "epoch 2 of 2: ..., 12 s" says how long both took.
epochs_of() { # KIND
  local trial=$work/trial-$1
  [ -e "$trial.log" ] || "$program" train "$recipe" --data "$mosd" -o "$trial.treewalk" --overwrite --epochs 2 \
    --set "network.attention=$1" --threads 1 >"$trial.log" 2>&1
  awk -v seconds="$seconds" '/^epoch 1 of 2/ { first = $(NF - 1) } /^epoch 2 of 2/ { print int(seconds / ($(NF - 1) - first)) }' \
    <(tr '\r' '\n' <"$trial.log")
}

for seed in $(seq 0 $((seeds - 1))); do
  for kind in "${kinds[@]}"; do
    epochs=$(epochs_of "$kind")
    echo "$kind: $epochs epochs"
    one "$kind" "$seed" "$recipe" "$mosd" "$epochs" "network.attention=$kind"
  done
done
for kind in "${kinds[@]}"; do figure "$kind" .mean_iou; done
