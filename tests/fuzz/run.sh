#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: bash tests/fuzz/run.sh [--runs N | --seconds S] [--seed N] [--no-build] [TARGET...]
Sets treewalk up, builds the fuzzers with clang in build/fuzz, and runs each target for N inputs or S seconds (by
default 30 seconds); the last line reads 'N passed, N failed'. An input that breaks a claim, takes more than 10 seconds
or asks for more than 64 MB at once is kept in build/fuzz/findings/TARGET. New inputs go to build/fuzz/inputs/TARGET,
where the next run goes on; tests/fuzz/corpus stays as it is.
  --seed N     the same inputs again, as far as the time allows; by default others in every run
  --no-build   run what is built
Targets: pcd ply off las coordinate_system filter recipe model_file (default: all)
A long run: bash tests/fuzz/run.sh --runs 10000000
An input again: build/fuzz/fuzz_TARGET FILE
USAGE
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$root/build/fuzz
all=(pcd ply off las coordinate_system filter recipe model_file)
limit=-max_total_time=30
seed=0
with_build=yes
targets=()
fail() { echo "fuzz: $*" >&2; exit 2; }
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --no-build) with_build=no ;;
    --runs | --seconds | --seed)
      [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || fail "$1 needs a whole number above 0, not '${2:-}'"
      case $1 in
        --runs) limit=-runs=$2 ;;
        --seconds) limit=-max_total_time=$2 ;;
        --seed) seed=$2 ;;
      esac
      shift ;;
    -*) fail "unknown option '$1' (see --help)" ;;
    *)
      [[ " ${all[*]} " = *" $1 "* ]] || fail "there is no target '$1'; there are ${all[*]}"
      targets+=("$1") ;;
  esac
  shift
done
[ ${#targets[@]} -gt 0 ] || targets=("${all[@]}")

quietly() {
  local log=$build/$1.txt
  shift
  "$@" >"$log" 2>&1 || { tail -n 40 "$log" >&2; echo "fuzz: failed; the whole output is in $log" >&2; exit 1; }
}

if [ "$with_build" = yes ]; then
  bash "$root/cmake/setup.sh" --dev
  bash "$root/cmake/build.sh"
  mkdir -p "$build"
  quietly core cmake --build "$root/build/libraries" -j "$(nproc)" --target treewalk_core_tested
  settings=(-DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ "-DCMAKE_PREFIX_PATH=$root/build/install"
    "-DTREEWALK_CORE_ARCHIVE=$root/build/libraries/core/libtreewalk_core_tested.a")
  if command -v ccache >/dev/null; then
    settings+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
  fi
  quietly configure cmake -S "$root/tests/fuzz" -B "$build" -G Ninja "${settings[@]}"
  quietly build cmake --build "$build" -j "$(nproc)" --target "${targets[@]/#/fuzz_}"
fi

# Allocations without their stacks, which are found again by running an input by itself.
export ASAN_OPTIONS=malloc_context_size=0:quarantine_size_mb=4:thread_local_quarantine_size_kb=16:${ASAN_OPTIONS:-}
export UBSAN_OPTIONS=print_stacktrace=1:${UBSAN_OPTIONS:-}
passed=0
failed=0
for target in "${targets[@]}"; do
  inputs=$build/inputs/$target findings=$build/findings/$target log=$build/$target.txt
  mkdir -p "$inputs" "$findings"
  # Inputs of models hold all of a small network, those of LAS a header and some points.
  length=1024
  case $target in
    model_file) length=12288 ;;
    las) length=4096 ;;
  esac
  if "$build/fuzz_$target" "$limit" "-seed=$seed" "-max_len=$length" -timeout=10 -rss_limit_mb=2048 \
    -malloc_limit_mb=64 -entropic=0 -print_final_stats=1 \
    "-artifact_prefix=$findings/" "$inputs" "$root/tests/fuzz/corpus/$target" >"$log" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    grep -E 'ERROR|runtime error|does not hold|what\(\)|Test unit written' "$log" >&2 || tail -n 20 "$log" >&2
  fi
  echo "$target: $(awk '/^stat::number_of_executed_units/ { n = $2 } /^stat::average_exec_per_sec/ { s = $2 }
    END { print n + 0, "inputs,", s + 0, "a second" }' "$log")"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
