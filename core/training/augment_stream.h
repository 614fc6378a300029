// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/device/random.h"

namespace treewalk {

/// The random numbers of one change: they depend on (seed, step, name) and on how many were drawn before, on nothing
/// else. Streams of other names, steps and seeds are independent of this one. Not for use by two threads at once.
class ChangeStream {
 public:
  ChangeStream(std::uint64_t seed, std::uint64_t step, std::string_view name);

  std::uint32_t bits() {
    if (used_ == 4) {
      block_ = philox4x32(counter_, key_[0], key_[1]);
      ++counter_.word[0];
      used_ = 0;
    }
    return block_.word[used_++];
  }
  double uniform() { return (bits() + 0.5) * 0x1p-32; }  ///< in (0,1), ends excluded
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  double log_uniform(double low, double high);  ///< 0 < low <= high
  bool chance(double probability) { return uniform() < probability; }
  std::int64_t integer(std::int64_t low, std::int64_t high);  ///< both ends included; high - low < 2^32
  double normal();                                            ///< N(0,1), ziggurat
  double gamma(double shape);                                 ///< Gamma(shape, 1), shape >= 1
  std::array<double, 3> direction();                          ///< uniform on the unit sphere

 private:
  double normal_tail(bool negative);
  std::array<std::uint32_t, 2> key_;
  RandomBlock counter_;  ///< words: block, name, step (2)
  RandomBlock block_{};
  int used_ = 4;
};

}  // namespace treewalk
