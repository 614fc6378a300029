// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#define TREEWALK_SIMD kAttentionAvx512
#define TREEWALK_LANES 16
#include "core/attention/attention_simd.inl"
