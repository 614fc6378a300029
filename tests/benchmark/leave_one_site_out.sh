#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Usage: bash tests/benchmark/leave_one_site_out.sh TREEWALK RECIPE DATA WORK [SEEDS]
# Trains on all sites but one and measures on that one, for every site: the first digit in the names sampNN of the
# ISPRS filter test names the site. DATA holds the samples in any folders below it; WORK keeps models and figures, so
# that a run that was stopped goes on. Prints total error (%) and kappa of each sample, means over the seeds 0 to
# SEEDS - 1 (default 1), and for every seed the means over the samples.
set -euo pipefail
[ $# -ge 4 ] || { grep '^# Usage' "$0" >&2; exit 2; }
program=$1 recipe=$2 data=$3 work=$4 seeds=${5:-1}
mkdir -p "$work/data/train"
find "$(realpath "$data")" -name 'samp*.pcd' -exec ln -sfn {} "$work/data/train/" \;
for seed in $(seq 0 $((seeds - 1))); do
  for site in $(find "$work/data/train" -name 'samp*.pcd' -printf '%f\n' | cut -c5 | sort -u); do
    model=$work/site$site-$seed.treewalk
    [ -e "$model" ] || "$program" train "$recipe" --data "$work/data" -o "$model" --seed "$seed" \
      --without "^samp$site" --quiet --resume >"$model.log" 2>&1
    [ -e "$model.json" ] || "$program" evaluate "$model" --data "$work/data" --split train --only "^samp$site" \
      --json "$model.json" --quiet >/dev/null
  done
done
jq -r '.seed as $seed | .per_cloud[] | [$seed, .name, 100 * (1 - .overall_accuracy), .kappa] | @tsv' "$work"/site*.json |
  sort | awk -F'\t' '
    { e[$2] += $3; k[$2] += $4; n[$2]++; se[$1] += $3; sk[$1] += $4; sn[$1]++ }
    END {
      for (s in n) printf "%-14s total error %6.2f %%  kappa %.4f\n", s, e[s] / n[s], k[s] / n[s] | "sort"
      close("sort")
      for (s = 0; s in sn; s++) { x = se[s] / sn[s]; y = sk[s] / sn[s]; ex += x; exx += x * x; ky += y; c++
        printf "seed %s, mean of %d  total error %6.2f %%  kappa %.4f\n", s, sn[s], x, y }
      d = c > 1 ? sqrt((exx - ex * ex / c) / (c - 1) + 1e-12) : 0
      printf "mean of %d seeds    total error %6.2f %% (deviation %.2f)  kappa %.4f\n", c, ex / c, d, ky / c
    }'
