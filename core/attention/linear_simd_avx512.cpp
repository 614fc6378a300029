// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#define TREEWALK_SIMD kLinearAvx512
#define TREEWALK_LANES 16
#include "core/attention/linear_simd.inl"
