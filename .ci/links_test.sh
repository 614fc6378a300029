#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# The check of links passes what is right, and finds what is not: each mistake is planted in a page of its own.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git -C "$copy" init -q
mkdir "$copy/docs"
printf '# Title\n## Two `words`, a [link](other.md)\n```\n## no heading\n```\n' >"$copy/docs/other.md"

passed=0
failed=0
# claim STATUS TEXT: whether a page of docs that holds this text passes (0) or not (1).
claim() {
  local status=0
  printf '%b\n' "$2" >"$copy/docs/page.md"
  bash "$root/.ci/links.sh" "$copy" >/dev/null 2>&1 || status=1
  if [ "$status" = "$1" ]; then passed=$((passed + 1)); else echo "failed: $2" >&2; failed=$((failed + 1)); fi
}
claim 0 '[a](other.md), [b](../docs), ![c](other.md), [d](https://example.com/none), [e](other.md#two-words-a-link)'
claim 0 '# Here\n[a](#here)'
claim 0 '```\n[a](missing.md)\n```\nand `[b](missing.md)`'
claim 1 '[a](missing.md)'
claim 1 'right: [a](other.md), wrong: [b](../missing)'
claim 1 '![a](missing.png)'
claim 1 '<img src="missing.png">'
claim 1 '[a](other.md#no-heading)'
claim 1 '[a](#here)'
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
