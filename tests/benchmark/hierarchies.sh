#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Usage: bash tests/benchmark/hierarchies.sh TREEWALK WORK [--lpsb DATA] [--modelnet10 DATA] [--mosd DATA]
#          [--isprs DATA] [--seeds N]
# What the kind of hierarchy is worth: cells of the octree, clusters by position, and clusters that the network chooses,
# each on the same budget, on the data sets that are given.
#   LPSB        the recipe parts, smaller (2048 points, 3 blocks of 48 channels), 60 epochs, measured on val
#   ModelNet10  shapes10, 16 epochs, on the shapes of train whose number ends in 0 or 5, which it does not see
#   mOSD        tabletop, 30 epochs, on val
#   ISPRS       terrain, whole, each site measured with a model of the others (leave_one_site_out.sh)
# No test split is touched. Prints mean and deviation over the seeds (default 1). WORK keeps models and figures, so that a
# run that was stopped goes on; several runs at once share the work.
set -euo pipefail
usage() { sed -n '/^# Usage/,/^set/{/^#/s/^# \?//p}' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
program=$1 work=$2 seeds=1
shift 2
declare -A data
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || usage
  case $1 in
    --lpsb | --modelnet10 | --mosd | --isprs) data[${1#--}]=$2 ;;
    --seeds) seeds=$2 ;;
    *) usage ;;
  esac
  shift 2
done
[ ${#data[@]} -gt 0 ] || usage
mkdir -p "$work"
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/sweep.sh"

kinds=(octree position learned)
declare -A network=([octree]='{"hierarchy":"octree"}' [position]='{"hierarchy":"position","rounds":3}'
  [learned]='{"hierarchy":"learned"}')
smaller_parts=(network.points=2048 'network.widths=[48,48,48,48,48]' network.blocks=3 network.tower_blocks=1
  network.point_stage=48 network.point_width=96 training.warmup=100)

for seed in $(seq 0 $((seeds - 1))); do
  for kind in "${kinds[@]}"; do
    mapfile -t change < <(jq -r 'to_entries[] | "network.\(.key)=\(.value)"' <<<"${network[$kind]}")
    [ -z "${data[lpsb]:-}" ] ||
      one "parts-$kind" "$seed" parts "${data[lpsb]}" 60 "${smaller_parts[@]}" "${change[@]}"
    [ -z "${data[modelnet10]:-}" ] ||
      one "shapes10-$kind" "$seed" shapes10 "${data[modelnet10]}" 16 training.warmup=100 "${change[@]}"
    [ -z "${data[mosd]:-}" ] || one "tabletop-$kind" "$seed" tabletop "${data[mosd]}" 30 "${change[@]}"
  done
done

for kind in "${kinds[@]}"; do
  [ -z "${data[lpsb]:-}" ] || for key in .overall_accuracy .overall_accuracy_given_class .instance_mean_iou_given_class; do
    figure "parts-$kind" "$key"
  done
  [ -z "${data[modelnet10]:-}" ] || figure "shapes10-$kind" .overall_accuracy
  [ -z "${data[mosd]:-}" ] || figure "tabletop-$kind" .mean_iou
  if [ -n "${data[isprs]:-}" ]; then
    recipe=$work/terrain-$kind.json
    jq ".network += ${network[$kind]}" "$here/../../samples/recipes/terrain.json" >"$recipe"
    echo "terrain-$kind"
    bash "$here/leave_one_site_out.sh" "$program" "$recipe" "${data[isprs]}" "$work/terrain-$kind" "$seeds"
  fi
done
