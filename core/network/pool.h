// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>
#include <vector>

#include "core/network/preparation.h"

namespace treewalk {

/// What a level gets from the one below or above it (a step: see steps.h).
class FromNeighbour {
 public:
  LevelRange levels;  ///< one
  void prune(std::vector<bool>& read);
  void prepare(Preparation&) {}

 protected:
  FromNeighbour(int level, int source, Linear linear) : levels{level, level}, source_(source), linear_(linear) {}
  int source_;
  Linear linear_;
};

/// Adds to the nodes of a level a linear map of the maxima and means of their children. widths: per level.
struct Pool : FromNeighbour {
  Pool(ParameterTable& table, const std::string& name, int level, const std::vector<int>& widths);
  void operator()(const Weights& weights, const Scene& scene, Encoding& encoding, Dropout* dropout) const;
};

/// Adds to the nodes of a level a linear map of their parents.
struct Unpool : FromNeighbour {
  Unpool(ParameterTable& table, const std::string& name, int level, const std::vector<int>& widths);
  void operator()(const Weights& weights, const Scene& scene, Encoding& encoding, Dropout* dropout) const;
};

}  // namespace treewalk
