// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/records.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <initializer_list>

#include "treewalk/detail/numbers.h"

namespace treewalk {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{1} << 20;

// Bytes that are copied from one kind of record to the other; neighbours are joined, so that records of the same
// layout are copied whole.
struct Span {
  std::size_t from, to, bytes;
};

std::vector<Span> spans_of(const std::vector<Column>& columns, bool to_memory) {
  std::vector<Span> spans;
  for (const Column& column : columns) {
    if (column.in_memory == Column::nowhere) continue;
    Span span{column.in_file, column.in_memory, size_of(column.type) * column.count};
    if (!to_memory) std::swap(span.from, span.to);
    Span* last = spans.empty() ? nullptr : &spans.back();
    if (last != nullptr && last->from + last->bytes == span.from && last->to + last->bytes == span.to)
      last->bytes += span.bytes;
    else
      spans.push_back(span);
  }
  return spans;
}

void swap_bytes(const std::vector<Column>& columns, std::byte* record) {
  for (const Column& column : columns) {
    const std::size_t size = size_of(column.type);
    for (std::size_t i = 0; i < column.count; ++i)
      std::reverse(record + column.in_file + i * size, record + column.in_file + (i + 1) * size);
  }
}

// What "1.#QNAN" and the like of old Windows programs are, and the words of a bool; null for all others.
const char* other_spelling(std::string_view word, Scalar type) {
  const auto is = [&](std::initializer_list<const char*> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  if (type == Scalar::uint8 && is({"true", "True", "TRUE"})) return "1";
  if (type == Scalar::uint8 && is({"false", "False", "FALSE"})) return "0";
  const bool negative = word.substr(0, 1) == "-";
  const std::size_t at = negative || word.substr(0, 1) == "+" ? 1 : 0;
  if (word.substr(at, 3) != "1.#") return nullptr;
  std::string_view kind = word.substr(at + 3);
  kind = kind.substr(0, kind.find_last_not_of('0') + 1);  // as many digits as were asked for
  if (kind == "INF") return negative ? "-inf" : "inf";
  return kind == "QNAN" || kind == "SNAN" || kind == "IND" ? "nan" : nullptr;
}

template <class T>
bool store_as(std::string_view word, std::byte* to) {
  T value{};
  const char* end = word.data() + word.size();
  const auto parsed = std::from_chars(word.data(), end, value);
  if (parsed.ec != std::errc{} || parsed.ptr != end) {
    long double real = 0;  // wide enough for what only underflows or overflows T
    const auto as_real = std::from_chars(word.data(), end, real);
    if (as_real.ptr != end || as_real.ec != std::errc{}) return false;
    if constexpr (std::is_integral_v<T>) {
      if (std::isnan(real)) real = 0;
      // Both bounds are exact: powers of two, or 0.
      if (real != std::trunc(real) || real < static_cast<long double>(std::numeric_limits<T>::min()) ||
          real >= std::ldexp(1.0L, std::numeric_limits<T>::digits))
        return false;
      value = static_cast<T>(real);
    } else {
      const bool overflows = std::abs(real) > static_cast<long double>(std::numeric_limits<T>::max());
      value =
          overflows ? std::copysign(std::numeric_limits<T>::infinity(), real < 0 ? T{-1} : T{1}) : static_cast<T>(real);
    }
  }
  std::memcpy(to, &value, sizeof value);
  return true;
}

// A record may be empty: an element may have no properties, and a cloud no points.
std::int64_t records_at_once(std::size_t record) {
  return static_cast<std::int64_t>(std::max<std::size_t>(1, chunk_bytes / std::max<std::size_t>(1, record)));
}

}  // namespace

Source open_file(const std::string& file, std::ifstream& stream) {
  std::error_code error;
  namespace fs = std::filesystem;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status)) throw Error(file + ": there is no such file");
  if (!fs::is_regular_file(status)) throw Error(file + ": is no regular file");
  errno = 0;
  stream.open(file, std::ios::binary);
  if (!stream) throw Error(file + ": cannot open the file: " + std::strerror(errno));
  const std::uint64_t size = fs::file_size(file, error);
  if (error) throw Error(file + ": cannot read the file's size: " + error.message());
  return {stream, file, size};
}

bool is_stream(const std::string& file) {
  std::error_code error;
  return std::filesystem::is_other(file, error);
}

std::string read_pipe(const std::string& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::is_fifo(status) && !std::filesystem::is_socket(status))
    throw Error(file + ": is a device, no regular file or pipe");
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw Error(file + ": cannot open the pipe: " + std::strerror(errno));
  std::string content;
  while (stream) {
    const std::size_t size = content.size();
    content.resize(size + chunk_bytes);
    stream.read(content.data() + size, chunk_bytes);
    content.resize(size + static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) throw Error(file + ": reading failed");
  return content;
}

void Source::read(void* to, std::uint64_t bytes) {
  if (bytes > remaining) fail("the file ends " + std::to_string(bytes - remaining) + " bytes early");
  stream.read(static_cast<char*>(to), static_cast<std::streamsize>(bytes));
  if (static_cast<std::uint64_t>(stream.gcount()) != bytes) fail("reading failed, or the file is shorter than it was");
  remaining -= bytes;
}

