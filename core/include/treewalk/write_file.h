// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>

#include "treewalk/export.h"

namespace treewalk {
/// \addtogroup io
/// @{

/// Writes a file that appears whole or not at all: `write` fills a temporary file beside it, which takes the name when
/// all of it is on the disk. A file of that name stays as it was when anything fails (a full disk, an exception in
/// `write`). Throws Error naming the file and the reason, or what `write` threw.
/// \param file that is made or replaced
/// \param write writes the content
TREEWALK_EXPORT void write_file(const std::filesystem::path& file, const std::function<void(std::ostream&)>& write);

/// @}
}  // namespace treewalk
