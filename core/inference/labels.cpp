// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/labels.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include "core/device/parallel.h"
#include "core/inference/label_kernel.h"

namespace treewalk {

PointLabels::PointLabels(std::int64_t points, int classes, bool probabilities, int categories, c10::Device device)
    : points_(points),
      first_category_(points * (2 + (probabilities ? classes : 0))),
      classes_(classes),
      categories_(categories),
      probabilities_(probabilities),
      numbers_(at::empty({first_category_ + categories}, at::TensorOptions(at::kInt).device(device))) {}

void PointLabels::add(const at::Tensor& probability, const at::Tensor& order, std::int64_t first) {
  const auto rows = probability.contiguous();
  auto* const numbers = numbers_.mutable_data_ptr();
  auto* const label = static_cast<std::int32_t*>(numbers);
  auto* const real = static_cast<float*>(numbers);
  parallel_for(rows.device(), rows.size(0),
               LabelRows{rows.const_data_ptr<float>(), order.defined() ? order.const_data_ptr<std::int32_t>() : nullptr,
                         classes_, label + first, real + points_ + first,
                         probabilities_ ? real + 2 * points_ + first * classes_ : nullptr});
}

at::Tensor PointLabels::categories() const { return numbers_.narrow(0, first_category_, categories_).view(at::kFloat); }

at::Tensor in_input_order(const at::Tensor& rows, const at::Tensor& order) {
  return at::empty_like(rows).index_copy_(0, order.to(at::kLong), rows);
}

}  // namespace treewalk