void Source::skip(std::uint64_t bytes) {
  if (bytes > remaining) fail("the file ends " + std::to_string(bytes - remaining) + " bytes early");
  constexpr std::uint64_t few = 4096;  // seeking throws the stream's buffer away
  if (bytes <= few)
    stream.ignore(static_cast<std::streamsize>(bytes));
  else
    stream.seekg(static_cast<std::streamoff>(bytes), std::ios::cur);
  if (!stream) fail("reading failed");
  remaining -= bytes;
}

void read_binary(Source& source, const std::vector<Column>& columns, std::int64_t points, std::size_t record, bool swap,
                 std::byte* to, std::size_t stride) {
  const std::vector<Span> spans = spans_of(columns, true);
  const std::int64_t chunk = records_at_once(record);
  std::vector<std::byte> buffer(record * static_cast<std::size_t>(std::min(chunk, points)));
  for (std::int64_t begin = 0; begin < points; begin += chunk) {
    const std::int64_t end = std::min(points, begin + chunk);
    source.read(buffer.data(), record * static_cast<std::size_t>(end - begin));
    for (std::int64_t i = begin; i < end; ++i) {
      std::byte* from = buffer.data() + static_cast<std::size_t>(i - begin) * record;
      if (swap) swap_bytes(columns, from);
      for (const Span& span : spans) std::memcpy(to + i * stride + span.to, from + span.from, span.bytes);
    }
  }
}

void write_binary(std::ostream& stream, const std::vector<Column>& columns, std::int64_t points, std::size_t record,
                  const std::byte* from, std::size_t stride) {
  const std::vector<Span> spans = spans_of(columns, false);
  const std::int64_t chunk = records_at_once(record);
  std::vector<std::byte> buffer(record * static_cast<std::size_t>(std::min(chunk, points)));
  for (std::int64_t begin = 0; begin < points && stream; begin += chunk) {
    const std::int64_t end = std::min(points, begin + chunk);
    for (std::int64_t i = begin; i < end; ++i)
      for (const Span& span : spans)
        std::memcpy(buffer.data() + static_cast<std::size_t>(i - begin) * record + span.to,
                    from + i * stride + span.from, span.bytes);
    stream.write(reinterpret_cast<const char*>(buffer.data()),
                 static_cast<std::streamsize>(record * static_cast<std::size_t>(end - begin)));
  }
}

bool Lines::next(std::string_view& line) {
  for (;;) {
    std::size_t end = buffer_.find(end_, begin_);
    while (end == std::string::npos && source_.remaining > 0) {
      buffer_.erase(0, begin_);
      begin_ = 0;
      const std::size_t searched = buffer_.size();
      const auto more = static_cast<std::size_t>(std::min<std::uint64_t>(source_.remaining, chunk_bytes));
      buffer_.resize(searched + more);
      source_.read(buffer_.data() + searched, more);
      end = buffer_.find(end_, searched);
    }
    if (begin_ >= buffer_.size()) return false;
    const bool ended = end != std::string::npos;
    if (!ended) end = buffer_.size();
    line = std::string_view(buffer_).substr(begin_, end - begin_);
    begin_ = end + 1;
    if (line.find_first_not_of(blank) == std::string_view::npos) continue;
    ended_ = ended;
    return true;
  }
}

std::size_t byte_order_mark(std::string_view text) { return text.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0; }

std::string quoted(std::string_view word) {
  std::string text = "'";
  for (const char c : word.substr(0, 40)) text += c >= ' ' && c <= '~' ? c : '?';
  return text + (word.size() > 40 ? "...'" : "'");
}

std::string_view next_word(std::string_view& line, std::string_view separators) {
  const std::size_t begin = line.find_first_not_of(separators);
  if (begin == std::string_view::npos) return line = {};
  const std::size_t end = std::min(line.find_first_of(separators, begin), line.size());
  const std::string_view word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

namespace {

bool store_usual(std::string_view word, Scalar type, std::byte* to) {
  if (word.size() > 1 && word.front() == '+' && word[1] != '-') word.remove_prefix(1);
  return detail::with_number(type, [&](auto number) { return store_as<decltype(number)>(word, to); });
}

}  // namespace

bool store_number(std::string_view word, Scalar type, std::byte* to) {
  if (store_usual(word, type, to)) return true;
  const char* other = other_spelling(word, type);
  return other != nullptr && store_usual(other, type, to);
}

void store_word(Source& source, std::string_view word, Scalar type, const std::string& name, std::int64_t point,
                std::byte* to) {
  if (word.empty())
    source.fail("the line of point " + std::to_string(point) + " ends before its field " + treewalk::quoted(name));
  std::byte unused[8];
  if (!store_number(word, type, to == nullptr ? unused : to))
    source.fail(treewalk::quoted(word) + " at point " + std::to_string(point) + " is no value for its field " +
                treewalk::quoted(name));
}

std::string FieldNames::unique(std::string_view name) {
  std::string text(name);
  int& count = given_[text];
  if (count++ == 0) return text;
  std::string other;
  do other = text + "_" + std::to_string(count++);
  while (!taken_.insert(other).second);
  --count;
  return other;
}

}  // namespace treewalk
