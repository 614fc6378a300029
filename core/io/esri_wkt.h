// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>

#include "treewalk/coordinate_system.h"

namespace treewalk {

/// The system's text as ESRI has it, which is what a .prj holds; as it is where PROJ cannot say it so, or is not there;
/// empty where there is none.
std::string esri_wkt(const CoordinateSystem& system);

}  // namespace treewalk
