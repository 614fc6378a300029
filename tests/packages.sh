#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: bash tests/packages.sh [--files]
Tests the packages in build/packages (cmake/package.sh makes them): first as files, then as somebody would use them who
has a fresh Debian of this machine's release. That one is a folder, build/packages-test/root, which debootstrap fills;
the last line reads 'N passed, N failed'. Needs root; without it, or without mounts, only the first half is run.
  --files   only the first half: seconds instead of minutes, and nothing is downloaded
Mounts are made in a namespace of their own and end with it, however the test ends. The system's packages come from
where this machine has its own, and are kept in build/packages-test for the next time.
USAGE
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
packages=$root/build/packages
work=$root/build/packages-test
clean=$work/root
. "$root/tests/packages/checks.sh"

if [ "${1:-}" = --inside ]; then
  . "$root/tests/packages/clean_root.sh"
  exit
fi
files_only=no
case ${1:-} in
  "") ;;
  --files) files_only=yes ;;
  --help | -h) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac
ls "$packages"/*.deb >/dev/null 2>&1 || {
  echo "packages: '$packages' holds no packages; 'bash cmake/package.sh' makes them" >&2
  exit 1
}
mkdir -p "$work/log"
rm -f "$counts"
trap 'rm -rf --one-file-system "$clean"' EXIT

. "$root/tests/packages/files.sh"
if [ "$files_only" = yes ]; then finish; fi
# It reads LibTorch for a minute or two; meanwhile the rest goes on.
if command -v lintian >/dev/null; then
  # The authors have no address and no bug list in Debian.
  lintian --allow-root --fail-on error,warning --tag-display-limit 0 --suppress-tags \
    malformed-contact,bogus-mail-host-in-debian-changelog,initial-upload-closes-no-bugs \
    "$packages"/*.deb >"$work/log/lintian.txt" 2>&1 &
  lintian=$!
fi
if [ "$(id -u)" != 0 ]; then
  echo "packages: skipped the clean root: it needs root"
elif ! command -v debootstrap >/dev/null; then
  echo "packages: skipped the clean root: debootstrap was not found; 'bash cmake/setup.sh --debs' installs it"
elif ! unshare --mount --pid --fork --propagation private mount -t proc proc /proc 2>"$work/log/unshare.txt"; then
  echo "packages: skipped the clean root: mounts are not permitted here ($(tail -n 1 "$work/log/unshare.txt"))"
else
  unshare --mount --pid --fork --kill-child --propagation private bash "$0" --inside || true
  [ -e "$work/finished" ] || check "the test in the clean root came to its end" false
fi
if [ -n "${lintian:-}" ]; then
  status=0
  wait "$lintian" || status=$?
  cat "$work/log/lintian.txt"
  check "lintian has no errors and no warnings" same "$status" 0
else
  echo "packages: skipped lintian: it was not found"
fi
finish
