// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/features/feature.h"

// All modules that recipes can name (feature.cpp holds the table). Where a module's numbers are explained: in the file
// that defines it. "sq" below stands for squash() of cells.h.
namespace treewalk {

// cell_features.cpp: from the moments of the cell alone
const Feature& offset_feature();
const Feature& normal_feature();
const Feature& up_feature();
const Feature& shape_feature();
const Feature& density_feature();
const Feature& position_feature();
const Feature& size_feature();
const Feature& coordinates_feature();  // coordinates.cpp; also for points
// relations of the cell with larger structures
const Feature& ancestors_feature();     // ancestors.cpp
const Feature& plane_feature();         // dominant_plane.cpp
const Feature& plane_height_feature();  // dominant_plane.cpp
// terrain
const Feature& ground_feature();       // ground.cpp
const Feature& fine_ground_feature();  // ground.cpp
const Feature& wide_ground_feature();  // wide_ground.cpp
const Feature& column_feature();       // columns.cpp
const Feature& opening_feature();      // columns.cpp
// neighbourhoods of the points
const Feature& covariance_feature();  // covariance.cpp
// fields.cpp: input fields, zero where the cloud has none
const Feature& normal_field_feature();
const Feature& rgb_feature();
const Feature& intensity_feature();
const Feature& brightness_feature();
const Feature& returns_feature();

}  // namespace treewalk
