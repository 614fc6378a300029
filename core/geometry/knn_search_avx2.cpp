// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#define TREEWALK_KNN_SEARCH knn_search_avx2
#define TREEWALK_RADIUS_SEARCH radius_search_avx2
#include "core/geometry/knn_search.inl"
