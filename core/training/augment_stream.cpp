// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/augment_stream.h"

#include <cmath>

namespace treewalk {

namespace {

/// FNV-1a: the same number for a name in every version of the library.
std::uint32_t name_hash(std::string_view name) {
  std::uint32_t hash = 2166136261u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

/// Layers of equal area under exp(-x^2/2): layer i reaches to edge[i]; inside ratio[i] of it no test is needed.
struct Ziggurat {
  static constexpr int layers = 128;
  static constexpr double tail = 3.442619855899;       // where the base layer ends and the tail begins
  static constexpr double area = 9.91256303526217e-3;  // of every layer
  std::array<double, layers + 1> edge;
  std::array<double, layers> ratio;
  Ziggurat() {
    double height = std::exp(-0.5 * tail * tail);
    edge[0] = area / height;
    edge[1] = tail;
    edge[layers] = 0;
    for (int i = 2; i < layers; ++i) {
      edge[i] = std::sqrt(-2 * std::log(area / edge[i - 1] + height));
      height = std::exp(-0.5 * edge[i] * edge[i]);
    }
    for (int i = 0; i < layers; ++i) ratio[i] = edge[i + 1] / edge[i];
  }
};

const Ziggurat ziggurat;

}  // namespace

ChangeStream::ChangeStream(std::uint64_t seed, std::uint64_t step, std::string_view name)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      counter_{{0, name_hash(name), static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(step >> 32)}} {}

double ChangeStream::log_uniform(double low, double high) { return std::exp(uniform(std::log(low), std::log(high))); }

std::int64_t ChangeStream::integer(std::int64_t low, std::int64_t high) {
  const std::uint64_t choices = static_cast<std::uint64_t>(high - low) + 1;
  return low + static_cast<std::int64_t>((choices * bits()) >> 32);
}

double ChangeStream::normal() {
  for (;;) {
    const std::uint32_t word = bits();
    const int layer = word & (Ziggurat::layers - 1);
    const double u = ((word >> 7) + 0.5) * 0x1p-24 - 1;  // the other 25 bits, in (-1,1)
    if (std::fabs(u) < ziggurat.ratio[layer]) return u * ziggurat.edge[layer];
    if (layer == 0) return normal_tail(u < 0);
    const double x = u * ziggurat.edge[layer];
    const double outer = std::exp(-0.5 * (ziggurat.edge[layer] * ziggurat.edge[layer] - x * x));
    const double inner = std::exp(-0.5 * (ziggurat.edge[layer + 1] * ziggurat.edge[layer + 1] - x * x));
    if (inner + uniform() * (outer - inner) < 1) return x;
  }
}

double ChangeStream::normal_tail(bool negative) {
  double x, y;
  do {
    x = std::log(uniform()) / Ziggurat::tail;
    y = std::log(uniform());
  } while (-2 * y < x * x);
  return negative ? x - Ziggurat::tail : Ziggurat::tail - x;
}

/// Marsaglia and Tsang's method: a cube of a normal number, accepted nearly always.
double ChangeStream::gamma(double shape) {
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal(), root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log(uniform()) < 0.5 * x * x + d * (1 - v + std::log(v))) return d * v;
  }
}

std::array<double, 3> ChangeStream::direction() {
  for (;;) {
    const double x = normal(), y = normal(), z = normal();
    const double length = std::sqrt(x * x + y * y + z * z);
    if (length > 1e-6) return {x / length, y / length, z / length};
  }
}

}  // namespace treewalk
