// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <c10/util/Exception.h>

#include "core/walks/walks.h"
#include "treewalk/walks.h"

namespace treewalk {

/// The graph of the public interface as walks need it; throws Error where the options' mask does not fit it.
WalkGraph walk_graph_of(const KnnGraphArrays& graph, const WalkMaskOptions& options);
WalkOptions walk_options_of(const WalkMaskOptions& options);

/// work(), with LibTorch's errors as the public interface's.
template <class Work>
auto with_public_errors(const Work& work) {
  try {
    return work();
  } catch (const c10::Error& error) {
    throw Error(error.what_without_backtrace());
  }
}

}  // namespace treewalk
