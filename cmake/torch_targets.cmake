# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Imported targets for the LibTorch in the folder TREEWALK_TORCH: treewalk_torch_cpu, and treewalk::torch, its name for
# programs that write LibTorch code beside treewalk's. find_package(Torch) is not used: it fails without a CUDA toolkit
# and rewrites CMAKE_CUDA_ARCHITECTURES.
if(TARGET treewalk_torch_cpu)
  return()
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

add_library(treewalk::torch INTERFACE IMPORTED)
set_target_properties(treewalk::torch PROPERTIES INTERFACE_LINK_LIBRARIES treewalk_torch_cpu)
