// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>

#include "treewalk/export.h"

namespace treewalk {
/// \addtogroup training
/// @{

/// How recipe_reference writes.
enum class ReferenceFormat {
  text,      ///< for a terminal of 100 columns
  markdown,  ///< a page of tables
  schema     ///< JSON Schema, draft 2020-12, for editors and validators
};

/// What recipes may hold: every key with the values that it takes, its default, and a sentence; and the feature
/// modules with their columns and units. It is what `treewalk info --recipe` prints. Throws Error for a key that
/// recipes do not have.
/// \param format of the result
/// \param key of text alone: "" for all, or one key such as "training.epochs", a section such as "network.walks", or a
/// feature module such as "features.ground"
/// \return lines, the last one ended too
TREEWALK_EXPORT std::string recipe_reference(ReferenceFormat format = ReferenceFormat::text,
                                             const std::string& key = "");

/// @}
}  // namespace treewalk
