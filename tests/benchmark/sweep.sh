# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Sourced by scripts that train one recipe in several ways and with several seeds; they set `program` and `work`. What
# is in `work` is not made again, so that a run that was stopped goes on, and several runs at once share the work.

# Shapes of ModelNet10's train split that are measured on and not trained on, where test is not touched: a fifth.
held='[05]$'

# one NAME SEED RECIPE DATA EPOCHS SETTING...: trains RECIPE with the settings and measures it, on the shapes held out of
# train where it is shapes10, else on val; leaves WORK/NAME-SEED.treewalk, .json with the figures, and .log.
one() {
  local model=$work/$1-$2 seed=$2 recipe=$3 data=$4 epochs=$5 training=() measuring=(--split val) setting
  shift 5
  [ "$recipe" != shapes10 ] || { training=(--without "$held") measuring=(--split train --only "$held"); }
  for setting in "$@"; do training+=(--set "$setting"); done
  (
    flock -n 9 && [ ! -e "$model.json" ] || exit 0 # another run makes it, or did
    "$program" train "$recipe" --data "$data" -o "$model.treewalk" --overwrite --epochs "$epochs" --seed "$seed" \
      "${training[@]}" --threads 1 --quiet --resume >"$model.log" 2>&1
    "$program" evaluate "$model.treewalk" --data "$data" "${measuring[@]}" --threads 1 --json "$model.json" --overwrite \
      --quiet >"$model.txt"
  ) 9>"$model.lock"
}

# figure NAME KEY: mean and deviation over the seeds, in per cent.
figure() {
  jq -s -r "map($2 * 100) | (add / length) as \$mean | [length, \$mean,
    (map((. - \$mean) * (. - \$mean)) | add / ([length - 1, 1] | max) | sqrt)] | @tsv" "$work/$1"-[0-9].json |
    awk -v name="$1 ($2)" '{ printf "%-50s %7.2f +- %.2f %%  of %d\n", name, $2, $3, $1 }'
}
