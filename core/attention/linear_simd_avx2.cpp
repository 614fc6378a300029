// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#define TREEWALK_SIMD kLinearAvx2
#define TREEWALK_LANES 8
#include "core/attention/linear_simd.inl"
