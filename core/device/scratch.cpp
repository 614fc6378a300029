// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/scratch.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <thread>

#include "treewalk/scratch.h"

namespace treewalk {
namespace {

// All of this is there before any constructor runs, and allocates nothing: operator new may be what calls.
struct Array {
  std::byte* at;
  std::size_t size;
};
constexpr int kMostArrays = 4096;
Array arrays[kMostArrays];           // NOLINT(*-avoid-non-const-global-variables)
int count = 0;                       // NOLINT(*-avoid-non-const-global-variables)
int folder = -1;                     // NOLINT(*-avoid-non-const-global-variables)
int failed_error = 0;                // NOLINT(*-avoid-non-const-global-variables)
std::size_t failed_size = 0;         // NOLINT(*-avoid-non-const-global-variables)
std::mutex guard;                    // NOLINT(*-avoid-non-const-global-variables)
std::atomic<bool> lives_now{false};  // NOLINT(*-avoid-non-const-global-variables)
thread_local int in_memory = 0;      // NOLINT(*-avoid-non-const-global-variables)

/// A file without a name, open; -1 where there is none.
int open_file(int in) {
  const int file = ::openat(in, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT && errno != EINVAL)) return file;
  // Not every file system has such files: a name that is gone at once.
  char name[64];
  static std::atomic<int> number{0};
  std::snprintf(name, sizeof name, ".treewalk-scratch-%d-%d", static_cast<int>(::getpid()), number++);
  const int named = ::openat(in, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (named >= 0) ::unlinkat(in, name, 0);
  return named;
}

/// All of the array's place on the disk is taken now, so that none is missing when it is written to.
void* map_file(int in, std::size_t size) {
  const int file = open_file(in);
  if (file < 0) return nullptr;
  int error = ::posix_fallocate(file, 0, static_cast<off_t>(size));
  void* at = MAP_FAILED;
  if (error == 0) {
    at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    error = at == MAP_FAILED ? errno : 0;
  }
  ::close(file);
  errno = error;
  return at == MAP_FAILED ? nullptr : at;
}

[[noreturn]] void fail(std::size_t size, int error) {
  const std::lock_guard lock(guard);
  failed_size = size;
  failed_error = error;
  throw std::bad_alloc();
}

std::int64_t page() {
  static const std::int64_t size = ::sysconf(_SC_PAGESIZE);
  return size;
}

}  // namespace

InMemory::InMemory() { ++in_memory; }
InMemory::~InMemory() { --in_memory; }

/// Looks now and then how much the process has in memory.
struct Scratch::Watch {
  std::int64_t limit = 0;  ///< bytes
  int statm = -1;
  std::mutex waiting;
  std::condition_variable over;
  bool ends = false;
  std::thread thread;

  /// resident_memory(), without opening a file each time.
  std::int64_t resident() const {
    char text[128];
    const auto length = ::pread(statm, text, sizeof text - 1, 0);
    if (length <= 0) return 0;
    text[length] = 0;
    const char* second = std::strchr(text, ' ');
    return second == nullptr ? 0 : std::strtoll(second, nullptr, 10) * page();
  }

