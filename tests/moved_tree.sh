#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: bash tests/moved_tree.sh
Installs what cmake/build.sh has built once more, with LibTorch bundled, into a folder that is then moved, and hides the
checkout's own LibTorch and installed tree: the program runs, and a consumer is built and runs. Needs mounts; the last
line reads 'N passed, N failed'.
USAGE
}
case ${1:-} in
  "" | --inside) ;;
  --help | -h) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$root/build/moved-tree-test
moved=$work/elsewhere
torch=$(realpath "${TREEWALK_TORCH:-$root/.deps/torch}")
. "$root/tests/packages/checks.sh"

installs() {
  cmake -DTREEWALK_BUNDLE_TORCH=ON "$root/build/libraries"
  cmake --build "$root/build/libraries" --target treewalk_core treewalk_io treewalk_pcl
  rm -rf "$work/first" "$moved" "$work/consumer"
  cmake --install "$root/build/libraries" --prefix "$work/first"
  cmake --install "$root/build/samples" --prefix "$work/first"
  mv "$work/first" "$moved"
}
installs_as_before() {
  cmake -DTREEWALK_BUNDLE_TORCH=OFF "$root/build/libraries"
  cmake --build "$root/build/libraries" --target treewalk_core
}

# LibTorch's headers leave their own names in messages; that is no place that is looked into.
names_nothing_of_here() {
  local binaries
  mapfile -t binaries < <(find "$moved" -type f \( -name treewalk -o -name 'libtreewalk_*.so*' \))
  relative_run_paths "${binaries[@]}"
  ! grep -rIF -e "$root" -e "$torch" "$moved"
}
hides() {
  mount -t tmpfs none "$root/build/install"
  mount -t tmpfs none "$root/build/libraries"
  mount -t tmpfs none "$torch/lib"
}
finds_its_libraries() {
  local file
  for file in "$moved"/bin/treewalk "$moved"/lib*/libtreewalk_*.so; do
    ldd "$file" >"$work/ldd"
    ! grep 'not found' "$work/ldd" || { echo "in $file"; return 1; }
  done
}
knows_its_models() { "$moved/bin/treewalk" info | grep -xE 'models +airborne, parts, shapes10, tabletop, terrain'; }
loads_a_model() { "$moved/bin/treewalk" info terrain | grep -E '^sha256 +[0-9a-f]{64}$'; }
builds_a_consumer() {
  cmake -S "$root/samples/consumer" -B "$work/consumer" -G Ninja "-DCMAKE_PREFIX_PATH=$moved"
  cmake --build "$work/consumer"
}
# Where there is no PCL, what needs none is found and built.
needs_no_pcl() {
  rm -rf "$work/samples"
  cmake -S "$root/samples" -B "$work/samples" -G Ninja "-DCMAKE_PREFIX_PATH=$moved" -DCMAKE_DISABLE_FIND_PACKAGE_PCL=ON
  cmake --build "$work/samples" --target 03_train_a_model
  ! grep -q 01_filter_a_cloud "$work/samples/build.ninja"
}
consumer_runs() { ldd "$work/consumer/remove_objects" | grep -F "$moved/lib/treewalk/libtorch_cpu.so"; }

inside() {
  check "what it was built from can be hidden" hides
  check "every library is found" finds_its_libraries
  check "the program finds its models" knows_its_models
  check "the program loads a model" loads_a_model
  check "a consumer is configured and linked" builds_a_consumer
  check "the consumer finds LibTorch where it was moved" consumer_runs
  check "a program without PCL is built where there is none" needs_no_pcl
  touch "$work/finished"
}

if [ "${1:-}" = --inside ]; then
  inside
  exit
fi
mkdir -p "$work/log"
rm -f "$counts" "$work/finished"
check "the tree is installed with LibTorch" installs
check "run paths are relative, and no text names the checkout or where LibTorch was" names_nothing_of_here
if unshare --mount --propagation private mount -t tmpfs none /mnt 2>/dev/null; then
  unshare --mount --propagation private bash "$0" --inside || true
  [ -e "$work/finished" ] || check "the test of the moved tree came to its end" false
else
  echo "moved: skipped the rest: mounts are not permitted here"
fi
check "the build folder looks for LibTorch as before" installs_as_before
cat "$counts"
rm -rf "$moved"
finish
