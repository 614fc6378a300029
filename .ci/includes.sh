#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# The include rule: what each part of treewalk may include. CONTRIBUTING.md says why.
#   bash .ci/includes.sh [FOLDER]   the checkout, or a copy of it (.ci/includes_test.sh)
set -euo pipefail
cd "${1:-$(git rev-parse --show-toplevel)}"

status=0
# check RULE PATTERN FILE...: the includes of these files that match the pattern break the rule.
check() {
  local rule=$1 pattern=$2 lines
  shift 2
  [ $# -gt 0 ] || return 0
  lines=$(grep -HnE '^[[:space:]]*#[[:space:]]*include' "$@" | grep -P "$pattern" || true)
  [ -z "$lines" ] && return 0
  printf '%s:\n%s\n' "$rule" "$lines"
  status=1
}

files() { git ls-files --cached --others --exclude-standard -- "$@" | grep -E '\.(h|hpp|cpp|cu|cuh|inl)$' || true; }

torch='[<"](torch|ATen|c10|caffe2)/'
cuda='[<"](cuda[^"]*\.h|cuda[^/"]*/|cub/|thrust/|(ATen|c10)/cuda/|device_launch)'
pcl='[<"]pcl/'
# Headers that nvcc reads too: kernels, the plain records they take (*_arrays.h), device/ but for those of the host.
portable='core/(device/(elementary|portable|lanes|random)|\w+/(\w+_(kernel|arrays)|morton|node_record|box))\.h'
mapfile -t kernels < <(files core | grep -P "^$portable$" || true)
mapfile -t device < <(files cuda | grep -E '\.cuh?$' || true)
mapfile -t core < <(files core)
mapfile -t public < <(files core/include)
mapfile -t io < <(files core/io)
mapfile -t plugin < <(files plugin)
mapfile -t installed < <(files plugin/include)
mapfile -t samples < <(files samples)

check "kernels, the records they take and core/device include the standard library and each other only" \
  "include\s*+(?!<\w+>|\"$portable\")" "${kernels[@]}"
check "cuda/*.cu* include CUDA, the standard library and the kernels only" \
  "include\s*+(?!<\w+>|<cu[\w/]+(\.h|\.cuh)>|\"cuda/|\"$portable\")" "${device[@]}"
check "core includes neither PCL nor CUDA" "$pcl|$cuda(?<!\"cuda/)" "${core[@]}"
mapfile -t without_nanoflann < <(files core plugin samples cuda | grep -v '^core/geometry/row_division.cpp$')
check "core/geometry/row_division.cpp alone includes nanoflann" '[<"]nanoflann' "${without_nanoflann[@]}"
mapfile -t without_c10d < <(files core plugin samples cuda | grep -vE '^core/distributed/(world.cpp|gloo/)')
check "core/distributed/world.cpp alone includes c10d and what stands for Gloo" '[<"](torch/csrc/distributed|gloo)/|/gloo/' \
  "${without_c10d[@]}"
check "the core's public headers include no LibTorch and nothing private" "$torch|\"core/" "${public[@]}"
check "core/io includes no LibTorch, and of core only its public headers" "$torch|\"core/(?!io/)" "${io[@]}"
check "plugin includes no LibTorch, and of core only its public headers" "$torch|\"core/|$cuda" "${plugin[@]}"
check "the plugin's public headers include nothing private" '"(plugin|core)/' "${installed[@]}"
check "samples include installed headers only" "\"(core|plugin|cuda|tests)/|$cuda" "${samples[@]}"
mapfile -t without_torch < <(files samples | grep -v '^samples/04_masked_attention.cpp$') # it links treewalk::torch
check "samples include no LibTorch" "$torch" "${without_torch[@]}"

# A cloud walks down the folders of core once. These are all of them, each with those of the others that it may
# include: a folder above it in the list, but attention and what makes it (walks) know nothing of scenes, nor the
# other way round.
declare -A above=(
  [device]='' [distributed]='device' [geometry]='device' [walks]='device geometry' [attention]='device geometry walks'
  [scene]='device geometry' [raster]='device geometry' [features]='device geometry scene raster'
)
wings='device geometry walks attention scene raster features'
above[recipe]=$wings
above[network]="$wings recipe"
above[model]="$wings recipe network"
above[inference]="$wings recipe network model"
above[training]="distributed $wings recipe network model inference"
above[io]=''
for folder in $(files core | sed -nE 's,^core/([^/]+)/.*,\1,p' | sort -u); do
  [ "$folder" != include ] || continue
  if [ -z "${above[$folder]+known}" ]; then
    printf 'core/%s has no place in the order of the folders of core (.ci/includes.sh):\n' "$folder"
    files "core/$folder"
    status=1
    continue
  fi
  mapfile -t of_folder < <(files "core/$folder")
  allowed=$(tr ' ' '|' <<<"$folder ${above[$folder]}")
  check "core/$folder may include of core only ${above[$folder]:-itself}" "\"core/(?!(${allowed%|})/)" "${of_folder[@]}"
done
loose=$(files core | grep -E '^core/[^/]+$' || true)
if [ -n "$loose" ]; then
  printf 'files of core lie in one of its folders:\n%s\n' "$loose"
  status=1
fi

# Two types of one name in two files are one to the linker, which keeps the code of either.
twice=$(cat "${kernels[@]}" | grep -hoE '^struct [A-Za-z0-9]+ *(:|\{)' | grep -oE '^struct \w+' | sort | uniq -d)
if [ -n "$twice" ]; then
  printf 'kernels and their records have names of their own:\n%s\n' "$twice"
  status=1
fi
exit $status
