#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# docs/check.sh passes a page whose blocks are right, and says what is wrong with others.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work" "$root/build/pages/planted" "$root/build/pages/planted.parts"' EXIT

passed=0
failed=0
# claim WORDS TEXT: checking a page that holds this text ends with a line that has these words.
claim() {
  printf '%b\n' "$2" >"$work/planted.md"
  if { bash "$root/docs/check.sh" "$work/planted.md" 2>&1 || true; } | tail -n 1 | grep -qF -- "$1"; then
    passed=$((passed + 1))
  else
    echo "failed: not '$1': $2" >&2
    failed=$((failed + 1))
  fi
}
claim '2 passed, 0 failed' '```bash\necho 100 points in 3 s\n```\n```text\n100.5 points in ~9 s\n```'
claim '2 passed, 0 failed' '<!-- file a/b -->\n```json\nword\n```\n```bash\ngrep word a/b\n```\n```\nonly shown\n```'
claim '1 passed, 0 failed' '<!-- figures: some-name -->\n```bash\nls build/install samples/demo.sh\n```'
claim "planted.md shows '6 points'" '```bash\necho 5 points\n```\n```text\n6 points\n```'
claim 'a program or command of planted.md failed' '```bash\nfalse\n```'
claim "nothing checks a block of 'cpp'" '```cpp\nint main() {}\n```'
claim "nothing checks a block of 'json'" '```json\n{}\n```'
claim 'an unknown mark' '<!-- fole a -->'
claim 'an unknown mark' '<!-- folder ../elsewhere -->'
claim 'a block does not end' '```bash\ntrue'
claim 'a mark without a block' '<!-- file a -->\nprose'
claim 'a block starts and ends at the margin' '  ```bash\n  true\n  ```'
claim 'samples/ros/README.md does not have' '<!-- ros -->\n```sh\nroslaunch nothing\n```'
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
