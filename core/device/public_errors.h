// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <c10/util/Exception.h>

#include <new>
#include <string>

#include "treewalk/cloud.h"
#include "treewalk/scratch.h"

namespace treewalk {

/// work(), with the errors of LibTorch and of the allocator as the public interface's: users see one sentence, never a
/// stack trace. advice: what to do where memory runs out; may be empty.
template <class Work>
auto with_public_errors(const Work& work, const char* advice = "") -> decltype(work()) {
  try {
    return work();
  } catch (const c10::Error& error) {
    throw Error(error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    throw Error(Scratch::failure(std::string("not enough memory") + (*advice == '\0' ? "" : "; ") + advice));
  }
}

}  // namespace treewalk
