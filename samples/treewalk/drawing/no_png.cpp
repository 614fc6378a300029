// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// In place of png.cpp where TREEWALK_PNG is off.
#include <treewalk/cloud.h>

#include "drawing/canvas.h"

namespace program {

void need_png() {
  throw treewalk::Error(
      "this build writes no PNG; write a page (.html), or build the program with TREEWALK_PNG=ON (Debian: libpng-dev)");
}

std::string png(const Canvas&) {
  need_png();
  return {};
}

}  // namespace program
