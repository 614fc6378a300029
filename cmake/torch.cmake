# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Imported targets treewalk_torch_cpu and, for builds with CUDA, treewalk_torch_cuda for a LibTorch folder.
# find_package(Torch) is not used: it fails without a CUDA toolkit and rewrites CMAKE_CUDA_ARCHITECTURES.
set(TREEWALK_TORCH "$ENV{TREEWALK_TORCH}" CACHE PATH "LibTorch folder (holds include/ and lib/)")
if(NOT TREEWALK_TORCH)
  set(TREEWALK_TORCH "${PROJECT_SOURCE_DIR}/.deps/torch" CACHE PATH "" FORCE)
endif()
if(NOT EXISTS "${TREEWALK_TORCH}/lib/libtorch_cpu.so")
  message(FATAL_ERROR "LibTorch was not found in '${TREEWALK_TORCH}'. Run 'bash cmake/setup.sh', "
                      "or set TREEWALK_TORCH to a LibTorch folder that holds include/ and lib/.")
endif()

function(treewalk_add_torch_library name)
  add_library(treewalk_torch_${name} SHARED IMPORTED)
  if(name MATCHES "^c10")
    set(file "lib${name}.so")
  else()
    set(file "libtorch_${name}.so")
  endif()
  set_target_properties(treewalk_torch_${name} PROPERTIES IMPORTED_LOCATION "${TREEWALK_TORCH}/lib/${file}")
endfunction()

treewalk_add_torch_library(c10)
treewalk_add_torch_library(cpu)
set(treewalk_torch_include "${TREEWALK_TORCH}/include" "${TREEWALK_TORCH}/include/torch/csrc/api/include")
set_target_properties(treewalk_torch_cpu PROPERTIES
  INTERFACE_INCLUDE_DIRECTORIES "${treewalk_torch_include}"
  INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${treewalk_torch_include}"
  INTERFACE_LINK_LIBRARIES treewalk_torch_c10)
# The wheels keep the CUDA runtime and CUPTI, which libtorch_cpu.so itself needs, in sibling folders.
file(GLOB treewalk_nvidia_lib_dirs "${TREEWALK_TORCH}/../nvidia/*/lib")
foreach(dir IN LISTS treewalk_nvidia_lib_dirs)
  get_filename_component(dir "${dir}" REALPATH)
  set_property(TARGET treewalk_torch_cpu APPEND PROPERTY INTERFACE_LINK_OPTIONS "-Wl,-rpath-link,${dir}")
endforeach()

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
