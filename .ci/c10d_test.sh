#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# The check of symbols passes an object that uses c10d's classes, and finds what one defines of them.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
passed=0
failed=0
# claim STATUS CODE: whether the object of this code passes (0) or not (1).
claim() {
  local status=0
  printf '%s\n' "$2" | "${CXX:-c++}" -std=c++17 -fvisibility=hidden -c -x c++ - -o "$folder/object.o"
  bash "$root/.ci/c10d.sh" "$folder/object.o" >/dev/null || status=1
  if [ "$status" = "$1" ]; then passed=$((passed + 1)); else echo "failed: $2" >&2; failed=$((failed + 1)); fi
}
store='namespace c10d { struct Store { Store(); virtual ~Store(); virtual int add(int); }; }'
claim 0 "$store int next(c10d::Store& s) { return s.add(1); }"
claim 0 "$store int next() { return c10d::Store().add(1); }"
claim 0 'namespace ours { struct Store { virtual ~Store() {} }; } ours::Store one;'
claim 1 "$store c10d::Store::~Store() {}"
claim 1 'namespace c10d { struct Work { virtual ~Work() {} }; } c10d::Work one;'
claim 1 'namespace gloo::rendezvous { struct Store { virtual ~Store() {} }; } gloo::rendezvous::Store one;'
claim 1 'namespace c10d { struct Store { virtual ~Store() {} }; } struct Own : c10d::Store {}; Own one;'
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