  /// What comes between two looks must fit below the limit, too: as much as came lately, for this thread may be late.
  void run() {
    using namespace std::chrono_literals;
    constexpr std::int64_t kBetween = std::int64_t{64} << 20;
    // Where the rest of the process alone is at the limit, arrays must still have room to be worked on.
    constexpr std::int64_t kLeast = std::int64_t{32} << 20;
    constexpr double kForgets = 0.999;
    std::int64_t before = resident(), least = 0;
    double between = 0;
    std::unique_lock lock(waiting);
    while (!over.wait_for(lock, 1ms, [this] { return ends; })) {
      const std::int64_t now = resident();
      between = std::max(kForgets * between, static_cast<double>(now - before));
      const auto room = std::max(std::min(limit / 8, kBetween), static_cast<std::int64_t>(between));
      before = now;
      const auto most = limit - std::min(room, limit / 2);
      if (now <= std::max(most, least)) continue;
      rest();
      before = resident();
      // What is there now may hold arrays already that others came back to: no reason to pass the limit by far.
      least = std::max(before + kLeast / 4, std::min(before, most) + kLeast);
    }
  }
};

Scratch::Scratch(const std::filesystem::path& where, std::int64_t memory_mb) : watch_(std::make_unique<Watch>()) {
  const auto say = [&](const std::string& what) { return Error("'" + where.string() + "' " + what); };
  if (lives()) throw say("cannot hold arrays: another folder does already");
  const int opened = ::open(where.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) throw say(std::string("is no folder for arrays: ") + std::strerror(errno));
  struct statfs kind {};
  constexpr long kTmpfs = 0x01021994, kRamfs = 0x858458f6;
  const bool memory = ::fstatfs(opened, &kind) == 0 && (kind.f_type == kTmpfs || kind.f_type == kRamfs);
  const int file = memory ? -1 : open_file(opened);
  const int error = errno;
  if (file >= 0) ::close(file);
  if (file < 0) ::close(opened);
  if (memory) throw say("is itself in memory, so arrays there would save none: name a folder on a disk");
  if (file < 0) throw say(std::string("cannot hold arrays: ") + std::strerror(error));
  watch_->limit = memory_mb << 20;
  watch_->statm = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  {
    const std::lock_guard lock(guard);
    folder = opened;
    failed_error = 0;
  }
  keep_tensors_in_scratch();
  lives_now = true;
  watch_->thread = std::thread([watch = watch_.get()] { watch->run(); });
}

Scratch::~Scratch() {
  lives_now = false;
  {
    const std::lock_guard lock(watch_->waiting);
    watch_->ends = true;
  }
  watch_->over.notify_all();
  watch_->thread.join();
  if (watch_->statm >= 0) ::close(watch_->statm);
  const std::lock_guard lock(guard);
  ::close(folder);
  folder = -1;
}

bool Scratch::lives() { return lives_now.load(std::memory_order_relaxed); }

std::int64_t Scratch::space() const {
  struct statvfs room {};
  if (::fstatvfs(folder, &room) != 0) return 0;
  return static_cast<std::int64_t>(room.f_bavail) * static_cast<std::int64_t>(room.f_frsize);
}

void Scratch::rest() {
  const std::lock_guard lock(guard);
  for (int i = 0; i < count; ++i) ::madvise(arrays[i].at, arrays[i].size, MADV_DONTNEED);  // the file keeps it
}

void* Scratch::allocate(std::size_t bytes) {
  if (bytes < kShort || in_memory > 0 || !lives()) return nullptr;
  int in = -1;
  {
    const std::lock_guard lock(guard);
    if (folder < 0 || count == kMostArrays) return nullptr;
    in = ::fcntl(folder, F_DUPFD_CLOEXEC, 0);
  }
  const auto whole = static_cast<std::size_t>(page());
  const std::size_t size = (bytes + whole - 1) / whole * whole;
  void* const at = in < 0 ? nullptr : map_file(in, size);
  const int error = errno;
  if (in >= 0) ::close(in);
  if (at == nullptr) fail(size, error);
  std::unique_lock lock(guard);
  if (count < kMostArrays) {
    arrays[count++] = {static_cast<std::byte*>(at), size};
    return at;
  }
  lock.unlock();
  ::munmap(at, size);
  return nullptr;
}

bool Scratch::deallocate(void* array) noexcept {
  if (array == nullptr || reinterpret_cast<std::uintptr_t>(array) % static_cast<std::uintptr_t>(page()) != 0)
    return false;
  std::size_t size = 0;
  {
    const std::lock_guard lock(guard);
    Array* const end = arrays + count;
    Array* const found = std::find_if(arrays, end, [array](const Array& one) { return one.at == array; });
    if (found == end) return false;
    size = found->size;
    *found = *(end - 1);
    --count;
  }
  ::munmap(array, size);
  return true;
}

std::string Scratch::failure(const std::string& otherwise) {
  const std::lock_guard lock(guard);
  if (failed_error == 0) return otherwise;
  return "the folder for arrays has no place for " + std::to_string((failed_size >> 20) + 1) +
         " MB more: " + std::strerror(failed_error);
}

}  // namespace treewalk
