// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <string>

#include "treewalk/cloud.h"

namespace treewalk {

/// A label that is in no class of a recipe and is not ignored: the recipe can be changed before a training, but not
/// when a model is measured.
struct UnknownLabel : Error {
  explicit UnknownLabel(std::uint32_t label)
      : Error("the label " + std::to_string(label) +
              " is in no class's \"from\" and not in \"ignore\" of the recipe; add it to one of them, or to \"coarse\" "
              "if it stands for several classes"),
        label(label) {}
  std::uint32_t label;
};

}  // namespace treewalk
