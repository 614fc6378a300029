// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/plugin/conformance/layouts.h"
#include "tests/plugin/conformance/semantic_filter_subject.h"

namespace treewalk::test {

INSTANTIATE_TYPED_TEST_SUITE_P(Blobs, FilterConformance, OnAllLayouts<SemanticFilterOn>);
INSTANTIATE_TYPED_TEST_SUITE_P(Blobs, StrictFilterConformance, OnAllLayouts<SemanticFilterOn>);

}  // namespace treewalk::test
