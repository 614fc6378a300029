// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/console/print.h>

namespace treewalk::test {

/// No messages on the console: they are expected.
class Quiet {
 public:
  Quiet() { pcl::console::setVerbosityLevel(pcl::console::L_ALWAYS); }
  ~Quiet() { pcl::console::setVerbosityLevel(pcl::console::L_WARN); }
};

}  // namespace treewalk::test
