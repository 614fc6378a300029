# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# treewalk_find_library(target header package otherwise name...): an imported target for a small library that brings no
# CMake package: its header, and the library by one of the names. Where it lies elsewhere than in the system,
# CMAKE_PREFIX_PATH names the folder that holds include/ and lib/. otherwise: what a person may do instead, or "".
function(treewalk_find_library target header package otherwise)
  find_path(${target}_INCLUDE ${header})
  find_library(${target}_LIBRARY NAMES ${ARGN})
  mark_as_advanced(${target}_INCLUDE ${target}_LIBRARY)
  if(NOT ${target}_INCLUDE OR NOT ${target}_LIBRARY)
    list(GET ARGN 0 name)
    if(otherwise)
      string(PREPEND otherwise ", ")
    endif()
    message(FATAL_ERROR "lib${name} was not found: install ${package}, or set CMAKE_PREFIX_PATH to the folder that "
                        "holds include/${header} and lib/${otherwise}.")
  endif()
  add_library(${target} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION "${${target}_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${${target}_INCLUDE}")
endfunction()
