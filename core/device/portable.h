// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

// What differs between g++ and nvcc, and nothing else.
#ifdef __CUDACC__
#define HD __host__ __device__
#else
#define HD
#endif
