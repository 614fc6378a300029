// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>
#include <vector>

#include "core/network/encoding.h"
#include "core/network/layers.h"
#include "core/network/levels.h"
#include "core/network/preparation.h"

namespace treewalk {

// Two steps between neighbouring levels; steps.h says what every step has.

/// Adds to the nodes of a level a linear map of the maxima and means of their children.
class Pool {
 public:
  /// widths: per level.
  Pool(ParameterTable& table, const std::string& name, int level, const std::vector<int>& widths);

  LevelRange levels;
  void prune(std::vector<bool>& read);
  void prepare(Preparation&) {}
  void operator()(const Weights& weights, const Scene& scene, Encoding& encoding, Dropout* dropout) const;

 private:
  Linear linear_;
};

/// Adds to the nodes of a level a linear map of their parents.
class Unpool {
 public:
  Unpool(ParameterTable& table, const std::string& name, int level, const std::vector<int>& widths);

  LevelRange levels;
  void prune(std::vector<bool>& read);
  void prepare(Preparation&) {}
  void operator()(const Weights& weights, const Scene& scene, Encoding& encoding, Dropout* dropout) const;

 private:
  Linear linear_;
};

}  // namespace treewalk
