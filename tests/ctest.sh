#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Usage: bash tests/ctest.sh [-R REGEX] BUILD_FOLDER...
# Runs the tests of built folders (those whose name matches), shows the output of those that fail, and counts GoogleTest's cases over all of them.
# A program counts its cases; a test that is no GoogleTest program, or that crashed, counts as one.
set -euo pipefail

export OMP_WAIT_POLICY=passive # test programs run side by side; idle threads should not spin
summary=$(dirname "${BASH_SOURCE[0]}")/summary.awk
chosen=()
if [ "${1:-}" = -R ]; then
  chosen=(-R "$2")
  shift 2
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for folder in "$@"; do
  ctest --test-dir "$folder" "${chosen[@]}" -j "$(nproc)" --no-tests=error --timeout 900 -V >>"$log" 2>&1 ||
    echo "ctest failed" >>"$log"
  echo "end of folder" >>"$log"
done
awk -f "$summary" "$log"
