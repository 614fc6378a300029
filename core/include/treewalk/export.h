// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#if defined(__GNUC__)
#define TREEWALK_EXPORT __attribute__((visibility("default")))
#else
#define TREEWALK_EXPORT
#endif
