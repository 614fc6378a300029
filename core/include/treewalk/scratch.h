// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "treewalk/cloud.h"

namespace treewalk {
/// \addtogroup core
/// @{

/// A folder for arrays that memory has no room for. While one lives, every tensor of this process that is as long as a
/// cloud lies in a file there, and so does what its owner takes by allocate(): each is a file of its own, without a
/// name, that the system removes when the array is freed or the process ends, however it ends. What the process uses of
/// them is in memory, but when all that it has there comes near the limit, they leave it (the system writes them to the
/// disk when it likes, and they come back when they are used). Results are the same bits as without. One at a time.
class TREEWALK_EXPORT Scratch {
 public:
  /// Throws Error where the folder is none, nothing can be written there, it is itself in memory (tmpfs), or another
  /// Scratch lives.
  /// \param folder that exists
  /// \param memory_mb what the process is to have in memory at its most; more than its programs and libraries take
  Scratch(const std::filesystem::path& folder, std::int64_t memory_mb);
  ~Scratch();                                   ///< Arrays that live on stay where they are.
  Scratch(const Scratch&) = delete;             ///< It is one place.
  Scratch& operator=(const Scratch&) = delete;  ///< It is one place.

  /// \return bytes that the folder has room for
  std::int64_t space() const;

  /// \return whether one lives
  static bool lives();
  /// Lets all arrays leave the memory, so that what is left is what the process cannot do without.
  static void rest();
  /// An array in the folder; it holds zeros. May be called by an `operator new`: it calls none.
  /// \param bytes how long
  /// \return nullptr where no Scratch lives, the array is short (see kShort), or the calling thread is one that works
  /// on what memory has room for. Throws std::bad_alloc where the disk is full, and failure() then says so
  static void* allocate(std::size_t bytes);
  /// Frees what allocate() gave.
  /// \param array anything
  /// \return whether it was such an array; nothing happens to others
  static bool deallocate(void* array) noexcept;
  /// Why memory ran out, for who catches std::bad_alloc.
  /// \param otherwise the sentence where no folder is to blame
  /// \return why the last array found no place, in a sentence, or `otherwise` where each did
  static std::string failure(const std::string& otherwise = {});

  static constexpr std::size_t kShort = std::size_t{4} << 20;  ///< Shorter arrays are in memory.

 private:
  struct Watch;
  std::unique_ptr<Watch> watch_;
};

/// @}
}  // namespace treewalk
