// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>

#include "core/distributed/sockets.h"
#include "treewalk/world.h"

namespace treewalk {

/// Where processes have met.
struct MeetingPoint {
  HostPort address;   ///< the host as a number
  std::string run;    ///< what tells this run from others that were at the same address
  int listener = -1;  ///< rank 0, unless somebody else keeps the store: a socket that is bound to the address
};

/// Throws Error for ranks, sizes and limits that cannot be.
void check_world(const WorldOptions& options);

/// Rank 0 binds a socket, and where the processes meet in a folder it writes its address there; the others wait until
/// somebody listens. Throws Error for a place that cannot be, or where nobody listens until the deadline.
MeetingPoint meeting_point(const WorldOptions& options, Deadline deadline);

/// "10 minutes", "30 s".
std::string duration_text(double seconds);

}  // namespace treewalk
