// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

#include "core/device/portable.h"

namespace treewalk {

/// Four random words; a pure function of counter and key.
struct RandomBlock {
  std::uint32_t word[4];
};

/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
HD inline RandomBlock philox4x32(RandomBlock counter, std::uint32_t key0, std::uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t(0xD2511F53u) * counter.word[0];
    const std::uint64_t product1 = std::uint64_t(0xCD9E8D57u) * counter.word[2];
    counter = {{std::uint32_t(product1 >> 32) ^ counter.word[1] ^ key0, std::uint32_t(product1),
                std::uint32_t(product0 >> 32) ^ counter.word[3] ^ key1, std::uint32_t(product0)}};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return counter;
}

/// The block of (seed, item, step): the same on every device, for any number of threads and any order of use.
HD inline RandomBlock random_block(std::uint64_t seed, std::uint64_t item, std::uint64_t step) {
  return philox4x32({{std::uint32_t(item), std::uint32_t(item >> 32), std::uint32_t(step), std::uint32_t(step >> 32)}},
                    std::uint32_t(seed), std::uint32_t(seed >> 32));
}

/// A well mixed 64-bit hash (the output function of SplitMix64, Steele et al., OOPSLA 2014): for choices that belong to
/// places rather than to an order, and where a block of Philox would cost more than what it decides.
HD inline std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

/// A whole number in [0, count), count >= 1; the bias is below count / 2^32.
HD inline std::uint32_t random_below(std::uint32_t word, std::uint32_t count) {
  return static_cast<std::uint32_t>((std::uint64_t(word) * count) >> 32);
}

/// FNV-1a: the same number for a name in every version of the library.
inline std::uint32_t name_hash(std::string_view name) {
  std::uint32_t hash = 2166136261u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

/// A sequence of numbers for host code: the blocks of (seed, stream) in turn. Other seeds and streams are independent.
/// Not for use by two threads at once.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {}
  /// A stream for each name and number below 2^32.
  RandomStream(std::uint64_t seed, std::string_view name, std::uint64_t number)
      : RandomStream(seed, (std::uint64_t(name_hash(name)) << 32) + number) {}
  std::uint32_t word() {
    if (used_ == 4) {
      block_ = random_block(seed_, stream_, step_++);
      used_ = 0;
    }
    return block_.word[used_++];
  }
  /// [0,1) with 53 bits.
  double uniform() {
    const std::uint64_t high = word() >> 5, low = word() >> 6;
    return static_cast<double>(high << 26 | low) * 0x1p-53;
  }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  double log_uniform(double low, double high) { return std::exp(uniform(std::log(low), std::log(high))); }  ///< 0 < low
  bool chance(double probability) { return word() * 0x1p-32 < probability; }
  std::uint32_t below(std::uint32_t count) { return random_below(word(), count); }
  /// low to high, both included; high - low < 2^32 - 1.
  std::int64_t integer(std::int64_t low, std::int64_t high) {
    return low + below(static_cast<std::uint32_t>(high - low + 1));
  }
  /// Standard normal (Box and Muller).
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(6.283185307179586 * uniform());
  }

 private:
  std::uint64_t seed_, stream_, step_ = 0;
  RandomBlock block_{};
  int used_ = 4;
};

}  // namespace treewalk
