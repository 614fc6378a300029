// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <c10/core/Device.h>

namespace treewalk {

/// Devices that are neither a CPU nor a GPU of CUDA have memory that host threads reach between `open` and `close`, and
/// bodies run on them as on a CPU. Tests register one that stands in for a GPU (tests/stand_in): whoever touches its
/// memory outside of a body is found.
struct HostAccessHooks {
  void (*open)() = nullptr;
  void (*close)() = nullptr;
};
HostAccessHooks& host_access_hooks();

class HostAccess {
 public:
  explicit HostAccess(c10::Device device) : open_(!device.is_cpu() && host_access_hooks().open != nullptr) {
    if (open_) host_access_hooks().open();
  }
  ~HostAccess() {
    if (open_) host_access_hooks().close();
  }
  HostAccess(const HostAccess&) = delete;
  HostAccess& operator=(const HostAccess&) = delete;

 private:
  bool open_;
};

}  // namespace treewalk
