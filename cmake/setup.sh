#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: bash cmake/setup.sh [--dev] [--debs] [--ros] [--no-packages]
Installs what treewalk is built from, on Debian 12 or a close relative (root or sudo, x86-64):
Debian packages by name, and in the folder .deps of this checkout LibTorch 2.11.0 and the sources of LASzip's coder
(pinned versions and SHA-256).
Does nothing, and prints nothing, where all of it is in place; mends a set-up that was broken off.
  --dev           also the tools for contributors: clang-format, clang-tidy, doxygen, clang for fuzzing, and mpirun
  --debs          also what making Debian packages and testing them takes (cmake/package.sh, tests/packages.sh)
  --ros           also ROS 1, for samples/ros; the status is 3 where the distribution has no packages of it
  --no-packages   leave the system's packages alone: LibTorch and LASzip only
Environment:
  TREEWALK_TORCH   a LibTorch folder of your own (holds include/ and lib/): none is downloaded
  TREEWALK_LASZIP  LASzip's sources of your own (a folder that holds src/laszip.hpp): none are downloaded
  TREEWALK_WHEELS  a folder that keeps downloaded wheels for later checkouts; they are used from there when present
Where nvcc 13 is found, the libraries that LibTorch's CUDA half needs are fetched too.
USAGE
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
deps=$root/.deps
packages=(g++ cmake ninja-build ccache unzip ca-certificates libpcl-dev libhdf5-dev liblzf-dev libproj-dev libmd-dev
          libtiff-dev libgeotiff-dev libboost-dev
          libpng-dev libgtest-dev libcli11-dev nlohmann-json3-dev libnanoflann-dev)
ros_packages=(libpcl-ros-dev libnodeletlib-dev libnodeletlib-tools python3-roslaunch rosbash rosout rospack-tools)
with_packages=yes
make_packages=no
with_ros=no
for argument in "$@"; do
  case $argument in
    --help | -h) usage; exit 0 ;;
    --dev) packages+=(clang-format clang-tidy clang libclang-rt-dev doxygen openmpi-bin) ;;
    --debs) make_packages=yes; packages+=(dpkg-dev file git debootstrap lintian) ;;
    --ros) with_ros=yes ;;
    --no-packages) with_packages=no ;;
    *) echo "setup: unknown option '$argument' (see --help)" >&2; exit 2 ;;
  esac
done

say() { echo "setup: $*"; }
fail() { echo "setup: $*" >&2; exit 1; }

# --- Debian packages -------------------------------------------------------------------------------------------------
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "'$*' needs root: run as root, or install sudo."
  fi
}

install_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null ||
    fail "this system has no apt-get; install these by hand, then use --no-packages: ${missing[*]}"
  say "installing Debian packages: ${missing[*]}"
  mkdir -p "$deps"
  local log=$deps/apt.log
  { as_root apt-get update && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y \
      --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    fail "apt-get could not install them (whole output: $log)."
  }
}

# Debian 12 has them; other releases and relatives may not.
check_ros_packages() {
  local package
  for package in "${ros_packages[@]}"; do
    if dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then continue; fi
    apt-cache policy "$package" 2>/dev/null | grep 'Candidate: [0-9]' >/dev/null || {
      as_root apt-get update >/dev/null 2>&1 || true # fresh systems have no lists yet
      apt-cache policy "$package" 2>/dev/null | grep 'Candidate: [0-9]' >/dev/null
    } || {
      say "this distribution has no package '$package': ROS 1 comes with Debian 12; elsewhere install it by hand"
      exit 3
    }
  done
}

