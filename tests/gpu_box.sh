#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: bash tests/gpu_box.sh
A rehearsal of 'bash tests/gpu.sh --packed' without a GPU: in a fresh Debian in a folder, which has a compiler, CMake,
Ninja and Python, and to which CUDA's toolkit and LibTorch are lent; no network, no PCL, no library for any file format.
The run from a pack must build everything, kernels for one generation too, and stop where it needs a GPU. Then the tests
of files, models and data sets and the program are built there and run. Where this machine has no CUDA toolkit, all of
that without kernels. Needs root and mounts; the last line reads 'N passed, N failed'.
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
pack=$work/pack
report=$work/report
built=build/gpu-packed
torch=$(realpath "${TREEWALK_TORCH:-$root/.deps/torch}")
cuda=$(realpath -e /usr/local/cuda 2>/dev/null || true)
tests=(io_test io_hostile_test layouts_test no_hdf5_test no_proj_test no_rasters_test
  off_test text_layouts_test model_file_test shipped_models_test)
cache=$(ccache -k cache_dir 2>/dev/null || echo "$work/cache")
settings=(-DTREEWALK_WERROR=ON -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON) # each file names all that it includes
# What LibTorch's CUDA half loads must be there too: the toolkit alone does not have all of it.
if [ ! -x "$cuda/bin/nvcc" ] || ldd "$torch/lib/libtorch_cuda.so" 2>/dev/null | grep -q 'not found' ||
  [ ! -e "$torch/lib/libtorch_cuda.so" ]; then
  cuda=
  settings+=(-DTREEWALK_CUDA=OFF)
fi
. "$root/tests/packages/checks.sh"

# What is lent keeps its place; the checkout with its build folder, LibTorch, CUDA, the cache of compiled files.
lend() {
  local folder
  for folder in "$root" "$(dirname "$torch")" "$cache" $cuda; do
    mkdir -p "$folder" "$clean$folder"
    mount --bind "$folder" "$clean$folder"
  done
  [ -z "$cuda" ] || [ -e "$clean/usr/local/cuda" ] || ln -s "$cuda" "$clean/usr/local/cuda"
}

# in_box COMMAND [VARIABLE=VALUE]...
in_box() {
  unshare --net chroot "$clean" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/root ${LANG:+LANG="$LANG"} \
    CCACHE_DIR="$cache" CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1 ${CCACHE_MAXSIZE:+CCACHE_MAXSIZE="$CCACHE_MAXSIZE"} \
    ${cuda:+LD_LIBRARY_PATH="$cuda/lib64"} "${@:2}" bash -euc "cd '$root'; $1"
}
# LibTorch is found as Python's package.
lent_torch=PYTHONPATH=$(dirname "$torch")

set_up() {
  make_root g++,cmake,ninja-build,ccache,python3-minimal
  lend
}
has_none_of_the_libraries() {
  local found
  found=$(find "$clean/usr" -path "$clean$cuda/*" -prune -o \( -name 'libpcl*' -o -name 'libhdf5*' -o -name 'liblzf*' \
    -o -name 'libproj*' -o -name 'libgeotiff*' -o -name 'libtiff*' \
    -o -name 'boost' -o -name 'libpng*' -o -name 'json.hpp' -o -name 'CLI.hpp' -o -name 'sha2.h' -o -name 'gtest.h' \
    -o -name 'nanoflann.hpp' \) -print)
  same "$found" ""
}
has_no_network() { same "$(in_box "sed '1,2d; s/:.*//; s/ //g' /proc/net/dev")" lo; }

packs() { bash "$root/tests/gpu.sh" --pack "$pack"; }

# ends STATUS WORDS COMMAND [VARIABLE=VALUE]...: the command ends with that status, and these are among its words.
ends() {
  local status=0
  in_box "${@:3}" >"$work/said" 2>&1 || status=$?
  cat "$work/said"
  same "$status" "$1"
  grep -F "$2" "$work/said"
}
lacks() { # a pack without a file, and words of the sentence about it
  rm -rf "$work/broken"
  cp -r "$pack" "$work/broken"
  rm -r "$work/broken/$1"
  ends 1 "lacks $1" "bash tests/gpu.sh --packed '$work/broken'" "$lent_torch"
}
run_packed="bash tests/gpu.sh --packed '$pack'"

# Where nothing was compiled before, a machine with few cores needs more time than the run has.
stops_at_the_gpu() {
  rm -rf "${root:?}/$built"
  ends 3 "stopped before device-tests, the first step that needs a GPU" "$run_packed --minutes 90 ${settings[*]}" \
    "$lent_torch" OUT="$report"
  cp "$report/report.txt" "$root/build/gpu-packed-report.txt"
  for step in configure build; do grep -E "^$step +passed" "$report/report.txt"; done
  python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))["verdict"] == "not reached"' "$report/report.json"
}
compiles_the_kernels() { [ -s "$root/$built/cuda/CMakeFiles/treewalk_kernels.dir/attention.cu.o" ]; }

builds() {
  in_box "cmake --build $built -j $(nproc) --target treewalk_core treewalk_io treewalk_program 03_train_a_model ${tests[*]}" \
    "$lent_torch"
}
passes() { in_box "$built/tests/$1"; }

program=$built/samples/treewalk/treewalk
models=samples/models
tells_of_a_model() { in_box "$program info $models/terrain.treewalk" | grep -E '^sha256 +[0-9a-f]{64}$'; }
segments() {
  in_box "$program segment /points.pcd -m $models/terrain.treewalk -o /labelled.pcd --html /labelled.html"
  in_box "$program info /labelled.pcd" | grep -E '^ *label +uint32 '
  grep -a 'DATA binary$' "$clean/labelled.pcd" # what a build without LZF writes
}
says() {
  ends 1 "$2" "$1"
  same "$(wc -l <"$work/said")" 1
}

inside() {
  . "$root/tests/support/clean_root.sh"
  check "a fresh Debian of $release has a compiler, CMake, Ninja and Python" set_up
  check "it has none of the libraries" has_none_of_the_libraries
  check "it has no network" has_no_network
  check "what it lacks is packed" packs
  check "no pack is a sentence" ends 1 "holds no pack" "bash tests/gpu.sh --packed /root"
  check "a pack that lacks a file is a sentence" lacks include/nlohmann/json.hpp
  check "a Python without torch is a sentence" ends 1 "python3 has no package torch" "$run_packed ${settings[*]}"
  check "the run from the pack builds, and stops where it needs a GPU" stops_at_the_gpu
  [ -z "$cuda" ] || check "kernels were compiled" compiles_the_kernels
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
