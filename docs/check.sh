#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: bash docs/check.sh
Checks docs/tutorial.md: builds its programs against the package in build/install, runs its commands, and compares what
they print. All of it lies in build/tutorial then. Needs what samples/demo.sh leaves.

How blocks are read:
  after <!-- file NAME -->      the block is that file
  after <!-- program NAME -->   the cpp blocks up to the next such line are NAME.cpp: those that start with # stand
                                above main, the others in it, one after the other
  bash                          run, in order, in build/tutorial
  text                          lines that were printed, in order: numbers may differ by 1 %, those after ~ at will
  after <!-- ros -->            sh lines that stand in samples/ros/README.md
Any other block is an error, and so is a link to a file that is not there.
USAGE
}
if [ $# -gt 0 ]; then
  usage
  case $1 in --help | -h) exit 0 ;; *) exit 2 ;; esac
fi

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
page=$root/docs/tutorial.md
folder=$root/build/tutorial
fail() { echo "docs: $*" >&2; exit 1; }

[ -s "$root/build/demo/labelled.pcd" ] || fail "there is no build/demo/labelled.pcd; run bash samples/demo.sh first"
rm -rf "$folder"
mkdir -p "$folder"
awk -v folder="$folder" -f "$root/docs/blocks.awk" "$page"

# The numbers of build jobs, and a cache of compiled files where there is one, are this machine's matter.
export CMAKE_GENERATOR=Ninja CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}
if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
(cd "$folder" && bash -euo pipefail commands.sh) >"$folder/printed.txt" 2>&1 || {
  tail -n 40 "$folder/printed.txt" >&2
  fail "a program or command of the tutorial failed; all of its output is in build/tutorial/printed.txt"
}
awk -f "$root/docs/printed.awk" "$folder/expected.txt" "$folder/printed.txt"

if [ -s "$folder/ros.txt" ]; then
  while IFS= read -r line; do
    grep -qxF -- "$line" "$root/samples/ros/README.md" || fail "samples/ros/README.md has no line '$line'"
  done <"$folder/ros.txt"
fi
while IFS= read -r link; do
  case $link in http*) continue ;; esac
  [ -e "$root/docs/${link%%#*}" ] || fail "the tutorial links to '$link', which is not there"
done < <(grep -o '](\([^)]*\))' "$folder/prose.txt" | sed 's/^](//; s/)$//')
echo "$(cat "$folder/blocks.txt") passed, 0 failed"
