# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Decides TREEWALK_WITH_CUDA from the option TREEWALK_CUDA and enables the language. ON needs nvcc alone (no GPU), so
# that any machine can compile and link the kernels; AUTO asks for all that running them needs.
set(TREEWALK_WITH_CUDA OFF)
if(NOT TREEWALK_CUDA MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "TREEWALK_CUDA must be AUTO, ON or OFF, got '${TREEWALK_CUDA}'.")
endif()
if(TREEWALK_CUDA STREQUAL "OFF")
  return()
endif()

# Sets `missing` to what a program with CUDA would lack on this machine, or to nothing.
function(treewalk_find_missing_cuda missing)
  set(${missing} "" PARENT_SCOPE)
  if(NOT EXISTS /dev/nvidiactl)
    set(${missing} "an NVIDIA GPU" PARENT_SCOPE)
    return()
  endif()
  find_package(CUDAToolkit 13 QUIET)
  if(NOT CUDAToolkit_FOUND)
    set(${missing} "the CUDA toolkit, version 13" PARENT_SCOPE)
    return()
  endif()
  foreach(library cudnn.9 nccl.2)
    string(REGEX MATCH "^[a-z]+" name ${library})
    string(REGEX MATCH "[0-9]+$" version ${library})
    find_file(treewalk_${name} lib${name}.so.${version} NO_CACHE
      HINTS ${CUDAToolkit_LIBRARY_DIR} PATHS /usr/lib/x86_64-linux-gnu /usr/local/lib)
    if(NOT treewalk_${name})
      set(${missing} "lib${name}.so.${version}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

if(TREEWALK_CUDA STREQUAL "AUTO")
  treewalk_find_missing_cuda(treewalk_missing)
  if(treewalk_missing)
    message(STATUS "CUDA is off: ${treewalk_missing} was not found")
    return()
  endif()
endif()

if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES 75 80 86 89 90 100 120 CACHE STRING "GPU generations to compile for")
endif()
enable_language(CUDA)
find_package(CUDAToolkit 13 REQUIRED)
set(TREEWALK_WITH_CUDA ON)
