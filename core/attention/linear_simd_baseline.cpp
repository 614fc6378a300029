// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#define TREEWALK_SIMD kLinearBaseline
#define TREEWALK_LANES 4
#include "core/attention/linear_simd.inl"
