// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// A build without HDF5: its layouts are known, and their files refused in a sentence.
#include "tests/io/layouts_support.h"

namespace treewalk {
namespace {

TEST_F(Layouts, HDF5IsRefusedInASentence) {
  write("training_objectdataset.h5", "");
  expect_says(error_of([&] { open()->list("train"); }),
              {"training_objectdataset.h5: this build reads no HDF5", "TREEWALK_HDF5=ON"});
  expect_says(error_of([&] { open()->read({"bag/1", folder / "training_objectdataset.h5", 0}); }), {"reads no HDF5"});
}

}  // namespace
}  // namespace treewalk
