#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Usage: bash tests/benchmark/leave_one_site_out.sh TREEWALK RECIPE DATA [SEED]
# Trains on all sites but one and measures on that one, for every site: the first digit in the names sampNN of the
# ISPRS filter test names the site. DATA holds the samples in any folders below it. Prints total error (%) and kappa of
# each sample and their means over the samples.
set -euo pipefail
[ $# -ge 3 ] || { grep '^# Usage' "$0" >&2; exit 2; }
program=$1 recipe=$2 data=$3 seed=${4:-0}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/train"
find "$(realpath "$data")" -name 'samp*.pcd' -exec ln -s {} "$work/train/" \;
for site in $(find "$work/train" -name 'samp*.pcd' -printf '%f\n' | cut -c5 | sort -u); do
  "$program" train "$recipe" --data "$work" -o "$work/$site.treewalk" --seed "$seed" --without "^samp$site" --quiet
  "$program" evaluate "$work/$site.treewalk" --data "$work" --split train --only "^samp$site" --json "$work/$site.json" >/dev/null
done
jq -r '.per_cloud[] | [.name, 100 * (1 - .overall_accuracy), .kappa] | @tsv' "$work"/?.json |
  awk -F'\t' '{ printf "%-14s total error %6.2f %%  kappa %.4f\n", $1, $2, $3; e += $2; k += $3; n++ }
              END { printf "mean of %d     total error %6.2f %%  kappa %.4f\n", n, e / n, k / n }'
