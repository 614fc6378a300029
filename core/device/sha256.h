// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <sha2.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace treewalk {

/// SHA-256 (FIPS 180-4) of bytes that come in pieces, by libmd.
class Sha256 {
 public:
  Sha256() { SHA256Init(&state_); }
  void add(const void* data, std::size_t size) { SHA256Update(&state_, static_cast<const std::uint8_t*>(data), size); }
  /// 64 lower-case hexadecimal digits, of all that was added before.
  std::string digits() const {
    SHA2_CTX state = state_;
    char text[SHA256_DIGEST_STRING_LENGTH];
    return SHA256End(&state, text);
  }

 private:
  SHA2_CTX state_;
};

}  // namespace treewalk
