// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>

namespace treewalk {
/// \addtogroup core
/// @{

/// How long one stage of a run took.
struct StageTime {
  std::string name;    ///< of the stage
  double seconds = 0;  ///< by the wall clock
};

/// @}
}  // namespace treewalk
