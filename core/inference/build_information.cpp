// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/Context.h>
#include <ATen/Version.h>

#include <string>

#include "core/device/cpu.h"
#include "core/device/threads.h"
#include "treewalk/session.h"

namespace treewalk {

std::string build_information() {
  std::string text = "treewalk " TREEWALK_VERSION "\n";
  text += "cpu capability: LibTorch " + at::get_cpu_capability() + ", treewalk " + cpu_capability() + "\n";
  text += "threads: " + std::to_string(ThreadCount::resolve(0)) + "\n";
#ifdef TREEWALK_WITH_CUDA
  text += "CUDA kernels: built in; devices: " +
          std::to_string(at::globalContext().hasCUDA() ? at::detail::getCUDAHooks().deviceCount() : 0) + "\n";
#else
  text += "CUDA kernels: not in this build\n";
#endif
  return text + at::show_config();
}

}  // namespace treewalk
