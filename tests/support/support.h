// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>

#include <cstdint>
#include <initializer_list>
#include <random>
#include <vector>

namespace treewalk::test {

/// The CPU, and the GPU where the build and the machine have one.
inline std::vector<c10::Device> devices() {
  std::vector<c10::Device> found{c10::Device(c10::DeviceType::CPU)};
  if (at::hasCUDA()) found.emplace_back(c10::DeviceType::CUDA, 0);
  return found;
}

/// Runs work() with 1 and with 4 threads and puts the number of threads back.
template <class Work>
void with_threads(const Work& work) {
  const int before = at::get_num_threads();
  for (const int threads : {1, 4}) {
    at::set_num_threads(threads);
    work();
  }
  at::set_num_threads(before);
}

/// The results of work() with 1 and 4 threads agree bit for bit, as told by same(one, four).
template <class Work, class Same>
void expect_same_for_threads(const Work& work, const Same& same) {
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = work();
  at::set_num_threads(4);
  const auto four = work();
  at::set_num_threads(before);
  same(one, four);
}

/// Both undefined, or equal in shape, type and every bit that `==` sees.
inline bool same_tensor(const at::Tensor& a, const at::Tensor& b) {
  if (!a.defined() || !b.defined()) return a.defined() == b.defined();
  return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() && at::equal(a, b);
}

/// [rows,3] of a list of numbers.
template <class T = float>
at::Tensor points_of(std::initializer_list<T> coordinates) {
  auto points = at::empty({static_cast<std::int64_t>(coordinates.size()) / 3, 3},
                          sizeof(T) == sizeof(double) ? at::kDouble : at::kFloat);
  std::copy(coordinates.begin(), coordinates.end(), points.template data_ptr<T>());
  return points;
}

/// [N,3] uniform in [0,1) from a seed.
inline at::Tensor uniform_points(std::int64_t size, std::uint64_t seed, at::ScalarType type = at::kFloat) {
  std::mt19937_64 random(seed);
  auto points = at::empty({size, 3}, at::kDouble);
  for (std::int64_t i = 0; i < 3 * size; ++i)
    points.data_ptr<double>()[i] = static_cast<double>(random() >> 11) * 0x1p-53;
  return points.to(type);
}

/// [N,3] on the graph of a wavy surface over the unit square, as a scanner sees one.
inline at::Tensor surface_points(std::int64_t size, std::uint64_t seed, at::ScalarType type = at::kFloat) {
  auto points = uniform_points(size, seed, at::kDouble);
  for (std::int64_t i = 0; i < size; ++i) {
    double* p = points.data_ptr<double>() + 3 * i;
    p[2] = 0.1 * std::sin(7 * p[0]) * std::cos(5 * p[1]) + 0.002 * p[2];
  }
  return points.to(type);
}

}  // namespace treewalk::test
