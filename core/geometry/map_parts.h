// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/geometry/moving_part.h"
#include "core/geometry/worker.h"

namespace treewalk {

/// The points of a moving map in two searches: a big one, and one of what came after it was made. The recent one is
/// made anew for every addition. That costs its size each time; when it has cost as much as the big one, or when half
/// of the big one was taken away, a thread makes a big one of all that is there.
class MapParts {
 public:
  MapParts() = default;
  /// points: their numbers are above all that are there. Where it throws, the map is as it was.
  void add(const NumberedPoints& points);
  std::int64_t forget_oldest(std::int64_t count);
  std::int64_t forget_by_box(const double* box, bool inside);  ///< as MapPart::remove_by_box
  /// Waits until all points are in one search.
  void settle();

  std::int64_t size() const { return big_->live + recent_->live; }
  const MapPart& big() const { return *big_; }
  const MapPart& recent() const { return *recent_; }
  std::int64_t number(std::uint32_t name) const {
    return name < kFirstRecent ? big_->number[name] : recent_->number[name - kFirstRecent];
  }
  /// All that are there, in the order of their numbers.
  NumberedPoints all() const;

 private:
  static constexpr std::uint32_t kFirstRecent = 0x80000000u;

  /// A big search in the making, of the two that there were when it was begun.
  struct Remake {
    std::shared_ptr<const MapPart> big, recent;
    std::int64_t below = 0;               ///< what has higher numbers came later
    std::shared_ptr<MapPart> made;        ///< null where that failed
    std::vector<std::int64_t> forgotten;  ///< numbers that were taken away since
    std::atomic<bool> done{false};        ///< no more is written to `made`
  };
  bool ready() const { return remake_ != nullptr && remake_->done.load(std::memory_order_acquire); }
  /// The recent search anew, with more points; takes over a big one that is ready.
  void renew(const NumberedPoints* more);
  void start_if_due();
  std::vector<std::int64_t>* log() { return remake_ != nullptr ? &remake_->forgotten : nullptr; }

  std::shared_ptr<MapPart> big_ = std::make_shared<MapPart>(), recent_ = std::make_shared<MapPart>();
  std::shared_ptr<Remake> remake_;  ///< shared with the thread
  std::int64_t spent_ = 0;          ///< points put into recent searches since the big one was begun
  Worker worker_;
};

}  // namespace treewalk
