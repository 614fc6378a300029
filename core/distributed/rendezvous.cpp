// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/distributed/rendezvous.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <random>
#include <thread>

#include "treewalk/cloud.h"
#include "treewalk/write_file.h"

namespace treewalk {
namespace {

namespace fs = std::filesystem;

/// In a shared folder: "HOST:PORT", then what tells this run from others.
const char* const kAddressFile = "treewalk.address";

void rest() { std::this_thread::sleep_for(std::chrono::milliseconds(50)); }

std::string fresh_run() {
  std::random_device random;
  return std::to_string(random()) + "-" + std::to_string(random());
}

[[noreturn]] void nobody_listens(const WorldOptions& options, const std::string& where) {
  throw Error("rank " + std::to_string(options.rank) + " found nobody at " + where + " within " +
              duration_text(options.seconds) +
              "; is rank 0 running, and does every process have the same address, which is one of its machine?");
}

MeetingPoint at_address(const WorldOptions& options, Deadline deadline) {
  MeetingPoint point;
  point.address = host_port_of(options.rendezvous);
  point.address.host = number_of_host(point.address.host);
  point.run = options.run;
  if (options.rank == 0 && !options.hosted) {
    point.listener = bound_socket(point.address);
    return point;
  }
  while (!listens(point.address)) {
    if (std::chrono::steady_clock::now() > deadline) nobody_listens(options, options.rendezvous);
    rest();
  }
  return point;
}

MeetingPoint in_folder(const WorldOptions& options, Deadline deadline) {
  const fs::path folder = options.rendezvous, file = folder / kAddressFile;
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw Error("\"" + options.rendezvous + "\", where the processes are to meet, is no folder");
  MeetingPoint point;
  if (options.rank == 0) {
    point.address.host = own_address();
    point.listener = bound_socket(point.address);
    point.address.port = port_of_socket(point.listener);
    point.run = fresh_run();
    write_file(file, [&](std::ostream& stream) { stream << text_of(point.address) << "\n" << point.run << "\n"; });
    return point;
  }
  // An address that a run before this one left there is not listened on, until rank 0 writes its own.
  for (;;) {
    std::ifstream stream(file);
    std::string address;
    if (std::getline(stream, address) && std::getline(stream, point.run)) {
      point.address = host_port_of(address);
      if (listens(point.address)) return point;
    }
    if (std::chrono::steady_clock::now() > deadline) nobody_listens(options, file.string());
    rest();
  }
}

}  // namespace

std::string duration_text(double seconds) {
  char text[32];
  const bool minutes = seconds >= 120;
  std::snprintf(text, sizeof text, minutes ? "%.3g minutes" : "%.3g s", minutes ? seconds / 60 : seconds);
  return text;
}

void check_world(const WorldOptions& options) {
  if (options.size < 1 || options.rank < 0 || options.rank >= options.size)
    throw Error("there is no rank " + std::to_string(options.rank) + " among " + std::to_string(options.size) +
                " processes");
  if (!(options.seconds > 0 && options.seconds <= 1e6))
    throw Error("the longest wait for another process must be above 0 and at most 1e6 s, but is " +
                std::to_string(options.seconds));
  if (options.size > 1 && options.rendezvous.empty())
    throw Error("several processes need a place to meet: HOST:PORT, or a folder that all of them see");
}

MeetingPoint meeting_point(const WorldOptions& options, Deadline deadline) {
  const bool folder = options.rendezvous.find('/') != std::string::npos;
  return folder ? in_folder(options, deadline) : at_address(options, deadline);
}

}  // namespace treewalk
