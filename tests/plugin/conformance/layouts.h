// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Layouts of blobs, each with one oddity, and one with all of them.
#pragma once

#include <gtest/gtest.h>

#include "tests/plugin/conformance/forms.h"

namespace treewalk::test {

using Field = pcl::PCLPointField;

struct PlainLayout {  // that of pcl::PointXYZ
  static BlobLayout layout() {
    return BlobLayout().add("x", Field::FLOAT32).add("y", Field::FLOAT32).add("z", Field::FLOAT32).end(4);
  }
};

struct ShuffledFields {
  static BlobLayout layout() {
    return BlobLayout()
        .add("z", Field::FLOAT32)
        .add("intensity", Field::FLOAT32)
        .add("x", Field::FLOAT32)
        .add("index", Field::UINT32)
        .add("y", Field::FLOAT32);
  }
};

struct GapsBetweenFields {
  static BlobLayout layout() {
    return BlobLayout()
        .add("x", Field::FLOAT32, 1, 3)
        .add("y", Field::FLOAT32, 1, 5)
        .add("ring", Field::UINT16, 1, 2)
        .add("z", Field::FLOAT32, 1, 1)
        .end(7);
  }
};

struct GapsAtRowEnds {
  static BlobLayout layout() { return PlainLayout::layout().end(0, 10); }
};

struct DoubleCoordinates {
  static BlobLayout layout() {
    return BlobLayout().add("x", Field::FLOAT64).add("y", Field::FLOAT64).add("z", Field::FLOAT64);
  }
};

struct MixedCoordinates {
  static BlobLayout layout() {
    return BlobLayout().add("y", Field::FLOAT64).add("x", Field::FLOAT32).add("z", Field::FLOAT64);
  }
};

struct FieldsOfAllTypes {
  static BlobLayout layout() {
    return BlobLayout()
        .add("x", Field::FLOAT32)
        .add("a", Field::INT8)
        .add("b", Field::UINT8)
        .add("c", Field::INT16)
        .add("d", Field::UINT16)
        .add("y", Field::FLOAT32)
        .add("e", Field::INT32)
        .add("f", Field::UINT32)
        .add("g", Field::INT64)
        .add("h", Field::UINT64)
        .add("z", Field::FLOAT32)
        .add("i", Field::FLOAT32)
        .add("j", Field::FLOAT64)
        .add("k", Field::BOOL);
  }
};

struct FieldsWithCounts {  // PCL reads a count of 0 as 1
  static BlobLayout layout() {
    return BlobLayout()
        .add("histogram", Field::FLOAT32, 33)
        .add("x", Field::FLOAT32)
        .add("y", Field::FLOAT32)
        .add("colour", Field::UINT8, 3)
        .add("z", Field::FLOAT32)
        .add("old", Field::UINT16, 0);
  }
};

struct UnalignedCoordinates {
  static BlobLayout layout() {
    return BlobLayout()
        .add("tag", Field::UINT8)
        .add("x", Field::FLOAT32)
        .add("y", Field::FLOAT32)
        .add("z", Field::FLOAT32);
  }
};

struct EverythingAtOnce {
  static BlobLayout layout() {
    return BlobLayout()
        .add("tag", Field::UINT8, 1, 1)
        .add("z", Field::FLOAT64)
        .add("echo", Field::UINT16, 3, 2)
        .add("x", Field::FLOAT32)
        .add("y", Field::FLOAT64)
        .add("time", Field::INT64, 1, 1)
        .end(3, 13);
  }
};

/// Subjects over all of them.
template <template <typename> class SubjectOn>
using OnAllLayouts = testing::Types<SubjectOn<Blobs<PlainLayout>>, SubjectOn<Blobs<ShuffledFields>>,
                                    SubjectOn<Blobs<GapsBetweenFields>>, SubjectOn<Blobs<GapsAtRowEnds>>,
                                    SubjectOn<Blobs<DoubleCoordinates>>, SubjectOn<Blobs<MixedCoordinates>>,
                                    SubjectOn<Blobs<FieldsOfAllTypes>>, SubjectOn<Blobs<FieldsWithCounts>>,
                                    SubjectOn<Blobs<UnalignedCoordinates>>, SubjectOn<Blobs<EverythingAtOnce>>>;

}  // namespace treewalk::test
