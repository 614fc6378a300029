// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <c10/core/Device.h>

#include "core/attention/attention_arrays.h"

namespace treewalk {

/// Runs the forward pass: fills output, geometry_sum and, where asked for, probability.
void attend(c10::Device device, const AttentionArrays<float>& arrays);
void attend(c10::Device device, const AttentionArrays<double>& arrays);

/// Runs the backward passes: fills logit_gradient, the four gradients by row and by key, and relation_partial.
void attend_backward(c10::Device device, const AttentionArrays<float>& arrays);
void attend_backward(c10::Device device, const AttentionArrays<double>& arrays);

}  // namespace treewalk
