// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/labels.h"

#include <ATen/ops/empty.h>

#include "core/device/parallel.h"
#include "core/inference/label_kernel.h"

namespace treewalk {

PointLabels::PointLabels(std::int64_t points, int classes, bool probabilities, std::int64_t more, c10::Device device)
    : points_(points),
      more_(more),
      classes_(classes),
      probabilities_(probabilities),
      all_(at::empty({points * (2 + (probabilities ? classes : 0)) + more},
                     at::TensorOptions(at::kFloat).device(device))) {}

void PointLabels::add(const at::Tensor& probability, double temperature, const at::Tensor& order, std::int64_t first) {
  const auto rows = probability.contiguous();
  auto* to = all_.mutable_data_ptr<float>();
  parallel_for(rows.device(), rows.size(0),
               LabelRows{rows.const_data_ptr<float>(), order.defined() ? order.const_data_ptr<std::int32_t>() : nullptr,
                         classes_, static_cast<float>(1 / temperature), to + first, to + points_ + first,
                         probabilities_ ? to + 2 * points_ + first * classes_ : nullptr});
}

void PointLabels::fetch() { all_ = all_.cpu(); }

}  // namespace treewalk
