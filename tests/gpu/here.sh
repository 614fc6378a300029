# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Sourced by tests/gpu.sh: the run on a machine that is set up, or can be, with a GPU or without.
. "$root/tests/gpu/sanitizers.sh"
hour=3600

there() { if compgen -G "/usr/include/$1" >/dev/null; then echo ON; else echo OFF; fi; }

on_a_gpu() {
  local folder=build/gpu-tests
  configure_and_build -DTREEWALK_CUDA=ON "-DTREEWALK_PCL=$(there 'pcl-1.*')" "-DTREEWALK_LZF=$(there liblzf)" \
    "-DTREEWALK_HDF5=$(there hdf5)" "-DTREEWALK_PROJ=$(there proj.h)" \
    "-DTREEWALK_GEOTIFF=$(there geotiff)" -DTREEWALK_LAZ=OFF -DCMAKE_CUDA_ARCHITECTURES=native || return 0
  check tests $hour all_tests "$folder" || true
  export TREEWALK_TEST_DEVICE=cuda
  check device-tests $hour device_tests "$folder" 900 || true
  memcheck_of_models "$folder" $hour
  races "$folder" racecheck $hour
  races "$folder" synccheck $hour
  check benchmark $hour benchmark "$folder" cuda 1000000 9 "$out/benchmark.jsonl" || true
  memcheck_of_all "$folder" $hour
}

without_a_gpu() {
  if command -v nvcc >/dev/null; then
    check kernels $hour kernels "${sources[@]}" || true
    check without-driver $hour bash tests/without_driver.sh build/cuda-compile || true
    check resources $hour bash cuda/resources.sh --check || true
  else
    left_out kernels "nvcc is not on this machine"
  fi
  if configure_and_build -DTREEWALK_CUDA=OFF -DTREEWALK_PCL=OFF; then
    check device-tests $hour device_tests build/gpu-tests 900 || true
    check benchmark $hour benchmark build/gpu-tests cpu 100000 3 "$out/benchmark.jsonl" || true
  fi
  left_out gpu "no GPU was found: tests and benchmark on it, memcheck, racecheck and synccheck"
}

configure_and_build() {
  check configure $hour configure build/gpu-tests "${sources[@]}" "$@" "${settings[@]}" &&
    check build $hour compile build/gpu-tests all device_benchmark
}

run() {
  sources=()
  [ -d /usr/include/gtest ] || sources=(-DTREEWALK_GTEST_SOURCE="${TREEWALK_GTEST_SOURCE:-/usr/src/googletest}")
  check setup $hour bash cmake/setup.sh "${setup[@]}" || return 0
  if [ -n "$card" ]; then on_a_gpu; else without_a_gpu; fi
}
