// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#define TREEWALK_NEAREST_ROWS nearest_rows_avx512
#define TREEWALK_ROWS_WITHIN rows_within_avx512
#include "core/geometry/row_search.inl"
