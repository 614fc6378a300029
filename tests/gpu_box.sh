#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: bash tests/gpu_box.sh
Builds the preset gpu-box, its CPU half, as a machine would that has a compiler, CMake, Ninja and LibTorch and no
network: in a fresh Debian in a folder, without PCL and without a library for any file format. The headers of JSON for
Modern C++, CLI11 and libmd and the sources of GoogleTest are given in a folder, as they would be carried there. Then
runs the tests of files, models and data sets and the program. Needs root and mounts; the last line reads
'N passed, N failed'.
USAGE
}
case ${1:-} in
  "" | --inside) ;;
  --help | -h) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$root/build/gpu-box-test
clean=$work/root
torch=$(realpath "${TREEWALK_TORCH:-$root/.deps/torch}")
tests=(io_test io_hostile_test layouts_test no_hdf5_test off_test text_layouts_test model_file_test shipped_models_test)
cache=$(ccache -k cache_dir 2>/dev/null || echo "$work/cache")
. "$root/tests/packages/checks.sh"

# What the headers of libraries are, and nothing of their code: libmd.so.0 belongs to dpkg.
carry() {
  local to=$clean/carried
  mkdir -p "$to/include" "$to/share/cmake"
  cp -r /usr/include/nlohmann /usr/include/CLI /usr/include/sha2.h "$to/include/"
  cp -r /usr/share/cmake/nlohmann_json /usr/share/cmake/CLI11 "$to/share/cmake/"
  cp -r /usr/src/googletest "$to/"
}

# What is lent keeps its place; the checkout with its build folder, LibTorch, the cache of compiled files.
lend() {
  local folder
  for folder in "$root" "$(dirname "$torch")" "$cache"; do
    mkdir -p "$folder" "$clean$folder"
    mount --bind "$folder" "$clean$folder"
  done
}

in_box() {
  unshare --net chroot "$clean" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/root ${LANG:+LANG="$LANG"} \
    TREEWALK_TORCH="$torch" CCACHE_DIR="$cache" CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1 ${CCACHE_MAXSIZE:+CCACHE_MAXSIZE="$CCACHE_MAXSIZE"} \
    bash -euc "cd '$root'; $1"
}

set_up() {
  make_root g++,cmake,ninja-build,ccache
  carry
  lend
}
has_none_of_the_libraries() {
  local found
  found=$(find "$clean/usr" \( -name 'libpcl*' -o -name 'libhdf5*' -o -name 'liblzf*' -o -name 'libpng*' \
    -o -name 'json.hpp' -o -name 'CLI.hpp' -o -name 'sha2.h' -o -name 'gtest.h' \))
  same "$found" ""
}
has_no_network() { same "$(in_box "sed '1,2d; s/:.*//; s/ //g' /proc/net/dev")" lo; }

# As CMakePresets.json has it, but for CUDA.
configures() {
  in_box "cmake --preset gpu-box -B build/gpu-box-cpu -DTREEWALK_CUDA=OFF -DCMAKE_PREFIX_PATH=/carried \
    -DTREEWALK_GTEST_SOURCE=/carried/googletest -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_C_COMPILER_LAUNCHER=ccache"
}
builds() {
  in_box "cmake --build build/gpu-box-cpu -j $(nproc) --target treewalk_core treewalk_io treewalk_program \
    03_train_a_model ${tests[*]}"
}
passes() { in_box "build/gpu-box-cpu/tests/$1"; }

program=build/gpu-box-cpu/samples/treewalk/treewalk
models=samples/models
tells_of_a_model() { in_box "$program info $models/terrain.treewalk" | grep -E '^sha256 +[0-9a-f]{64}$'; }
segments() {
  in_box "$program segment /points.pcd -m $models/terrain.treewalk -o /labelled.pcd --html /labelled.html"
  in_box "$program info /labelled.pcd" | grep -E '^ *label +uint32 '
  grep -a 'DATA binary$' "$clean/labelled.pcd" # what a build without LZF writes
}
says() {
  local status=0
  in_box "$1" >"$work/said" 2>&1 || status=$?
  same "$status" 1
  same "$(wc -l <"$work/said")" 1
  grep -F "$2" "$work/said"
}

inside() {
  . "$root/tests/support/clean_root.sh"
  check "a fresh Debian of $release has a compiler, CMake and Ninja" set_up
  check "it has none of the libraries" has_none_of_the_libraries
  check "it has no network" has_no_network
  check "the preset configures" configures
  check "core, files, program and tests build" builds
  for test in "${tests[@]}"; do check "$test passes" passes "$test"; done
  awk 'BEGIN {
    print "VERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH 10000\nHEIGHT 1\nPOINTS 10000"
    print "DATA ascii"
    for (i = 0; i < 10000; ++i) print i % 100, int(i / 100), (i % 100 > 40 && i % 100 < 60 ? 5 : 0)
  }' >"$clean/points.pcd"
  sed 's/DATA ascii/DATA binary_compressed/' "$clean/points.pcd" >"$clean/packed.pcd"
  check "the program tells what a model holds" tells_of_a_model
  check "the program labels a cloud" segments
  check "the program says that it reads no compressed .pcd" says "$program info /packed.pcd" "reads no compressed .pcd"
  check "the program says that it writes no PNG" says "$program view /points.pcd -o /points.png" "writes no PNG"
  touch "$work/finished"
}

if [ "${1:-}" = --inside ]; then
  inside
  exit
fi
mkdir -p "$work/log"
rm -f "$counts" "$work/finished"
trap 'rm -rf --one-file-system "$clean"' EXIT
if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null ||
  ! unshare --mount --pid --fork --propagation private mount -t proc proc /proc 2>/dev/null; then
  echo "gpu-box: skipped: it needs root, mounts, and debootstrap ('bash cmake/setup.sh --debs' installs it)"
  finish
fi
unshare --mount --pid --fork --kill-child --propagation private bash "$0" --inside || true
[ -e "$work/finished" ] || check "the test in the fresh Debian came to its end" false
cat "$counts"
finish
