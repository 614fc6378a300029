// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// A build without GeoTIFF: its functions are there, and refuse in a sentence.
#include <gtest/gtest.h>

#include "tests/support/io_support.h"
#include "treewalk/terrain.h"

namespace treewalk {
namespace {

TEST(Terrain, IsRefusedInASentence) {
  for (const std::string& error :
       {error_of([] { terrain_model({}, {}, {}); }), error_of([] { surface_model({}, {}, 1); }),
        error_of([] { terrain_bytes({}, {}, 1); }), error_of([] { height_above({}, {}); }),
        error_of([] { write_geotiff("a.tif", {}, {}); })})
    EXPECT_NE(error.find("TREEWALK_GEOTIFF=ON"), std::string::npos) << error;
}

}  // namespace
}  // namespace treewalk
