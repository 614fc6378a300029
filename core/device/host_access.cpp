// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/host_access.h"

namespace treewalk {

HostAccessHooks& host_access_hooks() {
  static HostAccessHooks hooks;
  return hooks;
}

}  // namespace treewalk
