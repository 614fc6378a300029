// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "treewalk/cloud.h"
#include "treewalk/model.h"

namespace treewalk {
/// \addtogroup core
/// @{

/// A cloud without points for `join`: x, y and z as float64, and as float32 what the model reads beside them
/// (normal_x, normal_y, normal_z; r, g, b from 0 to 1; intensity;
/// known_return_number, known_number_of_returns, both 0 where nothing is known).
/// \param info of a model
/// \return the fields, and no point
TREEWALK_EXPORT Cloud joined_cloud(const ModelInfo& info);

/// Adds points of a cloud to those of others, so that a model sees them together: Session::segment gives every point
/// the bits that it has where all are in one cloud of their own fields. A cloud that lacks an optional field of the
/// model, which is no error, goes with values that the model takes for none.
/// Throws Error when a required field is missing, for a point without finite coordinates, and for a cloud with another
/// viewpoint than those before it.
/// \param info of the model
/// \param cloud N points
/// \param point which of them, ascending, 0 to N - 1; none is no error
/// \param joined what joined_cloud(info) made; the points are added in the order of `point`
/// \return the optional fields that the cloud lacks
TREEWALK_EXPORT std::vector<std::string> join(const ModelInfo& info, const CloudView& cloud,
                                              const std::vector<std::int32_t>& point, Cloud& joined);

/// The names of all fields that a model may read of a cloud beside x, y and z, such as for ReadOptions::only.
/// \param info of the model
/// \return names, some of which are others' alternatives
TREEWALK_EXPORT std::vector<std::string> fields_read_by(const ModelInfo& info);

/// @}
}  // namespace treewalk
