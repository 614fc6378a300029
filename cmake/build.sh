#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: bash cmake/build.sh [--tests] [--bundle] [-D...]
Sets up (cmake/setup.sh), builds the libraries, installs them into build/install, then builds the program from
samples/ against that installed package, as any consumer would, and installs it beside them.
  --tests   also build the tests
  --bundle  install the CPU's part of LibTorch too, so that build/install can be moved, also to another machine of the
            same release with the packages of cmake/setup.sh; without it, build/install looks for LibTorch where it is
            now (TREEWALK_TORCH, or .deps)
  -D...     further settings for CMake, such as -DTREEWALK_CUDA=OFF
USAGE
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/cmake/steps.sh"
targets=(treewalk_core treewalk_io treewalk_pcl)
settings=(-DTREEWALK_BUNDLE_TORCH=OFF)
for argument in "$@"; do
  case $argument in
    --help | -h) usage; exit 0 ;;
    --tests) targets=(all) ;;
    --bundle) settings+=(-DTREEWALK_BUNDLE_TORCH=ON) ;;
    -D*) settings+=("$argument") ;;
    *) echo "build: unknown option '$argument' (see --help)" >&2; exit 2 ;;
  esac
done

bash "$root/cmake/setup.sh"
mkdir -p "$logs"

common+=("-DCMAKE_INSTALL_PREFIX=$build/install")
[ -e "$build/install/bin/treewalk" ] || echo "build: compiling treewalk; the first time this takes some minutes"
step libraries-configure cmake -S "$root" -B "$build/libraries" "${common[@]}" "${settings[@]}"
compile libraries "$build/libraries" "${targets[@]}"
step libraries-install cmake --install "$build/libraries"
step samples-configure cmake -S "$root/samples" -B "$build/samples" "${common[@]}" \
  "-DCMAKE_PREFIX_PATH=$build/install"
compile samples "$build/samples" all
step samples-install cmake --install "$build/samples"
