# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# What the steps of tests/gpu.sh do. Usage: bash tests/gpu/steps.sh FUNCTION ARGUMENT..., or any command; in the folder
# of the checkout.
set -euo pipefail

# configure FOLDER SETTING...
configure() {
  local to=$1
  shift
  cmake -S . -B "$to" -G Ninja -DCMAKE_BUILD_TYPE=Release "$@"
}
# compile FOLDER TARGET...: what can be built is built, also where something else cannot.
compile() {
  local to=$1
  shift
  cmake --build "$to" --target "$@" -- -k 0
  echo "built $*"
}
kernels() { # SETTING...
  cmake --preset cuda-compile "$@"
  cmake --build --preset cuda-compile
}
all_tests() { bash tests/ctest.sh "$1"; }
# Some side by side: they share the GPU, and most of their time is the host's.
device_tests() { bash tests/ctest.sh -L '^device$' -j 6 --timeout "$2" "$1"; }
benchmark() { # FOLDER DEVICE POINTS REPEATS JSON
  "$1/tests/benchmark/device_benchmark" "${@:2}"
}

# sanitized TOOL OPTION... -- PROGRAM FILTER [PROGRAM FILTER]...: tests under a tool of compute-sanitizer.
sanitized() {
  local tool=$1 options=() failed=0 count=0
  shift
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  shift
  while [ $# -gt 0 ]; do
    echo "$tool: $(basename "$1") $2"
    count=$((count + 1))
    compute-sanitizer --tool "$tool" --error-exitcode 9 "${options[@]}" "$1" --gtest_filter="$2" || failed=$((failed + 1))
    shift 2
  done
  echo "$tool: $((count - failed)) programs passed, $failed failed"
  [ "$failed" = 0 ]
}

"$@"
