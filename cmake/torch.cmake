# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Imported targets treewalk::torch_cpu and treewalk::torch_cuda for a LibTorch folder.
# find_package(Torch) is not used: it fails without a CUDA toolkit and rewrites CMAKE_CUDA_ARCHITECTURES.
set(TREEWALK_TORCH "$ENV{TREEWALK_TORCH}" CACHE PATH "LibTorch folder (holds include/ and lib/)")
if(NOT TREEWALK_TORCH)
  set(TREEWALK_TORCH "${CMAKE_SOURCE_DIR}/.deps/torch" CACHE PATH "" FORCE)
endif()
if(NOT EXISTS "${TREEWALK_TORCH}/lib/libtorch_cpu.so")
  message(FATAL_ERROR "LibTorch was not found in '${TREEWALK_TORCH}'. Run 'bash cmake/setup.sh', "
                      "or set TREEWALK_TORCH to a LibTorch folder that holds include/ and lib/.")
endif()

add_library(treewalk_torch_c10 SHARED IMPORTED)
set_target_properties(treewalk_torch_c10 PROPERTIES IMPORTED_LOCATION "${TREEWALK_TORCH}/lib/libc10.so")
add_library(treewalk_torch_cpu SHARED IMPORTED)
set_target_properties(treewalk_torch_cpu PROPERTIES
  IMPORTED_LOCATION "${TREEWALK_TORCH}/lib/libtorch_cpu.so"
  INTERFACE_INCLUDE_DIRECTORIES "${TREEWALK_TORCH}/include;${TREEWALK_TORCH}/include/torch/csrc/api/include"
  INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${TREEWALK_TORCH}/include;${TREEWALK_TORCH}/include/torch/csrc/api/include"
  INTERFACE_LINK_LIBRARIES treewalk_torch_c10)
# The wheel keeps the CUDA runtime and CUPTI, which libtorch_cpu.so itself needs, in sibling folders.
file(GLOB treewalk_nvidia_lib_dirs "${TREEWALK_TORCH}/../nvidia/*/lib")
foreach(dir IN LISTS treewalk_nvidia_lib_dirs)
  set_property(TARGET treewalk_torch_cpu APPEND PROPERTY INTERFACE_LINK_OPTIONS "-Wl,-rpath-link,${dir}")
endforeach()
