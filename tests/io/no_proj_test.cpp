// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// A build without PROJ: no unit is known, and a sentence says so.
#include <gtest/gtest.h>

#include "tests/support/io_support.h"
#include "treewalk/coordinate_system.h"

namespace treewalk {
namespace {

TEST(CoordinateSystems, AreNotReadWithoutPROJ) {
  for (const std::string& error :
       {error_of([] { coordinate_system_of_wkt("LOCAL_CS[\"a site\",UNIT[\"metre\",1]]"); }), error_of([] {
          coordinate_system_of_geokeys({1, 1, 0, 0}, {}, "");
        }),
        error_of([] { coordinate_system_of_epsg(2263); })})
    EXPECT_NE(error.find("TREEWALK_PROJ=ON"), std::string::npos) << error;
  EXPECT_EQ(epsg_of({}), 0);
}

}  // namespace
}  // namespace treewalk
