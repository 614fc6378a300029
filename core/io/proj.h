// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <proj.h>

#include <memory>
#include <string>

#include "treewalk/coordinate_system.h"

namespace treewalk {

struct DestroyProj {
  void operator()(PJ* object) const { proj_destroy(object); }
  void operator()(PJ_CONTEXT* context) const { proj_context_destroy(context); }
};
using ProjObject = std::unique_ptr<PJ, DestroyProj>;

/// PROJ for one call: a context of its own, so calls of any threads do not meet; its messages are kept, not printed;
/// nothing is fetched from the network.
class Proj {
 public:
  Proj();
  PJ_CONTEXT* context() const { return context_.get(); }
  /// What PROJ said last, in one line, or "PROJ does not say why".
  std::string reason() const;
  /// Throws Error where PROJ finds no database.
  void need_database() const;
  /// The system of that code of EPSG; none for what is no system. Throws Error where PROJ finds no database.
  ProjObject system(int code) const;
  /// Metres in the unit of length of that code; 0 for what is none. Throws as above.
  double unit(int code) const;
  ProjObject parse(const std::string& wkt) const;
  std::string wkt(const PJ* system) const;

 private:
  static void keep(void* self, int level, const char* message);

  std::string said_;
  std::unique_ptr<PJ_CONTEXT, DestroyProj> context_;  // destroyed first: it may say something
};

/// Adds what a system says to `out`: all but its name and its WKT. Throws Error for units that are no lengths.
void describe(const Proj& proj, const PJ* system, CoordinateSystem& out);

/// Throws Error unless it is a length in metres: finite, from 1e-6 to 1e6.
double checked_unit(double metres);

}  // namespace treewalk
