// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

/// \file
/// \brief What the libraries show to programs.

/// \brief Marks what is visible outside of the libraries.
#if defined(__GNUC__)
#define TREEWALK_EXPORT __attribute__((visibility("default")))
#else
#define TREEWALK_EXPORT
#endif
