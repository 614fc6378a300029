// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <istream>
#include <streambuf>
#include <string>

/// What a fuzz target claims of every input. It ends the program, so that the fuzzer keeps the input.
#define CLAIM(claim)                                                                     \
  do {                                                                                   \
    if (claim) break;                                                                    \
    std::fprintf(stderr, "%s:%d: this does not hold: %s\n", __FILE__, __LINE__, #claim); \
    std::abort();                                                                        \
  } while (false)

/// libFuzzer's entry: one file of tests/fuzz each. Nothing may come out of it but a return, and no input may change
/// what another one does.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace treewalk::fuzz {

/// A message is one line that a terminal can show.
inline bool is_one_line(const std::string& message) {
  const auto shows = [](unsigned char c) { return c >= ' ' && c != 127; };
  return !message.empty() && std::all_of(message.begin(), message.end(), shows);
}

/// Bytes that are not copied, since opening a file takes longer than reading it.
class MemoryBuffer : public std::streambuf {
 public:
  MemoryBuffer(const void* data, std::size_t size) {
    char* begin = const_cast<char*>(static_cast<const char*>(data));
    setg(begin, begin, begin + size);
  }

 protected:
  pos_type seekoff(off_type offset, std::ios_base::seekdir from, std::ios_base::openmode) override {
    const off_type base = from == std::ios_base::beg   ? 0
                          : from == std::ios_base::cur ? gptr() - eback()
                                                       : egptr() - eback();
    const off_type to = base + offset;
    if (to < 0 || to > egptr() - eback()) return pos_type(off_type(-1));
    setg(eback(), eback() + to, egptr());
    return pos_type(to);
  }
  pos_type seekpos(pos_type to, std::ios_base::openmode mode) override {
    return seekoff(off_type(to), std::ios_base::beg, mode);
  }
};

/// A stream over them.
class Memory : public std::istream {
 public:
  Memory(const void* data, std::size_t size) : std::istream(nullptr), buffer_(data, size) { rdbuf(&buffer_); }

 private:
  MemoryBuffer buffer_;
};

/// Takes an input apart; zeros come after its end.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : at_(data), left_(size) {}
  template <class Number>
  Number take() {
    Number number{};
    const std::size_t bytes = std::min(left_, sizeof number);
    if (bytes > 0) std::memcpy(&number, at_, bytes);
    at_ += bytes;
    left_ -= bytes;
    return number;
  }
  /// 0 to most, from one byte.
  unsigned up_to(unsigned most) { return take<std::uint8_t>() % (most + 1); }
  bool flag() { return take<std::uint8_t>() % 2 == 1; }
  const std::uint8_t* rest() const { return at_; }
  std::size_t left() const { return left_; }

 private:
  const std::uint8_t* at_;
  std::size_t left_;
};

}  // namespace treewalk::fuzz
