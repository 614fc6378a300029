#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: bash cmake/package.sh [-D...]
Makes Debian packages in build/packages, for the Debian release of this machine and the CPU:
  treewalk            the program and the shared libraries
  treewalk-models     models and recipes
  libtreewalk-dev     headers and the CMake package
  libtreewalk-torch   the part of LibTorch that the libraries need
Sets up (cmake/setup.sh --debs), builds the libraries for /usr, builds the program against them, and calls cpack.
The same commit gives the same bytes, on machines with the same Debian packages.
  -D...     further settings for CMake, such as -DTREEWALK_WERROR=ON
Install them with: apt install build/packages/*.deb
USAGE
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/cmake/steps.sh"
settings=()
for argument in "$@"; do
  case $argument in
    --help | -h) usage; exit 0 ;;
    -D*) settings+=("$argument") ;;
    *) echo "package: unknown option '$argument' (see --help)" >&2; exit 2 ;;
  esac
done

bash "$root/cmake/setup.sh" --debs
mkdir -p "$logs"
umask 022
# The time that all files in the packages bear: that of the commit.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH

libraries=$build/package-libraries
program=$build/package-program
stage=$build/package-stage
packages=$build/packages
# cpack builds nothing; and no path of this folder leaves its length in a file.
common+=(-DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_SKIP_INSTALL_ALL_DEPENDENCY=ON -DCMAKE_BUILD_WITH_INSTALL_RPATH=ON)
[ -d "$program" ] || echo "package: compiling treewalk; the first time this takes some minutes"
step package-libraries-configure cmake -S "$root" -B "$libraries" "${common[@]}" -DTREEWALK_TESTS=OFF \
  -DTREEWALK_CUDA=OFF -DTREEWALK_BUNDLE_TORCH=ON "${settings[@]}"
compile package-libraries "$libraries" treewalk_core treewalk_io treewalk_pcl
rm -rf "$stage" "$packages"
for component in runtime dev torch; do
  DESTDIR=$stage step package-stage cmake --install "$libraries" --component "treewalk_$component"
done
step package-program-configure cmake -S "$root/samples" -B "$program" "${common[@]}" "-DCMAKE_PREFIX_PATH=$stage/usr" \
  "${settings[@]}"
compile package-program "$program" treewalk_program
step package-configure cmake -G Ninja -S "$root/packaging" -B "$build/package" -DCMAKE_INSTALL_PREFIX=/usr \
  "-DTREEWALK_LIBRARIES=$libraries" "-DTREEWALK_PROGRAM=$program" "-DTREEWALK_STAGE=$stage"
step package-cpack cpack --config "$build/package/CPackConfig.cmake" -B "$packages"
rm -rf "$packages/_CPack_Packages"
ls -sh "$packages"
