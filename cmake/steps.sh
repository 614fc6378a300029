# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Sourced by build.sh and package.sh, which set `root`: how they configure and compile, and what they show of it.
build=$root/build
logs=$build/log
name=$(basename "$0" .sh)

# A file that includes LibTorch or PCL takes up to 1.5 GB to compile.
jobs=$(awk -v cores="$(nproc)" '/MemAvailable/ { n = int($2 / 1.5e6); print n < 1 ? 1 : n < cores ? n : cores }' \
  /proc/meminfo)
common=(-G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_EXPORT_COMPILE_COMMANDS=ON)
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
    echo "$name: failed; the whole output is in $log" >&2
    exit 1
  }
}

# Shows the compiler's progress on a terminal, and a word about it elsewhere.
compile() {
  local log=$1 folder=$2
  shift 2
  if [ -t 1 ]; then
    cmake --build "$folder" -j "$jobs" --target "$@"
  else
    step "$log-build" cmake --build "$folder" -j "$jobs" --target "$@"
  fi
}
