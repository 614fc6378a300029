// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/feature_map.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/elu.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/max.h>
#include <ATen/ops/relu.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>
#include <vector>

#include "core/device/random.h"

namespace treewalk {

namespace {

constexpr std::pair<const char*, FeatureMap> kNames[] = {{"relu", FeatureMap::relu},
                                                         {"elu", FeatureMap::elu},
                                                         {"exponential", FeatureMap::exponential},
                                                         {"favor", FeatureMap::favor}};

}  // namespace

const char* name_of(FeatureMap map) {
  return std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& one) { return one.second == map; })->first;
}

at::Tensor favor_directions(std::int64_t features, std::int64_t width, std::uint64_t seed) {
  TORCH_CHECK(features >= 1 && width >= 1, "favor: features and width must be at least 1, got ", features, " and ",
              width);
  auto result = at::empty({features, width}, at::kDouble);
  auto* row = result.mutable_data_ptr<double>();
  RandomStream random(seed, 0);
  const auto length = [&](const double* x) {
    double sum = 0;
    for (std::int64_t c = 0; c < width; ++c) sum += x[c] * x[c];
    return std::sqrt(sum);
  };
  for (std::int64_t i = 0; i < features; ++i, row += width) {
    double before = 0, after = 0;
    do {  // Gram and Schmidt, twice for accuracy; a direction that is lost in the others is drawn again
      for (std::int64_t c = 0; c < width; ++c) row[c] = random.normal();
      before = length(row);
      for (int pass = 0; pass < 2; ++pass)
        for (std::int64_t j = i / width * width; j < i; ++j) {
          const double* other = row - (i - j) * width;
          const double norm = length(other);
          double along = 0;
          for (std::int64_t c = 0; c < width; ++c) along += row[c] * other[c];
          for (std::int64_t c = 0; c < width; ++c) row[c] -= along / (norm * norm) * other[c];
        }
      after = length(row);
    } while (after < 1e-3 * before);
    std::vector<double> independent(width);  // an orthogonal direction with the length of a Gaussian one
    for (double& x : independent) x = random.normal();
    const double scale = length(independent.data()) / after;
    for (std::int64_t c = 0; c < width; ++c) row[c] *= scale;
  }
  return result;
}

at::Tensor features_of(const at::Tensor& x, std::int64_t heads, FeatureMap map, bool keys,
                       const at::Tensor& directions) {
  TORCH_CHECK(x.dim() == 2 && x.size(1) % heads == 0, "features: x must be a matrix with columns for ", heads,
              " heads, got ", x.sizes());
  const auto width = x.size(1) / heads;
  if (map == FeatureMap::relu) return at::relu(keys ? x : x / std::sqrt(double(width))) + 1e-6;
  if (map == FeatureMap::elu) return at::elu(x) + 1;
  if (map == FeatureMap::exponential) return keys ? x : x / std::sqrt(double(width));
  TORCH_CHECK(directions.defined() && directions.size(1) == width, "features: favor needs directions of ", width,
              " numbers");
  const auto scaled = x.view({x.size(0), heads, width}) * std::pow(double(width), -0.25);
  const auto along = scaled.matmul(directions.to(x.device(), x.scalar_type(), true).t()),
             half = scaled.square().sum(2, true) / 2;
  // w.x - |x|^2 / 2 <= |w|^2 / 2, whatever x is: what may overflow is known before, and is the same for all rows.
  constexpr double kLargest = 30;
  const double highest = directions.square().sum(1).max().item<double>() / 2;
  const double shift = std::max(0.0, highest - kLargest);
  return ((along - half - shift).exp() + 1e-4).reshape({x.size(0), -1}) / std::sqrt(double(directions.size(0)));
}

}  // namespace treewalk
