# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# What the packages are called, what they say of themselves, and what they need.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME treewalk)
set(CPACK_PACKAGE_VERSION "${CMAKE_PROJECT_VERSION}")
set(CPACK_PACKAGE_CONTACT "the treewalk authors")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
  WORLD_READ WORLD_EXECUTE)
set(CPACK_INSTALL_CMAKE_PROJECTS
  "${TREEWALK_LIBRARIES};libraries;ALL;/" "${TREEWALK_PROGRAM};program;ALL;/" "${CMAKE_BINARY_DIR};packages;ALL;/")
list(TRANSFORM components PREPEND treewalk_ OUTPUT_VARIABLE CPACK_COMPONENTS_ALL)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${release})
set(CPACK_DEBIAN_PACKAGE_SOURCE treewalk)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE gzip) # xz takes minutes for LibTorch
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${TREEWALK_STAGE}/usr/${CMAKE_INSTALL_LIBDIR}/treewalk")

# package(component FIELD value...): a package of one component.
function(package component)
  string(TOUPPER "TREEWALK_${component}" key)
  cmake_parse_arguments(PARSE_ARGV 1 a "" "NAME;SECTION;SUMMARY;TEXT;DEPENDS;RECOMMENDS;SUGGESTS;ARCHITECTURE" "")
  foreach(field NAME SECTION DEPENDS RECOMMENDS SUGGESTS ARCHITECTURE)
    if(DEFINED a_${field})
      set(CPACK_DEBIAN_${key}_PACKAGE_${field} "${a_${field}}" PARENT_SCOPE)
    endif()
  endforeach()
  set(CPACK_COMPONENT_${key}_DESCRIPTION "${a_SUMMARY}\n${a_TEXT}" PARENT_SCOPE)
endfunction()

package(runtime NAME treewalk SECTION contrib/science
  DEPENDS "libtreewalk-torch (= ${full_version})" RECOMMENDS "treewalk-models (= ${full_version})"
  SUMMARY "learned segmentation and classification of point clouds"
  TEXT "Labels every point of a scan, classifies whole clouds, and trains models of\n\
your own classes, with attention networks on octrees and on graphs.\n\
.\n\
This package holds the program treewalk and the shared libraries that bring\n\
the same to programs of the Point Cloud Library (PCL).")
package(dev NAME libtreewalk-dev SECTION contrib/libdevel
  DEPENDS "treewalk (= ${full_version}), libpcl-dev" SUGGESTS "treewalk-models (= ${full_version})"
  SUMMARY "learned filters for the Point Cloud Library - development files"
  TEXT "SemanticFilter, SemanticSegmentation and their kin are ordinary PCL filters\n\
that know classes: ground, table, object, or what they were trained on.\n\
.\n\
This package holds the headers and the CMake package treewalk.")
package(models NAME treewalk-models SECTION science ARCHITECTURE all
  SUMMARY "models and recipes for treewalk"
  TEXT "Trained models for the program treewalk and its libraries: ground of airborne\n\
scans, objects on tables, kinds of furniture, and parts of objects; and the\n\
recipes that they were trained by.")
package(torch NAME libtreewalk-torch SECTION non-free/libs
  SUMMARY "part of LibTorch that treewalk computes with"
  TEXT "LibTorch for the CPU, in a folder that only treewalk looks into, so that it\n\
does not meet another LibTorch of the system.\n\
.\n\
It holds the Intel oneAPI Math Kernel Library and CUDA's runtime library; a\n\
GPU is neither needed nor used.")
# For those who package a program of their own, and for the loader.
file(WRITE "${CMAKE_BINARY_DIR}/shlibs" "libtreewalk_core 0 treewalk (>= ${CMAKE_PROJECT_VERSION})\n"
  "libtreewalk_io 0 treewalk (>= ${CMAKE_PROJECT_VERSION})\n" "libtreewalk_pcl 0 treewalk (>= ${CMAKE_PROJECT_VERSION})\n")
file(WRITE "${CMAKE_BINARY_DIR}/triggers" "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_TREEWALK_RUNTIME_PACKAGE_CONTROL_EXTRA "${CMAKE_BINARY_DIR}/shlibs;${CMAKE_BINARY_DIR}/triggers")
set(CPACK_DEBIAN_TREEWALK_MODELS_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_TREEWALK_DEV_PACKAGE_SHLIBDEPS OFF)
include(CPack)
