// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <unistd.h>

#include <string>

#include "core/distributed/sockets.h"

namespace treewalk::test {

/// An address of the loopback that nobody listens on.
inline std::string free_address() {
  const int socket = bound_socket({"127.0.0.1", 0});
  const int port = port_of_socket(socket);
  ::close(socket);
  return "127.0.0.1:" + std::to_string(port);
}

}  // namespace treewalk::test
