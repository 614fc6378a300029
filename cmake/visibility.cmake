# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# What programs see of the libraries: what TREEWALK_EXPORT marks, and nothing of the libraries that these are made with.

# treewalk_hide_symbols(target): nothing is shown that is not marked.
function(treewalk_hide_symbols target)
  set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
endfunction()

# treewalk_show_own_symbols(library): of what is marked, what is treewalk's; headers of others mark theirs too, and
# their templates would be shown from here.
function(treewalk_show_own_symbols library)
  set(script "${PROJECT_SOURCE_DIR}/cmake/exported.map")
  target_link_options(${library} PRIVATE -Wl,-z,defs "-Wl,--version-script=${script}")
  set_property(TARGET ${library} APPEND PROPERTY LINK_DEPENDS "${script}")
endfunction()

# treewalk_tested_library(name objects...): the shared library NAME, and NAME_tested, an archive of the same objects for
# tests that reach into all of it.
function(treewalk_tested_library name)
  add_library(${name} SHARED ${ARGN})
  add_library(${name}_tested STATIC EXCLUDE_FROM_ALL ${ARGN})
  treewalk_show_own_symbols(${name})
  foreach(library ${name} ${name}_tested)
    target_compile_features(${library} PUBLIC cxx_std_17)
    set_target_properties(${library} PROPERTIES LINKER_LANGUAGE CXX)
  endforeach()
endfunction()
