# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# find_package(treewalk) gives treewalk::core (no PCL in its headers), treewalk::pcl where PCL was on, and
# treewalk::treewalk, which stands for all of it.
include(CMakePackageConfigHelpers)
set(TREEWALK_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/treewalk")

add_library(treewalk INTERFACE)
add_library(treewalk::treewalk ALIAS treewalk)
target_link_libraries(treewalk INTERFACE treewalk_core)
set_target_properties(treewalk_core PROPERTIES EXPORT_NAME core VERSION ${PROJECT_VERSION} SOVERSION 0
  INSTALL_RPATH "$ORIGIN;${TREEWALK_TORCH}/lib") # LibTorch stays where it was at build time
install(TARGETS treewalk treewalk_core EXPORT treewalkTargets)
install(DIRECTORY core/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

if(TREEWALK_PCL)
  get_directory_property(PCL_VERSION DIRECTORY plugin DEFINITION PCL_VERSION)
  target_link_libraries(treewalk INTERFACE treewalk_pcl)
  set_target_properties(treewalk_pcl PROPERTIES EXPORT_NAME pcl VERSION ${PROJECT_VERSION} SOVERSION 0)
  install(TARGETS treewalk_pcl EXPORT treewalkTargets)
  install(DIRECTORY plugin/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endif()

# What the program finds by name.
install(DIRECTORY samples/models samples/recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/treewalk)

install(EXPORT treewalkTargets NAMESPACE treewalk:: DESTINATION ${TREEWALK_PACKAGE_DIR})
configure_package_config_file(cmake/treewalkConfig.cmake.in "${PROJECT_BINARY_DIR}/treewalkConfig.cmake"
  INSTALL_DESTINATION ${TREEWALK_PACKAGE_DIR}
  PATH_VARS CMAKE_INSTALL_FULL_DATADIR)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/treewalkConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/treewalkConfig.cmake" "${PROJECT_BINARY_DIR}/treewalkConfigVersion.cmake"
  DESTINATION ${TREEWALK_PACKAGE_DIR})
