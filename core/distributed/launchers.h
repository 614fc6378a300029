// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "treewalk/world.h"

namespace treewalk {

/// The value of a variable of the environment; nothing where it is not set or empty.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// See world_of_environment().
WorldOptions world_of(const Environment& environment, const std::string& rendezvous);

/// The first host of a list as Slurm writes it: "node[007-012,20],other" begins with "node007".
std::string first_host(const std::string& list);

}  // namespace treewalk
