// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <memory>
#include <string>

#include "treewalk/session.h"

namespace treewalk {

/// Stands in for the core's models and sessions in a test program, whose own definitions the linker takes before the
/// library's. Labels follow a rule that a reader can check, so that tests of the PCL classes need no trained network:
/// with h = z minus the least z of all finite points, the class is table (1) for h < 1, object (2) for h < 2, wall (9)
/// above; the confidence is 0.5 + frac(h) / 2. The unknown id is 255. A whole cloud is a table or an object, with the
/// shares of its finite points for which h < 1 or not as probabilities. Clusters of levels 0 and 1 are those two
/// shares: 1 for h < 1, 0 for the others.
struct FakeModel {
  ModelInfo info;
  static std::shared_ptr<const Model> make(const std::string& required_field = {},
                                           const std::string& optional_field = {});
};

/// How often a session labelled a cloud, the options of the last one, and the category it was told.
extern int fake_runs;
extern RunOptions fake_options;
extern std::string fake_category;

}  // namespace treewalk
