#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# The include rule: what each part of treewalk may include. CONTRIBUTING.md says why.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"

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

files() { git ls-files --cached --others --exclude-standard -- "$@" | grep -E '\.(h|hpp|cpp|cu|cuh)$' || true; }

torch='[<"](torch|ATen|c10|caffe2)/'
cuda='[<"](cuda[^"]*\.h|cuda[^/"]*/|cub/|thrust/|(ATen|c10)/cuda/|device_launch)'
pcl='[<"]pcl/'
# Headers that nvcc reads too: kernels, the plain records they take (*_arrays.h), device/ but for those of the host.
portable='core/(device/(?!(parallel|host_access|cpu|threads)\.h)\w+|\w+/(\w+_(kernel|arrays)|morton))\.h'
mapfile -t kernels < <(files core | grep -P "^$portable$" || true)
mapfile -t device < <(files cuda | grep -E '\.cuh?$' || true)
mapfile -t core < <(files core)
mapfile -t public < <(files core/include)
mapfile -t plugin < <(files plugin)
mapfile -t installed < <(files plugin/include)
mapfile -t samples < <(files samples)

check "kernels, morton.h and core/device include the standard library and each other only" \
  "include\s*+(?!<\w+>|\"$portable\")" "${kernels[@]}"
check "cuda/*.cu* include CUDA, the standard library and the kernels only" \
  "include\s*+(?!<\w+>|<cu[\w/]+(\.h|\.cuh)>|\"cuda/|\"$portable\")" "${device[@]}"
check "core includes neither PCL nor CUDA" "$pcl|$cuda(?<!\"cuda/)" "${core[@]}"
check "the core's public headers include no LibTorch and nothing private" "$torch|\"core/" "${public[@]}"
check "plugin includes no LibTorch, and of core only its public headers" "$torch|\"core/|$cuda" "${plugin[@]}"
check "the plugin's public headers include nothing private" '"(plugin|core)/' "${installed[@]}"
check "samples include installed headers only" "$torch|\"(core|plugin|cuda|tests)/|$cuda" "${samples[@]}"
# Two types of one name in two files are one to the linker, which keeps the code of either.
twice=$(cat "${kernels[@]}" | grep -hoE '^struct [A-Za-z0-9]+ *(:|\{)' | grep -oE '^struct \w+' | sort | uniq -d)
if [ -n "$twice" ]; then
  printf 'kernels and their records have names of their own:\n%s\n' "$twice"
  status=1
fi
exit $status
