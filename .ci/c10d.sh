#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# No class of LibTorch's c10d or of Gloo is laid out anew in what we build: the headers that stand for Gloo's know less
# than LibTorch was built with, and a vtable from here might take the place of LibTorch's own.
#   bash .ci/c10d.sh FILE...   objects, archives or libraries that were not stripped
set -euo pipefail
status=0
for file in "$@"; do
  [ -s "$file" ] || { echo "$file is not there" >&2; exit 2; }
  found=$(nm -C "$file" 2>/dev/null | grep -E '^[0-9a-f]+ [^Uu ] (vtable|VTT|typeinfo|typeinfo name) for (c10d|gloo)::' || true)
  [ -n "$found" ] || continue
  printf '%s defines what is LibTorch'\''s:\n%s\n' "$file" "$found"
  status=1
done
exit "$status"
