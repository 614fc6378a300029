#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Usage: bash tests/benchmark/fine_tuning.sh TREEWALK LPSB ISPRS WORK
# What three labelled clouds are worth with --init and without. Parts: a model of all kinds but one learns the parts of
# that kind from three of its shapes, and is measured on the kind's other shapes. Scenes: a model of the city sites 1 to
# 4 of the ISPRS filter test learns the forest from samp51, samp53 and samp54, and is measured on samp61.
# WORK keeps models and figures, so that a run that was stopped goes on.
set -euo pipefail
[ $# -eq 4 ] || { grep '^# Usage' "$0" >&2; exit 2; }
program=$1 lpsb=$(realpath "$2") isprs=$(realpath "$3") work=$4
shipped=$(dirname "$0")/../../samples/recipes
mkdir -p "$work"

train() { # MODEL ARGUMENTS...
  local model=$1
  shift
  [ -e "$model" ] || "$program" train "$@" -o "$model" --quiet --resume >"$model.log" 2>&1
}
accuracy() { # MODEL ARGUMENTS...: overall accuracy in percent
  local model=$1
  shift
  "$program" evaluate "$model" "$@" --json "$model.json" --overwrite --quiet >/dev/null
  jq -r '100 * (.overall_accuracy_given_class // .overall_accuracy) * 100 | round / 100' "$model.json"
}

for kind in FourLeg Chair; do
  three=$work/$kind
  mkdir -p "$three/train/$kind" "$three/test/$kind" "$work/without-$kind/train"
  for folder in "$lpsb"/train/*; do
    [ "$(basename "$folder")" = "$kind" ] || ln -sfn "$folder" "$work/without-$kind/train/$(basename "$folder")"
  done
  n=0
  for cloud in "$lpsb"/train/"$kind"/* "$lpsb"/val/"$kind"/*; do
    if [ $n -lt 3 ]; then split=train; else split=test; fi
    ln -sfn "$cloud" "$three/$split/$kind/$(basename "$cloud")"
    n=$((n + 1))
  done
  jq --arg kind "$kind" '.classes |= map(select(.category != $kind))' "$shipped/parts.json" >"$work/others-$kind.json"
  jq --arg kind "$kind" '.classes |= map(select(.category == $kind)) | .training.batch = 3 | .training.warmup = 20' \
    "$shipped/parts.json" >"$work/$kind.json"
  train "$work/others-$kind.treewalk" "$work/others-$kind.json" --data "$work/without-$kind" --epochs 60
  few=("$work/$kind.json" --data "$three" --epochs 400)
  train "$work/$kind-scratch.treewalk" "${few[@]}"
  train "$work/$kind-tuned.treewalk" "${few[@]}" --init "$work/others-$kind.treewalk" --set training.learning_rate=0.001
  echo "$kind: three shapes alone $(accuracy "$work/$kind-scratch.treewalk" --data "$three") %," \
    "from the other kinds $(accuracy "$work/$kind-tuned.treewalk" --data "$three") % of the points"
done

forest=$work/forest
mkdir -p "$forest/train" "$forest/city/train"
find "$isprs" -name 'samp*.pcd' -exec ln -sfn {} "$forest/train/" \;
find "$isprs" -name 'samp[1-4]*.pcd' -exec ln -sfn {} "$forest/city/train/" \;
train "$work/city.treewalk" terrain --data "$forest/city"
few=(terrain --data "$forest" --only '^samp5' --epochs 10)
train "$work/forest-scratch.treewalk" "${few[@]}"
train "$work/forest-tuned.treewalk" "${few[@]}" --init "$work/city.treewalk" --set training.learning_rate=0.002
there=(--data "$forest" --split train --only '^samp61$')
echo "forest: the city's model $(accuracy "$work/city.treewalk" "${there[@]}") %," \
  "three samples alone $(accuracy "$work/forest-scratch.treewalk" "${there[@]}") %," \
  "both $(accuracy "$work/forest-tuned.treewalk" "${there[@]}") % of the points"