# --- LibTorch --------------------------------------------------------------------------------------------------------
# name, version, SHA-256, megabytes, a file that shows it is unpacked
cpu_wheels=(
  "torch 2.11.0 7aa2f9bbc6d4595ba72138026b2074be1233186150e9292865e04b7a63b8c67a 531 torch/lib/libtorch_cpu.so"
  "nvidia-cuda-runtime 13.0.96 7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548 2
     nvidia/cu13/lib/libcudart.so.13"
  "nvidia-cuda-cupti 13.0.85 4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8 11
     nvidia/cu13/lib/libcupti.so.13"
)
cuda_wheels=(
  "nvidia-cusparselt-cu13 0.8.0 25e30a8a7323935d4ad0340b95a0b69926eee755767e8e0b1cf8dd85b197d3fd 170
     nvidia/cusparselt/lib/libcusparseLt.so.0"
  "nvidia-nvshmem-cu13 3.4.5 290f0a2ee94c9f3687a02502f3b9299a9f9fe826e6d0287ee18482e78d495b80 60
     nvidia/nvshmem/lib/libnvshmem_host.so.3"
  "nvidia-cufile 1.15.1.6 08a3ecefae5a01c7f5117351c64f17c7c62efa5fffdbe24fc7d298da19cd0b44 1
     nvidia/cu13/lib/libcufile.so.0"
)
# Its licence alone is wanted: the library itself is inside LibTorch.
package_wheels=(
  "mkl-include 2024.2.2 124298b6806bc57ad3998c521699fb410a29812b35dc0e383fe8a4745cc29f11 1
     mkl_include-2024.2.2.dist-info/LICENSE.txt"
)
wheels=${TREEWALK_WHEELS:-$deps/wheels}
downloaded=0

has_nvcc_13() {
  local nvcc
  nvcc=$(command -v nvcc || ls /usr/local/cuda/bin/nvcc 2>/dev/null) || return 1
  "$nvcc" --version | grep -q 'release 13\.'
}

# Prints the wheel's path if it is in the folder of wheels.
find_wheel() {
  find "$wheels" -maxdepth 1 -name "${1//-/_}-$2-*.whl" -print -quit
}

need_pip() {
  python3 -m pip --version >/dev/null 2>&1 && return 0
  [ "$with_packages" = yes ] || fail "downloading $1 needs python3 with pip, which was not found."
  install_packages python3-pip
}

# pip is used as a downloader only; the C++ libraries in the wheels need no Python.
download_wheel() {
  local name=$1 version=$2 megabytes=$3
  need_pip "$name"
  say "downloading $name $version ($megabytes MB)"
  # pip tries only the platform tags that are spelt out.
  python3 -m pip --quiet --disable-pip-version-check --no-cache-dir download --no-deps --only-binary=:all: \
    --python-version 3.11 --implementation cp --platform manylinux_2_28_x86_64 --platform manylinux_2_25_x86_64 \
    --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 --platform manylinux1_x86_64 --dest "$wheels" \
    "$name==$version" ||
    fail "could not download $name $version; run again to go on from here."
  downloaded=$((downloaded + megabytes))
}

check_wheel() {
  local sum
  sum=$(sha256sum "$1" | cut -d ' ' -f 1)
  [ "$sum" = "$2" ] ||
    fail "refused: '$1' has the SHA-256 $sum, expected $2. It is damaged or not the release this was made for;" \
         "remove it and run again."
}

# Only what a C++ program needs: no Python files, no bindings, no command-line tools.
unpack_wheel() {
  local status=0 errors
  errors=$(unzip -oq "$1" '*/include/*' '*/lib/*' '*[Ll][Ii][Cc][Ee][Nn][Ss][Ee]*' \
    '*/third-party-programs.txt' -d "$deps" -x '*.py' '*/libtorch_python.so' '*/data/include/*' 2>&1) || status=$?
  [ "$status" = 0 ] || [ "$status" = 11 ] || { # 11: a pattern that this wheel has no file for
    echo "$errors" >&2
    fail "could not unpack '$1'; is the disk full? Run again to go on from here."
  }
}

# A stamp is written when a wheel is whole, so an unpacking that was broken off is done again.
fetch_wheel() {
  local name=$1 version=$2 sum=$3 megabytes=$4 probe=$5
  local stamp=$deps/.stamps/$name wheel
  [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ] && [ -e "$deps/$probe" ] && return 0
  wheel=$(find_wheel "$name" "$version")
  if [ -z "$wheel" ]; then
    download_wheel "$name" "$version" "$megabytes"
    wheel=$(find_wheel "$name" "$version")
  fi
  check_wheel "$wheel" "$sum"
  say "unpacking $name $version"
  rm -f "$stamp"
  unpack_wheel "$wheel"
  [ -e "$deps/$probe" ] || fail "'$wheel' holds no $probe."
  mkdir -p "$deps/.stamps"
  echo "$sum" >"$stamp"
  [ -n "${TREEWALK_WHEELS:-}" ] || rm -f "$wheel"
}

