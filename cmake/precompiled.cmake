# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# LibTorch's headers take longer to read than most files of this project to compile: they are compiled once, for all
# files with the same options. Files still name what they include, and compile with CMAKE_DISABLE_PRECOMPILE_HEADERS=ON.
set(treewalk_torch_headers <ATen/core/Tensor.h> <ATen/TensorOperators.h> <ATen/ops/empty.h> <ATen/ops/cat.h>)

# ccache takes part only where it is told that macros of precompiled headers do not change behind its back.
function(treewalk_cache_precompiled target)
  get_filename_component(launcher "${CMAKE_CXX_COMPILER_LAUNCHER}" NAME)
  if(launcher STREQUAL "ccache")
    set_target_properties(${target} PROPERTIES CXX_COMPILER_LAUNCHER
      "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros;${CMAKE_CXX_COMPILER_LAUNCHER}")
  endif()
endfunction()

# treewalk_precompile(target headers...)
function(treewalk_precompile target)
  target_precompile_headers(${target} PRIVATE ${ARGN})
  treewalk_cache_precompiled(${target})
endfunction()

# treewalk_precompiled_like(target other): the same compiled headers; both need the same options.
function(treewalk_precompiled_like target other)
  target_precompile_headers(${target} REUSE_FROM ${other})
  treewalk_cache_precompiled(${target})
endfunction()
