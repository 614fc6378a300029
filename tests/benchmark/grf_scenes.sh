#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Usage: bash tests/benchmark/grf_scenes.sh TREEWALK MOSD WORK [SECONDS [SEEDS]]
# Attention on scenes of many nodes: the recipe tabletop with cells of 4 mm, of which a whole scene has about 57,000, with
# masks of walks ("grf"), without a mask (linear attention over all cells of a level, "global") and with
# family attention. Each kind trains for as many epochs as take SECONDS (default 600) of processor time, by the second and
# third epoch of a trial, and is measured on val. Prints mean and deviation over the seeds (default 1). WORK keeps models and
# figures, so that a run that was stopped goes on; several runs at once share the work.
set -euo pipefail
[ $# -ge 3 ] || { grep '^# Usage' "$0" >&2; exit 2; }
program=$1 mosd=$2 work=$3 seconds=${4:-600} seeds=${5:-1}
mkdir -p "$work"
. "$(dirname "${BASH_SOURCE[0]}")/sweep.sh"
recipe=$(dirname "${BASH_SOURCE[0]}")/../../samples/recipes/tabletop_grf.json
kinds=(grf global family)

# User and system time of a training of some epochs.
seconds_of() { # KIND EPOCHS
  local trial=$work/trial-$1-$2
  if [ ! -e "$trial.txt" ]; then
    (TIMEFORMAT='%U %S' && time "$program" train "$recipe" --data "$mosd" -o "$trial.treewalk" --overwrite --epochs "$2" \
      --set "network.attention=$1" --threads 1 --quiet >"$trial.log" 2>&1) 2>"$trial.new"
    mv "$trial.new" "$trial.txt"
  fi
  awk '{ print $1 + $2 }' "$trial.txt"
}

epochs_of() { # KIND
  awk -v seconds="$seconds" -v three="$(seconds_of "$1" 3)" -v one="$(seconds_of "$1" 1)" \
    'BEGIN { print int(2 * seconds / (three - one)) }'
}

for seed in $(seq 0 $((seeds - 1))); do
  for kind in "${kinds[@]}"; do
    epochs=$(epochs_of "$kind")
    echo "$kind: $epochs epochs"
    one "$kind" "$seed" "$recipe" "$mosd" "$epochs" "network.attention=$kind"
  done
done
for kind in "${kinds[@]}"; do figure "$kind" .mean_iou; done