fetch_torch() {
  [ "$(uname -sm)" = "Linux x86_64" ] || fail "LibTorch is fetched for Linux on x86-64 only; this is $(uname -sm)."
  mkdir -p "$deps" "$wheels"
  exec 9>"$deps/.lock"
  flock 9 # two set-ups in one checkout take turns
  local list=("${cpu_wheels[@]}") wheel
  if has_nvcc_13; then list+=("${cuda_wheels[@]}"); fi
  if [ "$make_packages" = yes ]; then list+=("${package_wheels[@]}"); fi
  # shellcheck disable=SC2086 # each entry is five words
  for wheel in "${list[@]}"; do fetch_wheel $wheel; done
  rmdir "$deps/wheels" 2>/dev/null || true
  [ "$downloaded" = 0 ] || say "LibTorch is in place ($downloaded MB downloaded)"
}

# --- LASzip ----------------------------------------------------------------------------------------------------------
# The archive of sources that its Python package is made from holds all of LASzip.
laszip_sum=9ddf91649b519db308f63d772a19e7647458f5d5512e3d927629f0196b9c6216

# pip asks a package of sources for its name before it hands it over; this answers, so that none of it is run.
download_laszip() {
  local stub
  stub=$(mktemp -d)
  mkdir "$stub/scikit_build_core"
  cat >"$stub/scikit_build_core/build.py" <<'PYTHON'
import os


def prepare_metadata_for_build_wheel(folder, settings=None):
    os.makedirs(os.path.join(folder, "laszip-0.3.0.dist-info"))
    with open(os.path.join(folder, "laszip-0.3.0.dist-info", "METADATA"), "w") as metadata:
        metadata.write("Metadata-Version: 2.1\nName: laszip\nVersion: 0.3.0\n")
    return "laszip-0.3.0.dist-info"
PYTHON
  local status=0
  PYTHONPATH=$stub python3 -m pip --quiet --disable-pip-version-check --no-cache-dir download --no-deps \
    --no-build-isolation --no-binary=:all: --dest "$wheels" laszip==0.3.0 || status=$?
  rm -rf "$stub"
  [ "$status" = 0 ] || fail "could not download laszip 0.3.0; run again to go on from here."
}

fetch_laszip() {
  local stamp=$deps/.stamps/laszip archive=$wheels/laszip-0.3.0.tar.gz
  [ "$(cat "$stamp" 2>/dev/null)" = "$laszip_sum" ] && [ -e "$deps/laszip/src/laszip.hpp" ] && return 0
  mkdir -p "$deps/.stamps" "$wheels"
  exec 9>"$deps/.lock"
  flock 9
  if [ ! -e "$archive" ]; then
    need_pip laszip
    say "downloading laszip 0.3.0 (1 MB)"
    download_laszip
  fi
  check_wheel "$archive" "$laszip_sum"
  rm -rf "$stamp" "$deps/laszip"
  mkdir "$deps/laszip"
  tar -xzf "$archive" -C "$deps/laszip" --strip-components=4 --wildcards \
    '*/src/vendor/LASzip-*/src/*.[ch]pp' '*/src/vendor/LASzip-*/include/*' '*/src/vendor/LASzip-*/dll/*' \
    '*/src/vendor/LASzip-*/COPYING.txt' || fail "could not unpack '$archive'."
  [ -e "$deps/laszip/src/laszip.hpp" ] || fail "'$archive' holds no src/laszip.hpp."
  echo "$laszip_sum" >"$stamp"
  [ -n "${TREEWALK_WHEELS:-}" ] || rm -f "$archive"
  rmdir "$deps/wheels" 2>/dev/null || true
}

if [ "$with_packages" = yes ]; then
  if [ "$with_ros" = yes ]; then
    check_ros_packages
    packages+=("${ros_packages[@]}")
  fi
  install_packages "${packages[@]}"
fi
if [ -n "${TREEWALK_TORCH:-}" ]; then
  [ -e "$TREEWALK_TORCH/lib/libtorch_cpu.so" ] ||
    fail "TREEWALK_TORCH is '$TREEWALK_TORCH', which holds no lib/libtorch_cpu.so."
else
  fetch_torch
fi
if [ -n "${TREEWALK_LASZIP:-}" ]; then
  [ -e "$TREEWALK_LASZIP/src/laszip.hpp" ] ||
    fail "TREEWALK_LASZIP is '$TREEWALK_LASZIP', which holds no src/laszip.hpp."
else
  fetch_laszip
fi
