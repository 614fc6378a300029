// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/blend.h"

#include <ATen/ops/from_blob.h>

#include "core/device/parallel.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPiece = 1 << 14;

}  // namespace

void Blend::add(const Tile& tile, const at::Tensor& position, const at::Tensor& probability, const at::Tensor& order) {
  if (tile.whole()) {
    of_whole_.emplace(points_, classes_, probabilities_, 0, probability.device());
    of_whole_->add(probability, order);
    return;
  }
  sum_.resize(static_cast<std::size_t>(points_) * classes_);
  weight_.resize(points_);
  const auto rows = in_input_order(probability, order).cpu();
  const auto *p = rows.const_data_ptr<float>(), *x = position.const_data_ptr<float>();
  parallel_pieces(position.size(0), kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const float w = tile_weight(tile, halo_, x + 3 * i);
      const std::int64_t to = tile.point[i];
      weight_[to] += w;
      for (int c = 0; c < classes_; ++c) sum_[to * classes_ + c] += w * p[i * classes_ + c];
    }
  });
}

PointLabels Blend::labels() {
  if (!of_whole_) {
    parallel_pieces(points_, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        for (int c = 0; c < classes_; ++c) sum_[i * classes_ + c] /= weight_[i];
    });
    of_whole_.emplace(points_, classes_, probabilities_, 0, c10::kCPU);
    of_whole_->add(at::from_blob(sum_.data(), {points_, classes_}, at::kFloat));
  }
  of_whole_->fetch();
  return *of_whole_;
}

}  // namespace treewalk
