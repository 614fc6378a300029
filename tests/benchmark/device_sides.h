// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace treewalk {

/// What a benchmark has on the CPU and on the device that is measured; one thing where that is the CPU.
template <class T>
struct BothSides {
  T cpu, there;
  T& on(c10::Device device) { return device.is_cpu() ? cpu : there; }
};

/// Measures stages on a device, beside the CPU where it is another one, and beside what one would use instead. A line
/// for each, printed as it ends and, for programs, written as JSON. What fails says so and fails the benchmark; the
/// stages after it are measured all the same.
class DeviceSides {
 public:
  /// repeats: turns of which the median counts (on a CPU beside a device a third of them); json: a file, or nullptr.
  DeviceSides(c10::Device device, int repeats, const char* json);
  ~DeviceSides();
  DeviceSides(const DeviceSides&) = delete;
  DeviceSides& operator=(const DeviceSides&) = delete;

  c10::Device device() const { return device_; }
  /// The CPU, and the device where it is another one.
  std::vector<c10::Device> devices() const {
    return device_.is_cpu() ? std::vector{device_} : std::vector{c10::Device(c10::kCPU), device_};
  }
  /// What a stage computes on a device, for comparison.
  using Results = std::vector<at::Tensor>;
  using Stage = std::function<Results(c10::Device)>;
  /// Measures work(device), and work(CPU), and compares what they gave: whole numbers, and floating point where
  /// `tolerance` is 0, must be equal; floating point may else differ by `tolerance` times the largest number of the
  /// CPU's, and one whole number in a thousand (a label between classes that tie). `bytes` must pass through memory;
  /// 0: nobody has counted them.
  void stage(const std::string& name, double bytes, double tolerance, const Stage& work);
  /// The same for what the CPU has not; on the CPU it is left out.
  void stage_there(const std::string& name, const std::function<void()>& work);
  /// What one would use on the device instead of the last stage. It did 1 / `times` of that stage's work. Its result,
  /// where it gives one, must be within 1e-4 of `ours`. What does not run there, or not in its memory, is left out.
  void instead(const std::string& name, double times, const std::function<at::Tensor()>& work,
               const at::Tensor& ours = {});
  /// Stages that build on each other: what fails between them says so too, and the next ones follow.
  void group(const std::string& name, const std::function<void()>& stages) { tried(name, true, stages); }
  /// Whether everything ran and agreed.
  bool passed() const { return passed_; }

 private:
  double seconds(c10::Device device, int repeats, const std::function<void()>& work) const;
  void write(const char* format, ...) __attribute__((format(printf, 2, 3)));
  void tried(const std::string& name, bool must, const std::function<void()>& work);

  c10::Device device_;
  int repeats_;
  double copied_ = 0;
  double stage_seconds_ = 0;  ///< of the last stage, there
  std::FILE* json_;
  bool passed_ = true;
};

}  // namespace treewalk
