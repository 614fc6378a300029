// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/write_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "treewalk/cloud.h"

namespace treewalk {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& file, const std::string& doing, int error) {
  throw Error(file.string() + ": cannot " + doing + ": " + (error != 0 ? std::strerror(error) : "write failed"));
}

void write_to(const fs::path& target, const fs::path& name, const std::function<void(std::ostream&)>& write) {
  errno = 0;
  std::ofstream stream(target, std::ios::binary | std::ios::trunc);
  if (!stream) fail(name, "create the file", errno);
  errno = 0;
  write(stream);
  stream.flush();
  if (!stream) fail(name, "write", errno);
  stream.close();
  if (!stream) fail(name, "write", errno);
}

// A disk may report that it is full only when the data really go there.
void synchronise(const fs::path& target, const fs::path& name) {
  const int descriptor = ::open(target.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail(name, "write", errno);
  const int error = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  if (error != 0 && error != EINVAL && error != ENOTSUP) fail(name, "write", error);
}

}  // namespace

void write_file(const fs::path& file, const std::function<void(std::ostream&)>& write) {
  std::error_code ignored;
  const fs::file_status status = fs::status(file, ignored);
  if (fs::is_directory(status)) throw Error(file.string() + ": is a folder, so no file can be written there");
  if (fs::exists(status) && !fs::is_regular_file(status)) return write_to(file, file, write);  // a pipe, a terminal

  // Through a link the file behind it is replaced, not the link.
  fs::path target = fs::exists(status) ? fs::canonical(file, ignored) : file;
  if (target.empty()) target = file;
  static std::atomic<unsigned> counter{0};
  fs::path beside = target;
  beside += "." + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".part";
  try {
    write_to(beside, file, write);
    synchronise(beside, file);
    if (fs::exists(status)) fs::permissions(beside, status.permissions(), ignored);
    std::error_code error;
    fs::rename(beside, target, error);
    if (error) fail(file, "rename the finished file", error.value());
  } catch (...) {
    fs::remove(beside, ignored);
    throw;
  }
}

}  // namespace treewalk
