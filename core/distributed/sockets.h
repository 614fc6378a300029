// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <chrono>
#include <string>

namespace treewalk {

using Deadline = std::chrono::steady_clock::time_point;

struct HostPort {
  std::string host;  ///< a name or a number, IPv6 without brackets
  int port = 0;
};

/// "HOST:PORT" or "[IPv6]:PORT". Throws Error for any other text.
HostPort host_port_of(const std::string& text);
std::string text_of(const HostPort& address);

/// The host as a number. Throws Error for a name that nobody knows.
std::string number_of_host(const std::string& host);

/// A socket that is bound to that address and no other; port 0: a free one. The caller owns it. Throws Error.
int bound_socket(const HostPort& address);
int port_of_socket(int socket);

/// Whether somebody listens there now; waits for an answer for a second at most.
bool listens(const HostPort& address);

/// The address of this machine from which packets go to that host, as a number. Throws Error where there is no way.
std::string own_address_towards(const std::string& host);
/// An address of this machine by which others may reach it, as a number; that of the loopback where there is no other.
std::string own_address();

}  // namespace treewalk
