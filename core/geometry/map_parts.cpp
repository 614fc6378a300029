// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/map_parts.h"

#include <algorithm>
#include <utility>

#include "core/device/threads.h"

namespace treewalk {
namespace {

/// So few points are put into one search at once: no thread is worth its while.
constexpr std::int64_t kFew = 1024;
/// What a point costs in a big search, in points of a recent one.
constexpr std::int64_t kTimes = 2;

}  // namespace

void MapParts::renew(const NumberedPoints* more) {
  const bool finished = ready(), over = finished && remake_->made != nullptr;
  const std::int64_t all = size() + (more != nullptr ? more->size() : 0);
  const bool one = (remake_ == nullptr || finished) && !over && (big_->live == 0 || all <= kFew);
  NumberedPoints points;
  if (one) big_->append(points);
  recent_->append(points, over ? remake_->below : 0);
  if (more != nullptr) points.append(*more);
  auto made =
      std::make_shared<MapPart>(std::move(points), one ? 0 : kFirstRecent, one ? Division::kd_tree : Division::morton);
  auto none = std::make_shared<MapPart>();
  // Nothing throws from here on.
  std::shared_ptr<MapPart> old = big_;
  if (over) {
    std::sort(remake_->forgotten.begin(), remake_->forgotten.end());
    remake_->made->remove_numbers(remake_->forgotten);
    big_ = std::move(remake_->made);
  }
  if (finished) remake_ = nullptr;
  if (one) {
    big_ = std::move(made);
    recent_ = std::move(none);
    spent_ = 0;
  } else {
    spent_ += made->live;
    recent_ = std::move(made);
  }
  if (over) worker_.start([old = std::move(old)] {});  // letting go of much memory takes time
}

void MapParts::add(const NumberedPoints& points) {
  renew(&points);
  start_if_due();
}

std::int64_t MapParts::forget_oldest(std::int64_t count) {
  if (ready()) renew(nullptr);
  const std::int64_t of_big = big_->remove_oldest(count, log());
  const std::int64_t forgotten = of_big + recent_->remove_oldest(count - of_big, log());
  start_if_due();
  return forgotten;
}

std::int64_t MapParts::forget_by_box(const double* box, bool inside) {
  if (ready()) renew(nullptr);
  const std::int64_t of_big = big_->remove_by_box(box, inside, log());
  const std::int64_t forgotten = of_big + recent_->remove_by_box(box, inside, log());
  start_if_due();
  return forgotten;
}

void MapParts::settle() {
  worker_.wait();
  if (ready()) renew(nullptr);
  if (recent_->size() == 0 && big_->live == big_->size()) return;
  NumberedPoints points;
  big_->append(points);
  recent_->append(points);
  auto made = std::make_shared<MapPart>(std::move(points), 0, Division::kd_tree);
  recent_ = std::make_shared<MapPart>();
  big_ = std::move(made);
  spent_ = 0;
}

NumberedPoints MapParts::all() const {
  NumberedPoints some, result;
  big_->append(some);
  recent_->append(some);
  result.position.resize(some.position.size());
  for (std::size_t i = 0; i < some.name.size(); ++i)
    std::copy_n(some.position.data() + 3 * i, 3, result.position.data() + 3 * static_cast<std::size_t>(some.name[i]));
  result.number = std::move(some.number);
  return result;
}

void MapParts::start_if_due() {
  const std::int64_t gone = big_->size() - big_->live;
  if (remake_ != nullptr || size() <= kFew || (recent_->size() == 0 && gone == 0)) return;
  if (spent_ < kTimes * big_->live && gone <= big_->live) return;
  const auto remake = std::make_shared<Remake>();
  remake->big = big_;
  remake->recent = recent_;
  remake->below = (recent_->size() > 0 ? recent_ : big_)->number.back() + 1;
  worker_.start([remake] {
    const ThreadCount one(1);
    try {
      NumberedPoints points;
      remake->big->append(points);
      remake->recent->append(points);
      remake->made = std::make_shared<MapPart>(std::move(points), 0, Division::kd_tree);
    } catch (...) {  // not enough memory: the two searches that there are go on
    }
    remake->done.store(true, std::memory_order_release);
  });
  remake_ = remake;
  spent_ = 0;
}

}  // namespace treewalk
