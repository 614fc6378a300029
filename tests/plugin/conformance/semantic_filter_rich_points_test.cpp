// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/plugin/conformance/point_types.h"
#include "tests/plugin/conformance/semantic_filter_subject.h"

namespace treewalk::test {

INSTANTIATE_TYPED_TEST_SUITE_P(RichPoints, FilterConformance, OnRichPointTypes<SemanticFilterOn>);
INSTANTIATE_TYPED_TEST_SUITE_P(RichPoints, StrictFilterConformance, OnRichPointTypes<SemanticFilterOn>);

}  // namespace treewalk::test
