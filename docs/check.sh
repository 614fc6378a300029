#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: bash docs/check.sh [PAGE.md]...
Checks README.md and the pages of docs, or only the pages named: builds their programs against the package in
build/install, runs their commands, and compares what they print with what they show. Needs what samples/demo.sh leaves.

A page runs in a folder of its own, build/pages/PAGE, in which build and samples are those of the checkout, so that its
commands read as in the checkout. A page with the line <!-- folder build/NAME --> runs in that folder instead.

Without a page named, docs/recipe.md must also be what the program says of recipes.

How blocks are read:
  after <!-- file NAME -->      the block is that file
  after <!-- program NAME -->   the cpp blocks up to the next such line are NAME.cpp: those that start with # stand
                                above main, the others in it, one after the other
  bash                          run, in order
  text                          lines that were printed, in order: numbers may differ by 1 %, those after ~ at will
  after <!-- ros -->            sh lines that stand in samples/ros/README.md
  without a language            only shown: drawings, and what needs another machine or other data
Any other block is an error. <!-- figures: NAME --> marks a place and means nothing here.
USAGE
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
fail() { echo "docs: $*" >&2; exit 1; }

pages=()
for argument in "$@"; do
  case $argument in
    --help | -h) usage; exit 0 ;;
    *.md) pages+=("$(realpath "$argument")") ;;
    *) usage >&2; exit 2 ;;
  esac
done
if [ ${#pages[@]} = 0 ]; then
  pages=("$root/README.md" "$root"/docs/*.md)
  "$root/build/install/bin/treewalk" info --recipe --markdown | cmp -s - "$root/docs/recipe.md" ||
    fail "docs/recipe.md is out of date; run build/install/bin/treewalk info --recipe --markdown >docs/recipe.md"
fi
[ -s "$root/build/demo/labelled.pcd" ] || fail "there is no build/demo/labelled.pcd; run bash samples/demo.sh first"

# The numbers of build jobs, and a cache of compiled files where there is one, are this machine's matter.
export CMAKE_GENERATOR=Ninja CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}
if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER=ccache; fi

blocks=0
for page in "${pages[@]}"; do
  name=$(basename "$page" .md)
  folder=$(sed -n 's/^<!-- folder \(build\/[a-z_]*\) -->$/\1/p' "$page")
  parts=$root/build/pages/$name.parts
  rm -rf "$root/${folder:-build/pages/$name}" "$parts"
  mkdir -p "$root/${folder:-build/pages/$name}" "$parts"
  [ -n "$folder" ] || ln -s "$root/build" "$root/samples" "$root/build/pages/$name/"
  folder=$root/${folder:-build/pages/$name}

  awk -v page="$name.md" -v folder="$folder" -v parts="$parts" -f "$root/docs/blocks.awk" "$page"
  (cd "$folder" && bash -euo pipefail "$parts/commands.sh") >"$parts/printed.txt" 2>&1 || {
    tail -n 40 "$parts/printed.txt" >&2
    fail "a program or command of $name.md failed; all of its output is in $parts/printed.txt"
  }
  awk -v page="$name.md" -f "$root/docs/printed.awk" "$parts/expected.txt" "$parts/printed.txt"
  while IFS= read -r line; do
    grep -qxF -- "$line" "$root/samples/ros/README.md" ||
      fail "$name.md shows '$line', which samples/ros/README.md does not have"
  done <"$parts/ros.txt"
  blocks=$((blocks + $(cat "$parts/blocks.txt")))
done
echo "$blocks passed, 0 failed"
