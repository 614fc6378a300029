// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

namespace treewalk::test {

/// Where the lanes of a host warp meet: every lane leaves a number, and all read all numbers.
class MeetingPlace {
 public:
  explicit MeetingPlace(int lanes) : value_{std::vector<double>(lanes), std::vector<double>(lanes)}, lanes_(lanes) {}

  /// Waits for all lanes; the result stays as it is until every lane has come to the next meeting.
  const std::vector<double>& meet(int rank, double value) {
    std::unique_lock<std::mutex> lock(mutex_);
    const int meeting = meeting_;
    std::vector<double>& values = value_[meeting % 2];
    values[rank] = value;
    if (++arrived_ == lanes_) {
      arrived_ = 0;
      ++meeting_;
      all_here_.notify_all();
    } else {
      all_here_.wait(lock, [&] { return meeting_ != meeting; });
    }
    return values;
  }

 private:
  std::vector<double> value_[2];
  int lanes_, arrived_ = 0, meeting_ = 0;
  std::mutex mutex_;
  std::condition_variable all_here_;
};

/// Lanes as a GPU has them, played by host threads: collectives wait for all, and sums take the same butterfly order
/// as WarpLanes in cuda/launch.cuh.
template <int Size>
class HostWarp {
 public:
  static constexpr int size = Size;
  HostWarp(MeetingPlace& place, int rank) : place_(&place), rank_(rank) {}

  int rank() const { return rank_; }
  template <class T>
  T sum(T x) const {
    for (int step = Size / 2; step > 0; step /= 2) x += exchange(x, rank_ ^ step);
    return x;
  }
  template <class T>
  T max(T x) const {
    for (int step = Size / 2; step > 0; step /= 2) {
      const T other = exchange(x, rank_ ^ step);
      x = other > x ? other : x;
    }
    return x;
  }
  template <class T>
  T broadcast(T x, int from) const {
    return exchange(x, from);
  }

 private:
  template <class T>
  T exchange(T x, int from) const {
    return static_cast<T>(place_->meet(rank_, static_cast<double>(x))[from]);
  }

  MeetingPlace* place_;
  int rank_;
};

/// body(item, lanes) for item = 0 .. items-1 by a host warp. A body whose lanes do not all take part in every
/// collective hangs here as it would on a GPU.
template <int Size, class Body>
void run_on_host_warp(std::int64_t items, const Body& body) {
  MeetingPlace place(Size);
  std::vector<std::thread> lane;
  for (int rank = 0; rank < Size; ++rank)
    lane.emplace_back([&, rank] {
      const HostWarp<Size> lanes(place, rank);
      for (std::int64_t item = 0; item < items; ++item) body(item, lanes);
    });
  for (auto& thread : lane) thread.join();
}

}  // namespace treewalk::test
