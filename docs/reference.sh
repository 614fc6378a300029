#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
set -euo pipefail

if [ $# -gt 0 ]; then
  echo "Usage: bash docs/reference.sh"
  echo "Makes the reference of the installed headers in build/docs/reference; whatever is not documented is an error."
  case $1 in --help | -h) exit 0 ;; *) exit 2 ;; esac
fi

cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v doxygen >/dev/null || { echo "reference: doxygen is missing: bash cmake/setup.sh --dev" >&2; exit 1; }
rm -rf build/docs/reference
mkdir -p build/docs
doxygen docs/Doxyfile
[ -s build/docs/reference/index.html ] || { echo "reference: doxygen wrote no index.html" >&2; exit 1; }
