// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/lzf.h"

#include <gtest/gtest.h>
#include <liblzf/lzf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <random>

namespace treewalk {
namespace {

TEST(Lzf, GivesBackWhatItCompressed) {
  std::mt19937 random(1);
  for (const std::size_t size : {0u, 1u, 2u, 3u, 31u, 33u, 264u, 265u, 5000u, 100000u})
    for (const unsigned alphabet : {1u, 2u, 7u, 256u}) {
      std::vector<std::uint8_t> plain(size);
      for (auto& byte : plain) byte = static_cast<std::uint8_t>(random() % alphabet);
      const auto packed = lzf_compress(plain);
      EXPECT_LE(packed.size(), size + size / 32 + 1);
      EXPECT_LE(size, packed.size() * lzf_best_ratio);
      std::vector<std::uint8_t> again(size);
      EXPECT_TRUE(lzf_decompress(packed, again));
      EXPECT_EQ(again, plain);
    }
}

/// Bytes that end where memory ends: reading or writing one more ends the program.
class Guarded {
 public:
  explicit Guarded(std::size_t size) : page_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))), size_(size) {
    room_ = (size + page_ - 1) / page_ * page_;
    memory_ =
        static_cast<std::uint8_t*>(::mmap(nullptr, room_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT_NE(memory_, MAP_FAILED);
    EXPECT_EQ(::mprotect(memory_ + page_, room_, PROT_READ | PROT_WRITE), 0);
  }
  ~Guarded() { ::munmap(memory_, room_ + 2 * page_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  std::uint8_t* data() { return memory_ + page_ + room_ - size_; }

 private:
  std::size_t page_, size_, room_ = 0;
  std::uint8_t* memory_ = nullptr;
};

// What lzf_decompress relies on, of liblzf as it is installed: it was not compiled with a sanitizer.
TEST(Lzf, TheLibraryStaysWithinItsBytesWhateverTheyAre) {
  std::mt19937 random(3);
  for (int round = 0; round < 4000; ++round) {
    std::vector<std::uint8_t> packed(1 + random() % 60);
    for (auto& byte : packed) byte = static_cast<std::uint8_t>(random() % 3 == 0 ? random() : random() % 40);
    const std::size_t plain = 1 + random() % 300;
    Guarded in(packed.size()), out(plain);
    std::memcpy(in.data(), packed.data(), packed.size());
    EXPECT_LE(
        ::lzf_decompress(in.data(), static_cast<unsigned>(packed.size()), out.data(), static_cast<unsigned>(plain)),
        plain);
  }
}

// What lzf_compress relies on: of one byte liblzf reads two, so it is never given one.
TEST(Lzf, TheLibraryReadsNoMoreThanItCompresses) {
  std::mt19937 random(4);
  for (std::size_t size = 2; size < 600; ++size) {
    Guarded in(size);
    for (std::size_t at = 0; at < size; ++at) in.data()[at] = static_cast<std::uint8_t>(random() % 3);
    std::vector<std::uint8_t> packed(size + size / 32 + 16);
    EXPECT_GT(
        ::lzf_compress(in.data(), static_cast<unsigned>(size), packed.data(), static_cast<unsigned>(packed.size())),
        0u);
  }
}

TEST(Lzf, OneByteIsOneLiteral) { EXPECT_EQ(lzf_compress({7}), (std::vector<std::uint8_t>{0, 7})); }

TEST(Lzf, DamagedBytesAreRefused) {
  const std::vector<std::uint8_t> plain(1000, 'a');
  const auto packed = lzf_compress(plain);
  std::vector<std::uint8_t> again(plain.size());
  for (std::size_t size = 0; size < packed.size(); ++size)
    EXPECT_FALSE(lzf_decompress({packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size)}, again)) << size;
  for (const std::size_t size : {0, 1, 999, 1001}) {
    again.resize(size);
    EXPECT_FALSE(lzf_decompress(packed, again)) << size;
  }
  again.resize(3);
  EXPECT_FALSE(lzf_decompress({0x20, 0x00}, again)) << "refers to what is before the beginning";
}

}  // namespace
}  // namespace treewalk
