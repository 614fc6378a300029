#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# The include rule catches what breaks it: each breach is planted in a copy of the sources, and has to be found.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cd "$root"
git ls-files -z --cached --others --exclude-standard -- core cuda plugin samples |
  while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
  tar --null -T - -cf - | tar -xf - -C "$copy"
git -C "$copy" init -q
git -C "$copy" -c core.autocrlf=false add -A

passed=0
failed=0
claim() { # WHAT STATUS...
  if "${@:2}"; then passed=$((passed + 1)); else echo "failed: $1" >&2; failed=$((failed + 1)); fi
}
quiet_rule() { bash "$root/.ci/includes.sh" "$copy" >"$copy.log" 2>&1; }
finds() { ! quiet_rule && grep -qF "$1" "$copy.log"; }
trap 'rm -rf "$copy" "$copy.log"' EXIT

claim "the sources keep the rule" quiet_rule
# FILE and the include that breaks the rule there.
while read -r file include; do
  existed=yes
  [ -e "$copy/$file" ] || { existed=no; mkdir -p "$(dirname "$copy/$file")"; }
  [ "$existed" = no ] || cp "$copy/$file" "$copy.kept"
  printf '#include %s\n' "$include" >>"$copy/$file"
  claim "$include in $file is found" finds "$file"
  if [ "$existed" = yes ]; then mv "$copy.kept" "$copy/$file"; else rm "$copy/$file"; fi
done <<'BREACHES'
core/geometry/graph.h "core/network/ops.h"
core/device/parallel.h "core/geometry/graph.h"
core/walks/walks.h "core/attention/attention.h"
core/scene/scene.h "core/attention/attention.h"
core/attention/simd.inl "core/scene/scene.h"
core/raster/raster.h "core/features/feature.h"
core/network/steps.cpp "core/model/model_file.h"
core/inference/session.cpp "core/training/batch.h"
core/io/pcd.cpp "core/device/parallel.h"
core/io/pcd.cpp <ATen/core/Tensor.h>
core/training/trainer.cpp "core/io/records.h"
core/include/treewalk/cloud.h <ATen/core/Tensor.h>
core/geometry/knn_kernel.h "core/geometry/knn.h"
core/geometry/row_index.cpp <nanoflann.hpp>
core/network/steps.cpp <pcl/point_types.h>
core/network/steps.cpp <cuda_runtime.h>
cuda/walks.cu <ATen/core/Tensor.h>
plugin/src/structure.cpp "core/geometry/knn.h"
plugin/include/treewalk/pcl/knn_graph.h "plugin/src/structure.h"
samples/treewalk/main.cpp "core/io/records.h"
core/elsewhere/new.h <vector>
core/loose.h <vector>
core/training/trainer.cpp <torch/csrc/distributed/c10d/Store.hpp>
core/distributed/world.h "core/distributed/gloo/context.h"
core/inference/session.cpp "core/distributed/world.h"
BREACHES
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
