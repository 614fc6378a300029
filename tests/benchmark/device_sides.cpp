// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/benchmark/device_sides.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/max.h>
#include <ATen/ops/zeros.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <cstdarg>
#include <exception>

#include "tests/benchmark/timing.h"

namespace treewalk {
namespace {

/// How what was computed there differs from what the CPU has.
struct Difference {
  bool bits = true;          ///< none
  double largest = 0;        ///< of floating point, over the largest number of the CPU's
  double share_unequal = 0;  ///< of whole numbers
  bool shapes = true;        ///< whether shapes and types are the same
};

Difference difference(const DeviceSides::Results& there, const DeviceSides::Results& here) {
  Difference found;
  found.shapes = there.size() == here.size();
  for (std::size_t i = 0; found.shapes && i < here.size(); ++i) {
    if (!here[i].defined() && !there[i].defined()) continue;
    found.shapes = here[i].defined() && there[i].defined() && here[i].sizes() == there[i].sizes() &&
                   here[i].scalar_type() == there[i].scalar_type();
    if (!found.shapes || here[i].numel() == 0) continue;
    const auto back = there[i].cpu();
    if (at::equal(back, here[i])) continue;
    found.bits = false;
    if (here[i].is_floating_point()) {
      const double scale = here[i].abs().max().item().toDouble(), most = (back - here[i]).abs().max().item().toDouble();
      found.largest = std::max(found.largest, scale > 0 ? most / scale : most);
      if (!(most >= 0)) found.largest = 1e300;  // not a number, on one side only
    } else {
      const double unequal = back.ne(here[i]).count_nonzero().item().toDouble();
      found.share_unequal = std::max(found.share_unequal, unequal / static_cast<double>(here[i].numel()));
    }
  }
  return found;
}

std::string in_words(const Difference& d) {
  if (!d.shapes) return "another shape";
  if (d.bits) return "same bits";
  char text[80];
  if (d.share_unequal > 0)
    std::snprintf(text, sizeof text, "within %.1e, %.3f %% other numbers", d.largest, 100 * d.share_unequal);
  else
    std::snprintf(text, sizeof text, "within %.1e", d.largest);
  return text;
}

bool within(const Difference& d, double tolerance) {
  if (!d.shapes || tolerance == 0) return d.shapes && d.bits;
  return d.largest <= tolerance && d.share_unequal <= 1e-3;
}

/// The sentence of an error, without where it was thrown.
std::string sentence(const std::exception& error) {
  const std::string text = error.what();
  return text.substr(0, std::min(text.find('\n'), std::size_t{200}));
}

}  // namespace

DeviceSides::DeviceSides(c10::Device device, int repeats, const char* json)
    : device_(device), repeats_(repeats), json_(json ? std::fopen(json, "w") : nullptr) {
  const auto numbers = at::TensorOptions().device(device);
  const auto from = at::zeros({64 << 20}, numbers), to = at::empty({64 << 20}, numbers);
  copied_ = 2.0 * static_cast<double>(from.nbytes()) / seconds(device, repeats, [&] { to.copy_(from); });
  std::printf("device_benchmark on %s, medians of %d; a copy moves %.0f GB/s\n", device.str().c_str(), repeats,
              copied_ / 1e9);
  write("{\"device\": \"%s\", \"copy_gb_per_second\": %.4g}\n", device.str().c_str(), copied_ / 1e9);
}

DeviceSides::~DeviceSides() {
  if (json_) std::fclose(json_);
}

double DeviceSides::seconds(c10::Device device, int repeats, const std::function<void()>& work) const {
  const c10::impl::VirtualGuardImpl guard(device.type());
  std::vector<Timing> one{{"", [&] {
                             work();
                             if (!device.is_cpu()) guard.synchronizeDevice(device.index());
                           }}};
  measure(one, repeats);
  return Timing::median(one[0].seconds);
}

void DeviceSides::write(const char* format, ...) {
  std::fflush(stdout);
  if (!json_) return;
  va_list arguments;
  va_start(arguments, format);
  std::vfprintf(json_, format, arguments);
  va_end(arguments);
  std::fflush(json_);
}

void DeviceSides::tried(const std::string& name, bool must, const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception& error) {
    std::printf("  %-46s %s: %s\n", name.c_str(), must ? "failed" : "does not run", sentence(error).c_str());
    std::fflush(stdout);
    if (must) passed_ = false;
  }
}

void DeviceSides::stage(const std::string& name, double bytes, double tolerance, const Stage& work) {
  stage_seconds_ = 0;
  tried(name, true, [&] {
    Results here, there;
    double on_cpu = 0;
    if (!device_.is_cpu()) on_cpu = seconds(c10::kCPU, std::max(1, repeats_ / 3), [&] { here = work(c10::kCPU); });
    stage_seconds_ = seconds(device_, repeats_, [&] { there = work(device_); });
    std::printf("  %-46s %10.3f ms", name.c_str(), stage_seconds_ * 1e3);
    if (bytes > 0)
      std::printf("   %8.1f MB: %5.1f %% of a copy", bytes / 1e6, 100 * bytes / copied_ / stage_seconds_);
    else
      std::printf("   %28s", "");
    std::string compared;
    if (!device_.is_cpu()) {
      const auto found = difference(there, here);
      compared = in_words(found);
      std::printf("   CPU %10.3f ms, %6.1f times ours; %s", on_cpu * 1e3, on_cpu / stage_seconds_, compared.c_str());
      if (!within(found, tolerance)) {
        passed_ = false;
        std::printf(", but %s is asked for", tolerance == 0 ? "the same bits" : std::to_string(tolerance).c_str());
      }
    }
    std::printf("\n");
    write("{\"stage\": \"%s\", \"ms\": %.5g, \"traffic_mb\": %.5g, \"cpu_ms\": %.5g, \"beside_cpu\": \"%s\"}\n",
          name.c_str(), stage_seconds_ * 1e3, bytes / 1e6, on_cpu * 1e3, compared.c_str());
  });
}

void DeviceSides::stage_there(const std::string& name, const std::function<void()>& work) {
  if (device_.is_cpu()) return;
  tried(name, true, [&] {
    stage_seconds_ = seconds(device_, repeats_, work);
    std::printf("  %-46s %10.3f ms\n", name.c_str(), stage_seconds_ * 1e3);
    write("{\"stage\": \"%s\", \"ms\": %.5g}\n", name.c_str(), stage_seconds_ * 1e3);
  });
}

void DeviceSides::instead(const std::string& name, double times, const std::function<at::Tensor()>& work,
                          const at::Tensor& ours) {
  const auto line = "  instead: " + name;
  tried(line, false, [&] {
    at::Tensor theirs;
    const double spent = times * seconds(device_, std::max(1, repeats_ / 3), [&] { theirs = work(); });
    std::printf("  %-46s %10.3f ms", line.c_str(), spent * 1e3);
    if (stage_seconds_ > 0) std::printf("   %8.1f times ours", spent / stage_seconds_);
    if (times > 1.5) std::printf(", from 1/%.0f of it", times);
    if (ours.defined()) {
      const auto found = difference({theirs.cpu()}, {ours.cpu()});
      std::printf("; %s", in_words(found).c_str());
      if (!within(found, 1e-4)) {
        passed_ = false;
        std::printf(", but 0.0001 is asked for");
      }
    }
    std::printf("\n");
    write("{\"instead\": \"%s\", \"ms\": %.5g, \"from_part\": %.5g}\n", name.c_str(), spent * 1e3, 1 / times);
  });
}

}  // namespace treewalk
