# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# LibTorch: its folder, its targets (torch_targets.cmake) and, for builds with CUDA, treewalk_torch_cuda.
set(TREEWALK_TORCH "$ENV{TREEWALK_TORCH}" CACHE PATH "LibTorch folder (holds include/ and lib/)")
if(NOT TREEWALK_TORCH)
  set(TREEWALK_TORCH "${PROJECT_SOURCE_DIR}/.deps/torch" CACHE PATH "" FORCE)
endif()
if(NOT EXISTS "${TREEWALK_TORCH}/lib/libtorch_cpu.so")
  message(FATAL_ERROR "LibTorch was not found in '${TREEWALK_TORCH}'. Run 'bash cmake/setup.sh', "
                      "or set TREEWALK_TORCH to a LibTorch folder that holds include/ and lib/.")
endif()

include("${CMAKE_CURRENT_LIST_DIR}/torch_targets.cmake")

# The CUDA backend registers itself when its library is loaded; nothing refers to its symbols, so the linker must be
# told to keep it.
if(TREEWALK_WITH_CUDA)
  if(NOT EXISTS "${TREEWALK_TORCH}/lib/libtorch_cuda.so")
    message(FATAL_ERROR "TREEWALK_CUDA is on, but '${TREEWALK_TORCH}' is a LibTorch without CUDA.")
  endif()
  treewalk_add_torch_library(c10_cuda)
  treewalk_add_torch_library(cuda)
  set_target_properties(treewalk_torch_cuda PROPERTIES
    INTERFACE_LINK_LIBRARIES "treewalk_torch_cpu;treewalk_torch_c10_cuda;CUDA::cudart"
    INTERFACE_LINK_OPTIONS "LINKER:--no-as-needed")
  foreach(dir IN LISTS CUDAToolkit_LIBRARY_DIR)
    set_property(TARGET treewalk_torch_cuda APPEND PROPERTY INTERFACE_LINK_OPTIONS "-Wl,-rpath-link,${dir}")
  endforeach()
endif()
