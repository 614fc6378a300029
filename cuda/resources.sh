#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: bash cuda/resources.sh [--check]
Compiles the kernels for three generations of GPUs and writes what a thread of each takes to cuda/resources.txt:
registers, bytes of stack, and the warps that a multiprocessor can hold at a time. A kernel that spills registers is an
error.
  --check   write nothing; fail where cuda/resources.txt says something else
USAGE
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
table=$root/cuda/resources.txt
check=no
case ${1:-} in
  '') ;;
  --check) check=yes ;;
  --help | -h) usage; exit 0 ;;
  *) echo "resources: unknown option '$1' (see --help)" >&2; exit 2 ;;
esac
PATH=$PATH:/usr/local/cuda/bin
command -v nvcc >/dev/null || { echo "resources: nvcc is not on this machine" >&2; exit 2; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The options of cuda/CMakeLists.txt, which names a file and its options on one line.
options() {
  echo -std=c++17 -O3 -I "$root"
  grep "set_source_files_properties.*$(basename "$1")" "$root/cuda/CMakeLists.txt" | grep -oE -- '--(fmad=false|expt-[a-z-]+)' || true
}
compile() {
  # shellcheck disable=SC2046
  nvcc $(options "$1") -arch="sm_$2" -Xptxas -v -cubin -o "$folder/$(basename "$1").$2.cubin" "$1" \
    >"$folder/$(basename "$1").$2.log" 2>&1 || { cat "$folder/$(basename "$1").$2.log" >&2; return 255; }
}
export -f compile options
export folder root PATH
for file in "$root"/cuda/*.cu; do
  for generation in 80 90 120; do echo "$file $generation"; done
done | xargs -P "$(nproc)" -L 1 bash -euo pipefail -c 'compile "$0" "$1"'

awk '
  # Warps of 128-thread blocks that a multiprocessor holds: registers come in 256 a warp, a quarter of them to each of
  # its four parts.
  function warps(registers, generation,    most, blocks, of_registers) {
    most = generation == 120 ? 48 : 64
    of_registers = int(65536 / 4 / (int((registers * 32 + 255) / 256) * 256)) * 4
    blocks = int((of_registers < most ? of_registers : most) / 4)
    return blocks * 4 * 100 / most
  }
  FNR == 1 { generation = FILENAME; sub(/\.log$/, "", generation); sub(/.*\./, "", generation) }
  /Compiling entry function/ {
    name = $0; sub(/.*entry function ./, "", name); sub(/. for .sm_.*/, "", name)
  }
  /spill stores/ { stack = $1; if ($5 + 0 > 0 || $9 + 0 > 0) { print "spills: " name " on sm_" generation > "/dev/stderr"; bad = 1 } }
  /Used [0-9]+ registers/ {
    used = $0; sub(/.*Used /, "", used); sub(/ registers.*/, "", used)
    names[name] = 1
    value[name, generation] = sprintf("%4d %6d %5d %%", used, stack, warps(used, generation))
  }
  END {
    if (bad) exit 1
    for (name in names) printf "%s|%s|%s|%s\n", name, value[name, 80], value[name, 90], value[name, 120]
  }' "$folder"/*.log >"$folder/rows"
{
  echo "What a thread of each kernel takes (bash cuda/resources.sh): registers, bytes of stack, and resident warps in"
  echo "percent of what a multiprocessor can hold, in blocks of 128 threads. No kernel spills registers."
  echo
  printf '%-44s %19s  %19s  %19s\n' kernel sm_80 sm_90 sm_120
  while IFS='|' read -r name a b c; do
    mangled=$(c++filt -t "$name" 2>/dev/null || echo "$name")
    short=$(sed -E 's/^void treewalk::run_body(_lanes)?<treewalk:://; s/ *>\(treewalk.*$//; s/treewalk:://g' <<<"$mangled")
    printf '%-44s %19s  %19s  %19s\n' "$short" "$a" "$b" "$c"
  done <"$folder/rows" | LC_ALL=C sort
} >"$folder/table"

if [ "$check" = no ]; then
  cp "$folder/table" "$table"
elif ! diff "$table" "$folder/table" >&2; then
  echo "resources: the kernels take other resources than cuda/resources.txt says; 'bash cuda/resources.sh' writes it" >&2
  exit 1
fi
