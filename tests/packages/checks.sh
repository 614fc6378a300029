# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Sourced by tests/packages.sh and its parts, and by other tests of what is installed: counting of claims. The counts
# lie in a file, for shells within shells, and how long each claim took beside them.
counts=$work/counts
log=$work/log/checks.txt

# check CLAIM COMMAND...: the claim holds if the command does; its output is shown only if not.
check() {
  local claim=$1 start=$SECONDS status
  shift
  # A shell of its own, where 'set -e' holds: it does not in a command whose status is looked at.
  set +e
  (set -e; "$@") >"$log" 2>&1
  status=$?
  set -e
  if [ "$status" = 0 ]; then
    echo "passed $((SECONDS - start)) s: $claim" >>"$counts"
  else
    echo "failed $((SECONDS - start)) s: $claim" >>"$counts"
    echo "FAILED: $claim"
    tail -n 15 "$log" | sed 's/^/  /'
  fi
}

same() {
  [ "$1" = "$2" ] || { printf 'found    %s\nexpected %s\n' "$1" "$2"; return 1; }
}

# relative_run_paths FILE...: every run path starts at the file itself.
relative_run_paths() {
  local file path
  for file in "$@"; do
    for path in $(readelf -d "$file" | sed -n 's/.*R\(UN\)\?PATH.*\[\(.*\)\]/\2/p' | tr ':' ' '); do
      [[ $path == '$ORIGIN'* ]] || { echo "$file looks into $path"; return 1; }
    done
  done
}

finish() {
  touch "$counts"
  local failed
  failed=$(grep -c ^failed "$counts" || true)
  echo "$(grep -c ^passed "$counts" || true) passed, $failed failed"
  [ "$failed" = 0 ]
  exit
}
