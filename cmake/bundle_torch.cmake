# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the treewalk authors
#
# Installs what a CPU needs of LibTorch, byte for byte as it was published. LibTorch's copy of GNU OpenMP is left out:
# PCL uses the system's, and a second one in the process would have its own threads.
if(TREEWALK_WITH_CUDA)
  message(FATAL_ERROR "TREEWALK_BUNDLE_TORCH brings what a CPU needs; with CUDA on, LibTorch stays where it is. "
                      "Set TREEWALK_CUDA=OFF, or TREEWALK_BUNDLE_TORCH=OFF.")
endif()
set(treewalk_bundle "${TREEWALK_TORCH}/lib/libtorch_cpu.so" "${TREEWALK_TORCH}/lib/libc10.so")
# A LibTorch that knows CUDA does not load without these two, GPU or not.
foreach(library libcudart.so.13 libcupti.so.13)
  find_file(treewalk_${library} ${library} NO_CACHE NO_DEFAULT_PATH PATHS ${treewalk_nvidia_lib_dirs})
  if(treewalk_${library})
    list(APPEND treewalk_bundle "${treewalk_${library}}")
  endif()
endforeach()
install(FILES ${treewalk_bundle} DESTINATION ${CMAKE_INSTALL_LIBDIR}/treewalk COMPONENT treewalk_torch)
