// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ostream>

#include "core/io/records.h"
#include "treewalk/io.h"

namespace treewalk {

/// source: at the start of the file, `remaining` its size.
Cloud read_pcd(Source& source);
Cloud read_ply(Source& source);
/// What these will take; source: as there.
CloudSize size_of_pcd(Source& source);
CloudSize size_of_ply(Source& source);

/// The cloud's fields, in a record without gaps: columns with in_file and in_memory set. Throws Error for names that a
/// header cannot hold (empty, white space, twice).
std::vector<Column> packed_columns(const Cloud& cloud);

/// What the writers rely on, and callers may have set up wrongly. Throws Error; file: for its message.
void check_writable(const Cloud& cloud, const std::string& file);
void write_pcd(std::ostream& stream, const Cloud& cloud, bool compress);
void write_ply(std::ostream& stream, const Cloud& cloud);

/// The beginning of the file, up to max_header bytes; the stream is left anywhere.
std::string read_beginning(Source& source);
/// Goes to `begin` bytes from the start of a file of `size` bytes.
void go_to(Source& source, std::uint64_t begin, std::uint64_t size);

}  // namespace treewalk
