# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Sourced by tests/gpu.sh: what a machine that has a compiler, CMake, Ninja, CUDA and Python's LibTorch, and no network,
# lacks of what treewalk is built from. Headers, the sources of GoogleTest, and libmd, which dpkg brings where there is
# dpkg. CMake finds all of it by CMAKE_PREFIX_PATH.
pack_limit_kb=30000

# FILE IN THE SYSTEM|FOLDER IN THE PACK|PACKAGE
packed_files=(
  "/usr/include/nlohmann|include|nlohmann-json3-dev"
  "/usr/share/cmake/nlohmann_json|share/cmake|nlohmann-json3-dev"
  "/usr/include/CLI|include|libcli11-dev"
  "/usr/share/cmake/CLI11|share/cmake|libcli11-dev"
  "/usr/include/sha2.h|include|libmd-dev"
  "/usr/include/nanoflann.hpp|include|libnanoflann-dev"
  "/usr/lib/x86_64-linux-gnu/libmd.so.0|lib|libmd0"
  "/usr/src/googletest|.|googletest"
)

# pack DIR: a new folder, or an earlier pack, which it replaces.
make_pack() {
  local to=$1 entry from folder package size
  if [ -e "$to" ] && [ -n "$(ls -A "$to" 2>/dev/null)" ] && [ ! -e "$to/contents.sha256" ]; then
    echo "gpu: '$to' is not empty and no pack: name another folder" >&2
    return 2
  fi
  rm -rf "$to"
  mkdir -p "$to"
  for entry in "${packed_files[@]}"; do
    IFS='|' read -r from folder package <<<"$entry"
    if [ ! -e "$from" ]; then
      echo "gpu: '$from' is not on this machine: install $package ('bash cmake/setup.sh' does)" >&2
      rm -rf "$to"
      return 1
    fi
    mkdir -p "$to/$folder"
    cp -rL "$from" "$to/$folder/"
  done
  (cd "$to" && find . -type f ! -name contents.sha256 -print0 | sort -z | xargs -0 sha256sum >contents.sha256)
  size=$(du -sk --apparent-size "$to" | cut -f 1)
  if [ "$size" -gt "$pack_limit_kb" ]; then
    echo "gpu: the pack has $size kB; it may have $pack_limit_kb" >&2
    return 1
  fi
  echo "packed into $to: $size kB, $(wc -l <"$to/contents.sha256") files"
}

# check_pack DIR: that nothing is missing or damaged, in one sentence if not.
check_pack() {
  local from=$1 wrong
  if [ ! -e "$from/contents.sha256" ]; then
    echo "gpu: '$from' holds no pack: make one with 'bash tests/gpu.sh --pack DIR' where the network is" >&2
    return 1
  fi
  wrong=$(cd "$from" && sha256sum --check --quiet contents.sha256 2>/dev/null | head -n 1 | sed 's/: FAILED.*//') || true
  [ -z "$wrong" ] || {
    echo "gpu: the pack '$from' lacks ${wrong#./}, or it is damaged: make it again with 'bash tests/gpu.sh --pack DIR'" >&2
    return 1
  }
}
