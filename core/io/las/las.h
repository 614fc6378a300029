// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/io/las/extra_bytes.h"
#include "core/io/las/header.h"
#include "treewalk/cloud.h"
#include "treewalk/io.h"
#include "treewalk/las.h"

namespace treewalk {

/// source: at the start of the file, `remaining` its size.
Cloud read_las(Source& source, const ReadOptions& options);
CloudSize size_of_las(Source& source, const ReadOptions& options);

/// Whether a name ends in .laz, in any case.
bool is_laz_name(const std::filesystem::path& file);

/// A cloud that came from elsewhere, as LAS 1.4; see write_cloud. compressed: as LAZ. Throws Error for what LAS cannot
/// hold.
void write_las(std::ostream& stream, const Cloud& cloud, const std::string& name, bool compressed);

/// write_changed_las, of a source at its start. output: for errors.
std::int64_t rewrite_las(Source& source, std::ostream& to, const std::string& output, bool compressed,
                         const LasChanges& changes);

/// What the file's records tell of extra bytes.
ExtraBytes extra_bytes_of(Source& source, const LasHeader& header);

}  // namespace treewalk
