// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <c10/core/Device.h>

#include <string>

namespace treewalk {

/// The device that a user names: "auto" (a GPU where LibTorch finds one and this build has kernels for it, else the
/// CPU), "cpu", "cuda", "cuda:i", or another one on which bodies run (host_access.h). Throws Error for one that is
/// unknown or not there.
c10::Device device_named(const std::string& name);

}  // namespace treewalk
