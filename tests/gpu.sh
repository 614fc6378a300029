#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: bash tests/gpu.sh [--no-packages]
       bash tests/gpu.sh --pack DIR
       bash tests/gpu.sh --packed DIR [--minutes N] [-D...]
A verdict on the GPU path of this checkout, in report.txt and report.json in build/gpu (or in the folder OUT, where that
variable is set). Nothing is asked in between, and each step's result stands in the report as soon as there is one.

With a GPU (driver, CUDA toolkit 13): builds with the kernels, with PCL and libraries of file formats where they are
found; runs every test, the device tests on the GPU too; runs tests under compute-sanitizer (memcheck, racecheck,
synccheck); and measures what a cloud takes, beside the CPU and what one would use instead.
Without one: compiles and links the kernels where nvcc is found, runs the device tests on the device that stands in for
a GPU, and says what was left out.

  --no-packages   leave the system's packages alone (see cmake/setup.sh); then what is not there is left out
  --pack DIR      collects what a bare machine lacks (headers and sources of small libraries) into the folder DIR
  --packed DIR    the verdict on such a machine, from that pack: nvcc 13, CMake, Ninja, a C++ compiler and a Python that
                  holds PyTorch 2.11 (or TREEWALK_TORCH) are all it needs; no network, no PCL, no libraries of file
                  formats. Build, device tests and memcheck of the shipped models are the verdict; then come
                  racecheck, synccheck, the benchmark, and memcheck of all device tests as far as it gets. Where there
                  is no GPU it stops at the first step that needs one, with the status 3.
  --minutes N     how long that may take: 9
  -D...           further settings for CMake
The status is 0 when nothing failed. Logs of all steps are in build/gpu/log, and in log.txt beside the report.
USAGE
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
setup=()
settings=()
mode=here
pack=
minutes=9
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --no-packages) setup+=(--no-packages) ;;
    --pack | --packed)
      mode=${1#--}
      [ $# -gt 1 ] || { echo "gpu: $1 needs a folder (see --help)" >&2; exit 2; }
      pack=$(realpath -m "$2")
      shift
      ;;
    --minutes)
      [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || { echo "gpu: --minutes needs a number (see --help)" >&2; exit 2; }
      minutes=$2
      shift
      ;;
    -D?*) settings+=("$1") ;;
    *) echo "gpu: unknown option '$1' (see --help)" >&2; exit 2 ;;
  esac
  shift
done
cd "$root"
export PATH=$PATH:/usr/local/cuda/bin OMP_WAIT_POLICY=passive
out=${OUT:-$root/build/gpu}
seconds=86400 # that the run may take
needed=()     # the steps that the verdict is about
for part in report pack; do . "$root/tests/gpu/$part.sh"; done
if [ "$mode" = pack ]; then
  make_pack "$pack"
  exit
fi

card=
capability=
if command -v nvidia-smi >/dev/null; then
  card=$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null | head -n 1 || true)
  capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | head -n 1 | tr -cd 0-9 || true)
  [ -z "$card" ] || capability=${capability:-native}
fi
echo "GPU: ${card:-none}"
. "$root/tests/gpu/$mode.sh"
clear_report
run
write_report
echo "$(verdict): $out/report.txt, $out/report.json"
[[ $(verdict) == passed* ]]
