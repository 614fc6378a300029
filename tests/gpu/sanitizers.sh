# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Sourced by tests/gpu.sh: compute-sanitizer over the device tests of a build, on a GPU.

# Only treewalk's own kernels: LibTorch's are many, slow there, and not ours to mend.
own_kernels=(--kernel-name kns=run_body)
# What the driver refuses when LibTorch asks what it can do is no error; our launches are looked at anyway.
memory=(memcheck --report-api-errors no)

# sanitize STEP SECONDS TOOL [OPTION]... -- PROGRAM FILTER...
sanitize() {
  local step=$1 most=$2 refusal
  shift 2
  if ! command -v compute-sanitizer >/dev/null; then
    left_out "$step" "compute-sanitizer is not on this machine (CUDA toolkit, package cuda-sanitizer)"
    return
  fi
  check "$step" "$most" sanitized "$@" && return
  # What it says where it cannot run at all, such as on a kernel that is emulated: no fault of ours.
  refusal=$(grep -m 1 -hsiE 'device not supported|unable to (find|launch)|failed to (initialize|attach)' \
    "$logs/$step.txt") || return 0
  unset "steps[-1]"
  left_out "$step" "compute-sanitizer cannot run here: $refusal"
}

# Tensors are given memory of their own, where an access beyond their end is found.
memcheck_of_models() { # FOLDER SECONDS
  PYTORCH_NO_CUDA_MEMORY_CACHING=1 sanitize memcheck "$2" "${memory[@]}" -- \
    "$1/tests/device_session_test" 'DeviceSession.ShippedModels*:*DeviceClassification.*/Shipped'
}
memcheck_of_all() { # FOLDER SECONDS
  local programs=() program
  for program in geometry walks features normalise network training session; do
    programs+=("$1/tests/device_${program}_test" '*')
  done
  PYTORCH_NO_CUDA_MEMORY_CACHING=1 sanitize memcheck-all "$2" "${memory[@]}" "${own_kernels[@]}" -- \
    "${programs[@]}" "$1/tests/row_ops_test" '*'
}
races() { # FOLDER TOOL SECONDS
  sanitize "$2" "$3" "$2" "${own_kernels[@]}" -- "$1/tests/device_network_test" 'DeviceAttention.*' \
    "$1/tests/row_ops_test" '*' "$1/tests/device_session_test" 'DeviceSession.ShippedModels*'
}
