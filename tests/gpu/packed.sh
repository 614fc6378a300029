# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Sourced by tests/gpu.sh: the run from a pack, on a bare machine that may be lent for minutes only.
seconds=$((minutes * 60))
needed=(build device-tests memcheck)
. "$root/tests/gpu/sanitizers.sh"

fail() {
  stopped="gpu: $*"
  echo "$stopped" >&2
  write_report
  exit 1
}

# LibTorch's folder: that of Python's package torch, which need not be loaded for it.
torch_of_python() {
  python3 -c 'import importlib.util as u; s = u.find_spec("torch"); print(list(s.submodule_search_locations)[0] if s else "")' \
    2>/dev/null
}

look_for_tools() {
  local tool
  for tool in cmake ninja c++ timeout sha256sum; do
    command -v "$tool" >/dev/null || fail "$tool is not on this machine"
  done
  [[ " ${settings[*]} " == *' -DTREEWALK_CUDA=OFF '* ]] || command -v nvcc >/dev/null ||
    fail "nvcc is neither on the PATH nor in /usr/local/cuda/bin: -DTREEWALK_CUDA=OFF builds without kernels"
  torch=${TREEWALK_TORCH:-$(torch_of_python || true)}
  [ -n "$torch" ] || fail "python3 has no package torch: install it, or set TREEWALK_TORCH to a LibTorch folder"
  [ -e "$torch/lib/libtorch_cpu.so" ] || fail "'$torch' holds no lib/libtorch_cpu.so, so it is no LibTorch"
}

run() {
  local folder=build/gpu-packed ccache=()
  check_pack "$pack" 2>"$logs/pack.txt" || fail "$(sed 's/^gpu: //' "$logs/pack.txt")"
  look_for_tools
  if command -v ccache >/dev/null; then
    # Not for kernels: what only the device's code has is not in what ccache compares, and they take seconds.
    ccache=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  # The preset switches off what is not there. A newer compiler may warn of more than ours: no error here. The lines of
  # kernels are for what compute-sanitizer finds.
  check configure $((seconds / 4)) cmake --preset gpu-box -B "$folder" "-DCMAKE_PREFIX_PATH=$pack" "-DTREEWALK_TORCH=$torch" \
    "-DTREEWALK_GTEST_SOURCE=$pack/googletest" -DCMAKE_POLICY_VERSION_MINIMUM=3.5 -DTREEWALK_WERROR=OFF \
    "-DCMAKE_CUDA_ARCHITECTURES=${capability:-90}" -DCMAKE_CUDA_FLAGS=-lineinfo "${ccache[@]}" "${settings[@]}" ||
    fail "the build could not be configured: $logs/configure.txt"
  check build $((seconds * 7 / 9)) compile "$folder" device_tests device_benchmark || true
  [ -x "$folder/tests/device_geometry_test" ] || fail "no test was built: $logs/build.txt"
  if [ -z "$card" ]; then
    stopped="gpu: stopped before device-tests, the first step that needs a GPU: none was found on this machine (nvidia-smi)"
    write_report
    echo "$stopped"
    [[ $(verdict) != failed ]] || exit 1
    exit 3
  fi
  export TREEWALK_TEST_DEVICE=cuda
  check device-tests 150 device_tests "$folder" 100 || true
  memcheck_of_models "$folder" 120
  races "$folder" racecheck 60
  races "$folder" synccheck 60
  check benchmark 150 benchmark "$folder" cuda 1000000 9 "$out/benchmark.jsonl" || true
  memcheck_of_all "$folder" "$(seconds_left)"
}
