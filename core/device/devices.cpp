// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/devices.h"

#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/util/Exception.h>

#include <cstdint>
#include <optional>

#include "core/device/host_access.h"
#include "treewalk/cloud.h"
#include "treewalk/memory.h"

namespace treewalk {
namespace {

/// How many devices of this type bodies can run on.
std::int64_t count_of(c10::DeviceType type) {
#ifdef TREEWALK_WITH_CUDA
  const bool kernels = true;
#else
  const bool kernels = false;
#endif
  const bool runs = type == c10::kCUDA ? kernels : host_access_hooks().open != nullptr && type == c10::kPrivateUse1;
  return runs && c10::impl::hasDeviceGuardImpl(type) ? c10::impl::getDeviceGuardImpl(type)->deviceCount() : 0;
}

std::optional<c10::Device> parsed(const std::string& name) {
  try {
    return c10::Device(name);
  } catch (const c10::Error&) {
    return std::nullopt;
  }
}

}  // namespace

c10::Device device_named(const std::string& name) {
  if (name == "auto") return count_of(c10::kCUDA) > 0 ? c10::Device(c10::kCUDA, 0) : c10::Device(c10::kCPU);
  const auto device = parsed(name);
  if (device && device->is_cpu()) return c10::kCPU;
  if (!device || !(device->is_cuda() || device->type() == c10::kPrivateUse1))
    throw Error("unknown device \"" + name + "\"; known are auto, cpu, cuda and cuda:i");
  const auto count = count_of(device->type());
  const c10::Device found(device->type(), device->has_index() ? device->index() : c10::DeviceIndex{0});
  if (found.index() < count) return found;
  const std::string refusal = "the device \"" + name + "\" is not available: ";
#ifndef TREEWALK_WITH_CUDA
  if (found.is_cuda()) throw Error(refusal + "this build has no CUDA kernels; use cpu or auto");
#endif
  if (count == 0) throw Error(refusal + "LibTorch finds no such device; use cpu or auto");
  throw Error(refusal + "LibTorch finds " + std::to_string(count) + " of its kind, numbered from 0; use auto");
}

bool runs_on_cpu(const std::string& device) { return device_named(device).is_cpu(); }

}  // namespace treewalk
