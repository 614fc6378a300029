#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
set -euo pipefail

if [ $# -gt 0 ]; then
  echo "Usage: bash tests/run.sh"
  echo "Sets treewalk up, builds it, and runs every test; the last line reads 'N passed, N failed'."
  case $1 in --help | -h) exit 0 ;; *) exit 2 ;; esac
fi

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bash "$root/cmake/build.sh" --tests
bash "$root/tests/ctest.sh" "$root/build/libraries" "$root/build/samples"
