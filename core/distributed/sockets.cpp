// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/distributed/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <utility>

#include "treewalk/cloud.h"

namespace treewalk {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Addresses addresses_of(const HostPort& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &list);
  if (error != 0 || !list)
    throw Error("the host \"" + address.host +
                "\", where the processes are to meet, is not known here: " + gai_strerror(error));
  return Addresses(list);
}

std::string number_of(const sockaddr* address, socklen_t size) {
  char text[NI_MAXHOST];
  if (getnameinfo(address, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0) return {};
  return text;
}

/// Closes a socket at the end of the scope.
struct Socket {
  explicit Socket(int number) : number(number) {}
  ~Socket() {
    if (number >= 0) close(number);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int release() { return std::exchange(number, -1); }
  int number;
};

}  // namespace

HostPort host_port_of(const std::string& text) {
  const auto colon = text.rfind(':');
  HostPort address;
  if (colon != std::string::npos) {
    address.host = text.substr(0, colon);
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, address.port);
    if (error != std::errc() || stop != end) address.port = 0;
    if (address.host.size() > 2 && address.host.front() == '[' && address.host.back() == ']')
      address.host = address.host.substr(1, address.host.size() - 2);
  }
  if (address.host.empty() || address.port < 1 || address.port > 65535)
    throw Error(
        "the place to meet must look like HOST:PORT with a port from 1 to 65535, or be a folder with a '/' in "
        "its path, but is \"" +
        text + "\"");
  return address;
}

std::string text_of(const HostPort& address) {
  const bool six = address.host.find(':') != std::string::npos;
  return (six ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

std::string number_of_host(const std::string& host) {
  const auto list = addresses_of({host, 0});
  return number_of(list->ai_addr, list->ai_addrlen);
}

int bound_socket(const HostPort& address) {
  const auto list = addresses_of(address);
  Socket socket(::socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (socket.number >= 0) setsockopt(socket.number, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (socket.number < 0 || bind(socket.number, list->ai_addr, list->ai_addrlen) != 0) {
    const int error = errno;
    throw Error("rank 0 cannot listen on " + text_of(address) +
                ", where the processes are to meet: " + std::strerror(error) +
                (error == EADDRINUSE ? "; another program is there, so choose another port" : "") +
                (error == EADDRNOTAVAIL ? "; name an address of the machine of rank 0" : ""));
  }
  return socket.release();
}

int port_of_socket(int socket) {
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size) != 0) return 0;
  return ntohs(own.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&own)->sin6_port
                                         : reinterpret_cast<sockaddr_in*>(&own)->sin_port);
}

bool listens(const HostPort& address) {
  const auto list = addresses_of(address);
  const Socket socket(::socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.number < 0) return false;
  if (connect(socket.number, list->ai_addr, list->ai_addrlen) == 0) return true;
  if (errno != EINPROGRESS) return false;
  pollfd wait{socket.number, POLLOUT, 0};
  if (poll(&wait, 1, 1000) != 1) return false;
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(socket.number, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

std::string own_address_towards(const std::string& host) {
  const auto list = addresses_of({host, 9});  // no packet is sent: connecting a datagram socket looks up the way
  const Socket socket(::socket(list->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  if (socket.number < 0 || connect(socket.number, list->ai_addr, list->ai_addrlen) != 0 ||
      getsockname(socket.number, reinterpret_cast<sockaddr*>(&own), &size) != 0)
    throw Error("there is no way from this machine to " + host +
                ", where the processes are to meet: " + std::strerror(errno));
  return number_of(reinterpret_cast<sockaddr*>(&own), size);
}

std::string own_address() {
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return "127.0.0.1";
  std::string found;
  for (const auto* one = all; one && found.empty(); one = one->ifa_next)
    if (one->ifa_addr && one->ifa_addr->sa_family == AF_INET && (one->ifa_flags & IFF_UP) &&
        !(one->ifa_flags & IFF_LOOPBACK))
      found = number_of(one->ifa_addr, sizeof(sockaddr_in));
  freeifaddrs(all);
  return found.empty() ? "127.0.0.1" : found;
}

}  // namespace treewalk
