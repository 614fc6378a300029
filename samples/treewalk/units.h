// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <treewalk/coordinate_system.h>
#include <treewalk/model.h>

#include <array>
#include <optional>
#include <set>
#include <string>

#include "program.h"

/// Units of length that files say, and models know.
namespace program {

/// What a file says of its coordinates: of a LAS file with a system that cannot be read nothing is known, and a warning
/// tells why; none for files of formats that have no place for it, and for pipes.
std::optional<treewalk::CoordinateSystem> system_at(const fs::path& file);

/// What coordinates are multiplied by, file by file.
class Units {
 public:
  /// scale: of the command line; empty: the files say it, where the model's training data were in metres.
  Units(const std::string& scale, const treewalk::ModelInfo& info);
  /// recipe: a page of JSON, of a model that is to be trained.
  Units(const std::string& scale, const std::string& recipe);
  /// Throws Error for angles. Warns of what there is to tell, of each thing once a run.
  std::array<double, 3> scale(const fs::path& file);

 private:
  bool any_unit_ = false;  ///< the model looks at whole objects, whatever their size
  std::optional<std::array<double, 3>> by_hand_;
  std::set<std::string> told_;
};

/// Multiplies the position of every point, and the viewpoint.
void scale_points(treewalk::Cloud& cloud, const std::array<double, 3>& factor);

}  // namespace program
