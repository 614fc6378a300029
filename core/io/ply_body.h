// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string_view>
#include <vector>

#include "core/io/ply_header.h"
#include "core/io/records.h"

namespace treewalk {

/// The elements of a .ply file, one kind after the other.
class PlyBody {
 public:
  /// by_words: of a text, line ends mean nothing; otherwise an element is a line, and all lines of one kind of element
  /// may hold equally many words more. The header must outlive the body.
  PlyBody(Source& source, const PlyHeader& header, bool by_words)
      : source_(source), header_(header), lines_(source, header.line_end), by_words_(by_words) {}

  /// Reads all elements of the kind that is next. columns: one for each of its properties; lists are passed over.
  void read(const PlyElement& element, const std::vector<Column>& columns, std::byte* to, std::size_t stride);
  void skip(const PlyElement& element);
  /// Fails when words are left.
  void end();

 private:
  void read_text(const PlyElement& element, const std::vector<Column>* columns, std::byte* to, std::size_t stride);
  void read_lists(const PlyElement& element, const std::vector<Column>& columns, std::byte* to, std::size_t stride);
  void skip_lists(const PlyElement& element);
  void skip_lines(const PlyElement& element);
  /// Words of an element in a text. to: null to pass them over.
  void read_words(const PlyElement& element, const std::vector<Column>* columns, std::int64_t index, std::byte* to);
  std::string_view word();
  std::uint64_t read_length(Scalar type);
  bool swaps() const { return header_.data == PlyData::big_endian; }

  Source& source_;
  const PlyHeader& header_;
  Lines lines_;
  bool by_words_;
  std::string_view line_;  ///< what is left of the line
};

}  // namespace treewalk
