#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Usage: bash tests/ctest.sh [-R REGEX] [-L REGEX] [-j N] [--timeout SECONDS] BUILD_FOLDER...
# Runs the tests of built folders (those whose name, or whose label, matches), shows the output of those that fail, and
# counts GoogleTest's cases over all of them. A program counts its cases; a test that is no GoogleTest program, or that
# crashed, counts as one. -j: so many side by side, or as many as there are cores; --timeout: of one program, 900.
set -euo pipefail

export OMP_WAIT_POLICY=passive # test programs run side by side; idle threads should not spin
summary=$(dirname "${BASH_SOURCE[0]}")/summary.awk
options=(-j "$(nproc)" --timeout 900) # the last of each counts
while [[ ${1:-} == -* ]]; do
  options+=("$1" "$2")
  shift 2
done
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for folder in "$@"; do
  ctest --test-dir "$folder" "${options[@]}" --no-tests=error -V >>"$log" 2>&1 || echo "ctest failed" >>"$log"
  echo "end of folder" >>"$log"
done
awk -f "$summary" "$log"
