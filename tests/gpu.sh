#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: bash tests/gpu.sh [--no-packages]
A verdict on the GPU path of this checkout, in build/gpu/report.txt and report.json. Nothing is asked in between.
With a GPU (driver, CUDA toolkit 13): builds with the kernels, with PCL and libraries of file formats where they are
found; runs every test, the device tests on the GPU too; runs those under compute-sanitizer (memcheck, racecheck, synccheck); and measures a cloud.
Without one: compiles and links the kernels where nvcc is found, runs the device tests on the device that stands in for
a GPU, and says what was left out.
  --no-packages   leave the system's packages alone (see cmake/setup.sh); then what is not there is left out
The status is 0 when nothing failed. Logs of all steps lie beside the report.
USAGE
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
setup=()
for argument in "$@"; do
  case $argument in
    --help | -h) usage; exit 0 ;;
    --no-packages) setup+=(--no-packages) ;;
    *) echo "gpu: unknown option '$argument' (see --help)" >&2; exit 2 ;;
  esac
done
cd "$root"
export PATH=$PATH:/usr/local/cuda/bin OMP_WAIT_POLICY=passive
folder=$root/build/gpu
mkdir -p "$folder"
rm -f "$folder"/*.txt "$folder"/*.json
steps=() # "NAME|passed|what it came to"

record() {
  steps+=("$1|$2|$3")
  printf '%-28s %-9s %s\n' "$1" "$2" "$3"
}
left_out() { record "$1" "left out" "$2"; }
# check NAME COMMAND...: its output goes to a log, of which the last line tells what it came to.
check() {
  local log=$folder/$1.txt step=$1 status=passed
  shift
  "$@" >"$log" 2>&1 || status=failed
  record "$step" "$status" "$(grep -v '^[[:space:]]*$' "$log" | tail -n 1 | cut -c 1-160)"
  [ "$status" = passed ]
}

card=
if command -v nvidia-smi >/dev/null; then
  card=$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null | head -n 1 || true)
fi
echo "GPU: ${card:-none}"

ok=yes
check setup bash cmake/setup.sh "${setup[@]}" || ok=no
sources=()
[ -d /usr/include/gtest ] || sources=(-DTREEWALK_GTEST_SOURCE="${TREEWALK_GTEST_SOURCE:-/usr/src/googletest}")
there() { if compgen -G "/usr/include/$1" >/dev/null; then echo ON; else echo OFF; fi; }
libraries=("-DTREEWALK_PCL=$(there 'pcl-1.*')" "-DTREEWALK_LZF=$(there liblzf)" "-DTREEWALK_HDF5=$(there hdf5)")
build() { # FOLDER SETTING...
  local to=$1
  shift
  cmake -S . -B "$to" -G Ninja -DCMAKE_BUILD_TYPE=Release "${sources[@]}" "$@" && cmake --build "$to" && cmake --build "$to" --target device_benchmark
}
kernels() { cmake --preset cuda-compile "${sources[@]}" && cmake --build --preset cuda-compile; }
tests() { bash tests/ctest.sh "$@" | tail -n 40; }
device_tests() { # FOLDER COMMAND...: every device test by itself, under a command or none
  local from=$1 program failed=0 count=0
  shift
  for program in "$from"/tests/device_*_test "$from"/tests/row_ops_test; do
    count=$((count + 1))
    "$@" "$program" || failed=$((failed + 1))
  done
  echo "$((count - failed)) programs passed, $failed failed"
  [ "$failed" = 0 ]
}

if [ "$ok" = yes ] && [ -n "$card" ]; then
  if check build build build/gpu-tests -DTREEWALK_CUDA=ON "${libraries[@]}" -DCMAKE_CUDA_ARCHITECTURES=native; then
    check tests tests build/gpu-tests || ok=no
    export TREEWALK_TEST_DEVICE=cuda
    check device-tests device_tests build/gpu-tests || ok=no
    if command -v compute-sanitizer >/dev/null; then
      for tool in memcheck racecheck synccheck; do
        check "$tool" device_tests build/gpu-tests compute-sanitizer --tool "$tool" --error-exitcode 9 || ok=no
      done
    else
      left_out compute-sanitizer "it is not on this machine (CUDA toolkit, package cuda-sanitizer)"
    fi
    unset TREEWALK_TEST_DEVICE
    check benchmark build/gpu-tests/tests/benchmark/device_benchmark cuda 1000000 || ok=no
  else
    ok=no
  fi
elif [ "$ok" = yes ]; then
  if command -v nvcc >/dev/null; then
    check kernels kernels || ok=no
    check without-driver bash tests/without_driver.sh build/cuda-compile || ok=no
    check resources bash cuda/resources.sh --check || ok=no
  else
    left_out kernels "nvcc is not on this machine"
  fi
  if check build build build/gpu-tests -DTREEWALK_CUDA=OFF -DTREEWALK_PCL=OFF; then
    check device-tests device_tests build/gpu-tests || ok=no
    check benchmark build/gpu-tests/tests/benchmark/device_benchmark cpu 1000000 || ok=no
  else
    ok=no
  fi
  left_out gpu "no GPU was found: tests and benchmark on it, memcheck, racecheck and synccheck"
fi

for step in "${steps[@]}"; do [[ $step != *'|failed|'* ]] || ok=no; done
verdict=passed
[ "$ok" = yes ] || verdict=failed
quoted() { sed 's/\\/\\\\/g; s/"/\\"/g; s/[[:cntrl:]]/ /g' <<<"$1"; }
{
  echo "treewalk on ${card:-a machine without a GPU}: $verdict"
  for step in "${steps[@]}"; do IFS='|' read -r a b c <<<"$step"; printf '%-28s %-9s %s\n' "$a" "$b" "$c"; done
  [ ! -s "$folder/benchmark.txt" ] || { echo; cat "$folder/benchmark.txt"; }
} >"$folder/report.txt"
{
  printf '{"verdict": "%s", "gpu": "%s", "steps": [' "$verdict" "$(quoted "${card:-}")"
  comma=
  for step in "${steps[@]}"; do
    IFS='|' read -r a b c <<<"$step"
    printf '%s{"name": "%s", "result": "%s", "text": "%s"}' "$comma" "$(quoted "$a")" "$b" "$(quoted "$c")"
    comma=', '
  done
  printf '], "benchmark": ['
  # STAGE  MEASURED ms   traffic BYTES MB: PREDICTED ms ...
  [ ! -s "$folder/benchmark.txt" ] || sed -nE \
    's/^  (.*[^ ]) +([0-9.]+) ms +traffic +([0-9.]+) MB: +([0-9.]+) ms .*/{"stage": "\1", "ms": \2, "traffic_mb": \3, "predicted_ms": \4}/p' \
    "$folder/benchmark.txt" | paste -sd, | tr -d '\n'
  echo ']}'
} >"$folder/report.json"
echo "$verdict: build/gpu/report.txt, build/gpu/report.json"
[ "$ok" = yes ]
