#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# A file is one idea and a function fits a screen: no source has more than 400 lines, and no function of what is
# installed more than 60. README.md has at most 100 lines.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"
[ "$(wc -l <README.md)" -le 100 ] || { echo "README.md: more than 100 lines; leave the rest to docs" >&2; exit 1; }
git ls-files --cached --others --exclude-standard -- '*.h' '*.hpp' '*.cpp' '*.inl' '*.cu' '*.cuh' |
  while IFS= read -r file; do [ ! -e "$file" ] || echo "$file"; done | xargs awk '
  # As clang-format lays code out, a function begins where a statement does, at the margin or in a class, and ends at
  # the next brace with the same indent.
  function check_file() {
    if (length_of_file > 400) {
      printf "%s: %d lines; look for the second idea in it\n", file, length_of_file
      bad = 1
    }
  }
  FNR == 1 { if (NR > 1) check_file(); file = FILENAME; delete first; product = file !~ /^tests\// }
  { length_of_file = FNR; match($0, /^ */); indent = RLENGTH }
  indent > 2 || /^ *$/ || /^ *(\/\/|\/?\*|#|public:|private:|protected:)/ { next }
  !/^ *\}/ { first[indent] = FNR; head[indent] = $0; next }
  product && first[indent] && head[indent] ~ /\(/ && head[indent] !~ /=( \{)?$/ {
    if (FNR - first[indent] - 1 > 60) {
      printf "%s:%d: a function of %d lines; name its parts\n", file, first[indent], FNR - first[indent] - 1
      bad = 1
    }
  }
  END { check_file(); exit bad }'
