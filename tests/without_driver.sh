#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Usage: bash tests/without_driver.sh BUILD_FOLDER
# What a build with CUDA must do on a machine without a driver: launches are refused with a sentence, and a whole model
# runs on the CPU. Without the libraries that LibTorch's CUDA side loads, only the launchers are called.
set -euo pipefail

folder=$1
tests='cuda_launch|cuda_stream|shipped_models'
if ldd "$folder/tests/shipped_models_test" | grep -F 'not found' >&2; then
  echo "libraries of CUDA are missing: of the tests without a driver, only that of the launchers runs" >&2
  tests=cuda_launch
fi
bash "$(dirname "${BASH_SOURCE[0]}")/ctest.sh" -R "^($tests)_test\$" "$folder"
