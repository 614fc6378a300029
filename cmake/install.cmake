# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# find_package(treewalk) gives treewalk::core and treewalk::io (no PCL in their headers), treewalk::pcl where PCL was on, and
# treewalk::treewalk, which stands for all of it. Each file is in one of four components, which become packages:
# treewalk_runtime, treewalk_dev, treewalk_models and, where LibTorch is bundled, treewalk_torch.
include(CMakePackageConfigHelpers)
set(TREEWALK_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/treewalk")

option(TREEWALK_BUNDLE_TORCH "Install the CPU's part of LibTorch too, into a folder beside treewalk's libraries" OFF)
set(treewalk_torch_folder "${TREEWALK_TORCH}/lib") # where it was at build time
if(TREEWALK_BUNDLE_TORCH)
  set(treewalk_torch_folder "$ORIGIN/treewalk")
  include(bundle_torch)
endif()

add_library(treewalk INTERFACE)
add_library(treewalk::treewalk ALIAS treewalk)
target_link_libraries(treewalk INTERFACE treewalk_core treewalk_io)
set_target_properties(treewalk_core PROPERTIES EXPORT_NAME core VERSION ${PROJECT_VERSION} SOVERSION 0
  INSTALL_RPATH "$ORIGIN;${treewalk_torch_folder}")
set_target_properties(treewalk_io PROPERTIES EXPORT_NAME io VERSION ${PROJECT_VERSION} SOVERSION 0)
install(TARGETS treewalk treewalk_core treewalk_io EXPORT treewalkTargets
  LIBRARY COMPONENT treewalk_runtime NAMELINK_COMPONENT treewalk_dev)
install(DIRECTORY core/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT treewalk_dev)

if(TREEWALK_PCL)
  get_directory_property(PCL_VERSION DIRECTORY plugin DEFINITION PCL_VERSION)
  target_link_libraries(treewalk INTERFACE treewalk_pcl)
  set_target_properties(treewalk_pcl PROPERTIES EXPORT_NAME pcl VERSION ${PROJECT_VERSION} SOVERSION 0)
  install(TARGETS treewalk_pcl EXPORT treewalkTargets
    LIBRARY COMPONENT treewalk_runtime NAMELINK_COMPONENT treewalk_dev)
  install(DIRECTORY plugin/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT treewalk_dev)
endif()

# What the program finds by name.
install(DIRECTORY samples/models samples/recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/treewalk
  COMPONENT treewalk_models)

install(EXPORT treewalkTargets NAMESPACE treewalk:: DESTINATION ${TREEWALK_PACKAGE_DIR}
  COMPONENT treewalk_dev)
configure_package_config_file(cmake/treewalkConfig.cmake.in "${PROJECT_BINARY_DIR}/treewalkConfig.cmake"
  INSTALL_DESTINATION ${TREEWALK_PACKAGE_DIR}
  PATH_VARS CMAKE_INSTALL_FULL_DATADIR)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/treewalkConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES cmake/torch_targets.cmake RENAME treewalkTorch.cmake DESTINATION ${TREEWALK_PACKAGE_DIR}
  COMPONENT treewalk_dev)
install(FILES "${PROJECT_BINARY_DIR}/treewalkConfig.cmake" "${PROJECT_BINARY_DIR}/treewalkConfigVersion.cmake"
  DESTINATION ${TREEWALK_PACKAGE_DIR} COMPONENT treewalk_dev)
