# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# find_package(treewalk) gives treewalk::core and treewalk::io (no PCL in their headers), treewalk::pcl where PCL was
# on, and treewalk::treewalk, which stands for all of it; with COMPONENTS core io nothing looks for PCL. Each file is in
# one of four components, which become packages: treewalk_runtime, treewalk_dev, treewalk_models and, where LibTorch is
# bundled, treewalk_torch. The installed tree can be moved when LibTorch is bundled; otherwise the core library looks
# for it where it was at build time.
include(CMakePackageConfigHelpers)
set(TREEWALK_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/treewalk")

option(TREEWALK_BUNDLE_TORCH "Install the CPU's part of LibTorch too, into a folder beside treewalk's libraries" OFF)
set(treewalk_torch_folder "${TREEWALK_TORCH}/lib")
set(treewalk_built_with "${TREEWALK_TORCH}")
if(TREEWALK_BUNDLE_TORCH)
  set(treewalk_torch_folder "$ORIGIN/treewalk")
  set(treewalk_built_with "")
  include(bundle_torch)
endif()

# Within one build tree, what the installed package makes of its components.
add_library(treewalk INTERFACE)
add_library(treewalk::treewalk ALIAS treewalk)
target_link_libraries(treewalk INTERFACE treewalk_core treewalk_io $<TARGET_NAME_IF_EXISTS:treewalk_pcl>)

# treewalk_install(name export): a library.
function(treewalk_install name export)
  set_target_properties(treewalk_${name} PROPERTIES EXPORT_NAME ${name} VERSION ${PROJECT_VERSION} SOVERSION 0)
  install(TARGETS treewalk_${name} EXPORT ${export}
    LIBRARY COMPONENT treewalk_runtime NAMELINK_COMPONENT treewalk_dev)
endfunction()
treewalk_install(core treewalkTargets)
treewalk_install(io treewalkTargets)
install(DIRECTORY core/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT treewalk_dev)
set_target_properties(treewalk_core PROPERTIES INSTALL_RPATH "$ORIGIN;${treewalk_torch_folder}")
set(treewalk_exports treewalkTargets)
set(treewalk_components core io)
if(TREEWALK_PCL)
  get_directory_property(PCL_VERSION DIRECTORY plugin DEFINITION PCL_VERSION)
  treewalk_install(pcl treewalkPclTargets)
  install(DIRECTORY plugin/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT treewalk_dev)
  list(APPEND treewalk_exports treewalkPclTargets)
  list(APPEND treewalk_components pcl)
endif()

# What the program finds by name.
install(DIRECTORY samples/models samples/recipes DESTINATION ${CMAKE_INSTALL_DATADIR}/treewalk
  COMPONENT treewalk_models)

foreach(export IN LISTS treewalk_exports)
  install(EXPORT ${export} NAMESPACE treewalk:: DESTINATION ${TREEWALK_PACKAGE_DIR} COMPONENT treewalk_dev)
endforeach()
configure_package_config_file(cmake/treewalkConfig.cmake.in "${PROJECT_BINARY_DIR}/treewalkConfig.cmake"
  INSTALL_DESTINATION ${TREEWALK_PACKAGE_DIR}
  PATH_VARS CMAKE_INSTALL_FULL_DATADIR)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/treewalkConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES cmake/torch_targets.cmake RENAME treewalkTorch.cmake DESTINATION ${TREEWALK_PACKAGE_DIR}
  COMPONENT treewalk_dev)
install(FILES "${PROJECT_BINARY_DIR}/treewalkConfig.cmake" "${PROJECT_BINARY_DIR}/treewalkConfigVersion.cmake"
  DESTINATION ${TREEWALK_PACKAGE_DIR} COMPONENT treewalk_dev)
