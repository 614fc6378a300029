// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>
#include <vector>

#include "core/geometry/clusters.h"
#include "core/network/preparation.h"
#include "core/recipe/recipe.h"

namespace treewalk {

/// The nodes of a level choose the clusters of the level above, by what the network knows of them and by where they are
/// (a step: see steps.h). In the encoding the hierarchy becomes that of the clusters.
class Assign {
 public:
  Assign(ParameterTable& table, const std::string& name, int level, const Recipe& recipe);

  LevelRange levels;  ///< the level above
  void prune(std::vector<bool>& read);
  void prepare(Preparation& preparation);
  void operator()(const Weights& weights, const Scene& scene, Encoding& encoding, Dropout* dropout) const;

 private:
  int level_, slots_, rounds_, width_;
  bool contiguous_;
  int gain_, strength_;  ///< of the features' norm; logs of the factors on the weights of features and positions, and
                         ///  what being at home is worth
  Linear feature_;
  Seeds seeds_;
};

}  // namespace treewalk
