#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: bash cmake/build.sh [--tests] [-D...]
Sets up (cmake/setup.sh), builds the libraries, installs them into build/install, then builds the program from
samples/ against that installed package, as any consumer would, and installs it beside them.
  --tests   also build the tests
  -D...     further settings for CMake, such as -DTREEWALK_CUDA=OFF
USAGE
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build
logs=$build/log
targets=(treewalk_core treewalk_pcl)
settings=()
for argument in "$@"; do
  case $argument in
    --help | -h) usage; exit 0 ;;
    --tests) targets=(all) ;;
    -D*) settings+=("$argument") ;;
    *) echo "build: unknown option '$argument' (see --help)" >&2; exit 2 ;;
  esac
done

bash "$root/cmake/setup.sh"
mkdir -p "$logs"

# A file that includes LibTorch or PCL takes up to 1.5 GB to compile.
jobs=$(awk -v cores="$(nproc)" '/MemAvailable/ { n = int($2 / 1.5e6); print n < 1 ? 1 : n < cores ? n : cores }' \
  /proc/meminfo)
common=(-G Ninja "-DCMAKE_INSTALL_PREFIX=$build/install" -DCMAKE_BUILD_TYPE=Release)
if command -v ccache >/dev/null; then
  common+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1 # the same cache serves other checkouts
fi

# Runs a command with its output in a log, shown only if it fails.
step() {
  local log=$logs/$1.txt
  shift
  "$@" >"$log" 2>&1 || {
    grep -E 'error|Error|FAILED' "$log" | head -n 20 >&2 || true
    tail -n 30 "$log" >&2
    echo "build: failed; the whole output is in $log" >&2
    exit 1
  }
}

# Shows the compiler's progress on a terminal, and a word about it elsewhere.
compile() {
  local name=$1 folder=$2
  shift 2
  if [ -t 1 ]; then
    cmake --build "$folder" -j "$jobs" --target "$@"
  else
    step "$name-build" cmake --build "$folder" -j "$jobs" --target "$@"
  fi
}

[ -e "$build/install/bin/treewalk" ] || echo "build: compiling treewalk; the first time this takes some minutes"
step libraries-configure cmake -S "$root" -B "$build/libraries" "${common[@]}" "${settings[@]}"
compile libraries "$build/libraries" "${targets[@]}"
step libraries-install cmake --install "$build/libraries"
step samples-configure cmake -S "$root/samples" -B "$build/samples" "${common[@]}" \
  "-DCMAKE_PREFIX_PATH=$build/install" "-DCMAKE_INSTALL_RPATH=\$ORIGIN/../lib"
compile samples "$build/samples" all
step samples-install cmake --install "$build/samples"
