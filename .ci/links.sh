#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Every relative link of every page leads to a file or folder that is there, and every #part to a heading of its page.
#   bash .ci/links.sh [FOLDER]   the checkout, or a copy of it (.ci/links_test.sh)
set -euo pipefail
cd "${1:-$(git rev-parse --show-toplevel)}"

# Lines of a page outside of its blocks and without `code`.
prose() { awk '/^```/ { block = !block; next } !block' "$1" | sed 's/`[^`]*`//g'; }
# The names that headings of a page have in links: small letters, words joined by hyphens, no other signs.
headings() {
  awk '/^```/ { block = !block; next } !block && /^#+ /' "$1" | sed 's/^#* //; s/`//g; s/\[\([^]]*\)\]([^)]*)/\1/g' |
    tr '[:upper:]' '[:lower:]' | sed 's/[^[:alnum:] _-]//g; s/ /-/g'
}

status=0
links=0
while IFS= read -r page; do
  while IFS= read -r link; do
    case $link in http://* | https://* | mailto:*) continue ;; esac
    links=$((links + 1))
    file=${link%%#*}
    target=$page
    [ -z "$file" ] || target=$(dirname "$page")/$file
    if [ ! -e "$target" ]; then
      echo "$page: '$link' is not there"
      status=1
    elif [ "$link" != "$file" ] && ! headings "$target" | grep -qxF -- "${link#*#}"; then
      echo "$page: '$link': $target has no such heading"
      status=1
    fi
  done < <(prose "$page" | grep -oE '\]\([^) ]+\)|(src|href)="[^"]+"' | sed -E 's/^(\]\(|[a-z]+=")//; s/[)"]$//')
done < <(git ls-files --cached --others --exclude-standard -- '*.md')
[ "$status" != 0 ] || echo "$links links lead somewhere"
exit "$status"
