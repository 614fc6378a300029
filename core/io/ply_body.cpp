// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/ply_body.h"

#include <algorithm>
#include <cstring>

namespace treewalk {

void PlyBody::read(const PlyElement& element, const std::vector<Column>& columns, std::byte* to, std::size_t stride) {
  const auto count = static_cast<std::int64_t>(element.count);
  if (header_.data == PlyData::ascii)
    read_text(element, &columns, to, stride);
  else if (element.has_list())
    read_lists(element, columns, to, stride);
  else
    read_binary(source_, columns, count, element.least_bytes(), swaps(), to, stride);
}

void PlyBody::skip(const PlyElement& element) {
  if (element.properties.empty()) return;
  if (header_.data == PlyData::ascii)
    by_words_ ? read_text(element, nullptr, nullptr, 0) : skip_lines(element);
  else if (element.has_list())
    skip_lists(element);
  else
    source_.skip(element.least_bytes() * element.count);  // the header's check leaves no overflow
}

void PlyBody::end() {
  if (!word().empty()) source_.fail("more values follow than the header promises");
}

std::string_view PlyBody::word() {
  std::string_view next = next_word(line_);
  while (by_words_ && next.empty() && lines_.next(line_)) next = next_word(line_);
  return next;
}

void PlyBody::read_text(const PlyElement& element, const std::vector<Column>* columns, std::byte* to,
                        std::size_t stride) {
  const auto count = static_cast<std::int64_t>(element.count);
  std::uint64_t more = 0;  // words of a line beyond its properties
  for (std::int64_t i = 0; i < count; ++i) {
    if (!by_words_ && !lines_.next(line_))
      source_.fail("the file ends after " + std::to_string(i) + " of " + std::to_string(count) + " points");
    read_words(element, columns, i, to == nullptr ? nullptr : to + static_cast<std::size_t>(i) * stride);
    if (by_words_) continue;
    std::uint64_t left = 0;
    while (!word().empty()) ++left;
    if (i > 0 && left != more)
      source_.fail("the line of point " + std::to_string(i) +
                   " holds too many values or too few: " + std::to_string(left) +
                   " more than there are properties, and the first line " + std::to_string(more) + " more");
    more = left;
  }
  if (more > 0)
    source_.warn("each line holds " + std::to_string(more) +
                 " more values than the header has properties; they are passed over");
}

void PlyBody::read_words(const PlyElement& element, const std::vector<Column>* columns, std::int64_t index,
                         std::byte* to) {
  for (std::size_t p = 0; p < element.properties.size(); ++p) {
    const PlyProperty& property = element.properties[p];
    const auto store = [&](Scalar type, std::byte* at) { store_word(source_, word(), type, property.name, index, at); };
    if (!property.length) {
      const std::size_t at = columns == nullptr ? Column::nowhere : (*columns)[p].in_memory;
      store(property.type, at == Column::nowhere ? nullptr : to + at);
      continue;
    }
    std::uint64_t length = 0;
    store(Scalar::uint64, reinterpret_cast<std::byte*>(&length));
    for (; length > 0; --length) store(property.type, nullptr);
  }
}

void PlyBody::skip_lines(const PlyElement& element) {
  for (std::uint64_t i = 0; i < element.count; ++i)
    if (!lines_.next(line_)) source_.fail("the file ends within the elements " + quoted(element.name));
}

void PlyBody::read_lists(const PlyElement& element, const std::vector<Column>& columns, std::byte* to,
                         std::size_t stride) {
  for (std::uint64_t i = 0; i < element.count; ++i, to += stride)
    for (std::size_t p = 0; p < columns.size(); ++p) {
      const PlyProperty& property = element.properties[p];
      const std::size_t size = size_of(property.type);
      if (property.length) {
        source_.skip(size * read_length(*property.length));
        continue;
      }
      std::byte value[8];
      source_.read(value, size);
      if (swaps()) std::reverse(value, value + size);
      if (columns[p].in_memory != Column::nowhere) std::memcpy(to + columns[p].in_memory, value, size);
    }
}

void PlyBody::skip_lists(const PlyElement& element) {
  for (std::uint64_t i = 0; i < element.count; ++i)
    for (const PlyProperty& property : element.properties) {
      const std::size_t size = size_of(property.type);
      source_.skip(property.length ? size * read_length(*property.length) : size);
    }
}

std::uint64_t PlyBody::read_length(Scalar type) {
  std::byte bytes[8] = {};
  source_.read(bytes, size_of(type));
  if (swaps()) std::reverse(bytes, bytes + size_of(type));
  const CloudView value{bytes, 1, sizeof bytes, {}, {}};
  const double length = value.value(0, Field{"", 0, type, 1});
  if (length < 0) source_.fail("a list has a negative length");
  if (length > 4294967295.0) source_.fail("a list is longer than any file");
  return static_cast<std::uint64_t>(length);
}

}  // namespace treewalk
