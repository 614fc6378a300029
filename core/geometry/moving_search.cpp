// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/moving_search.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>
#include <utility>

#include "core/device/in_out.h"
#include "core/device/public_errors.h"
#include "core/device/threads.h"
#include "core/geometry/finite_points.h"
#include "core/geometry/map_parts.h"
#include "core/geometry/moving_file.h"
#include "core/geometry/queries.h"
#include "core/geometry/squares.h"
#include "treewalk/write_file.h"

namespace treewalk {
namespace {

/// What one query found, with names; nearest first.
struct Row {
  std::vector<std::int64_t> number;
  std::vector<float> squared_distance;
};

void add_packed(void* self, const float* distance, const std::uint32_t* index, std::int64_t count) {
  auto& all = *static_cast<std::vector<std::pair<float, std::uint32_t>>*>(self);
  for (std::int64_t i = 0; i < count; ++i) all.emplace_back(distance[i], index[i]);
}

/// The finite rows of a cloud as they are kept, numbered from `next` on.
NumberedPoints numbered(const CloudView& cloud, const std::array<double, 3>& origin, std::int64_t next) {
  const FinitePoints finite = finite_points(cloud);
  NumberedPoints points;
  const auto size = static_cast<std::int64_t>(finite.kept.size());
  points.position.reserve(3 * finite.kept.size());
  const auto add = [&](const auto* position) {
    for (std::int64_t i = 0; i < size; ++i) {
      float at[3];
      for (std::size_t axis = 0; axis < 3; ++axis)
        at[axis] = static_cast<float>(double{position[3 * i + static_cast<std::int64_t>(axis)]} - origin[axis]);
      if (!std::isfinite(at[0]) || !std::isfinite(at[1]) || !std::isfinite(at[2])) continue;
      points.position.insert(points.position.end(), at, at + 3);
      points.name.push_back(static_cast<std::int32_t>(points.number.size()));
      points.number.push_back(next + finite.kept[static_cast<std::size_t>(i)]);
    }
  };
  if (finite.position.scalar_type() == at::kFloat)
    add(static_cast<const float*>(in(finite.position)));
  else
    add(static_cast<const double*>(in(finite.position)));
  return points;
}

}  // namespace

struct MovingSearch::Map {
  std::array<double, 3> origin{0, 0, 0};
  int threads = 0;
  std::int64_t next = 0;
  MapParts parts;

  /// Relative to the origin: lower x y z, upper x y z.
  std::array<double, 6> local(const AxisBox& box) const {
    std::array<double, 6> result{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      result[axis] = box.lower[axis] - origin[axis];
      result[3 + axis] = box.upper[axis] - origin[axis];
    }
    return result;
  }

  KnnTask task(std::int64_t k, float most) const {
    KnnTask task;
    const BoxTree *const big = parts.big().tree(), *const recent = parts.recent().tree();
    task.tree = big != nullptr ? big : recent;
    task.second = big != nullptr ? recent : nullptr;
    task.k = k;
    task.most = most;
    return task;
  }

  /// A row of names and distances, as a search has written it, with numbers; returns how many there are.
  std::int64_t numbers(const std::int32_t* name, const float* distance, std::int64_t k, std::int64_t* number) const {
    std::int64_t found = 0;
    for (; found < k && distance[found] <= kFarthest; ++found)
      number[found] = parts.number(static_cast<std::uint32_t>(name[found]));
    return found;
  }

  /// query [3], relative to the origin; k at most size().
  std::int64_t nearest(const float* query, std::int64_t k, float most, std::int64_t* number, float* distance) const {
    KnnTask one = task(k, most);
    std::vector<std::int32_t> name(static_cast<std::size_t>(k));
    one.query = query;
    one.index = name.data();
    one.distance = distance;
    NearestRoom room(k);
    knn_search_for_cpu()(one, 0, 1, room.get());
    return numbers(name.data(), distance, k, number);
  }

  void within(const float* query, float bound, std::int64_t most, Row& row) const {
    row.number.clear();
    row.squared_distance.clear();
    if (parts.size() == 0 || bound < 0) return;
    if (most > 0 && most < parts.size()) {
      row.number.resize(static_cast<std::size_t>(most));
      row.squared_distance.resize(row.number.size());
      const std::int64_t found = nearest(query, most, bound, row.number.data(), row.squared_distance.data());
      row.number.resize(static_cast<std::size_t>(found));
      row.squared_distance.resize(row.number.size());
      return;
    }
    std::vector<std::pair<float, std::uint32_t>> all;
    for (const BoxTree* const tree : {parts.big().tree(), parts.recent().tree()})
      if (tree != nullptr) radius_search_for_cpu()(*tree, query, bound, {&all, add_packed});
    std::sort(all.begin(), all.end());
    for (const auto& [distance, name] : all) {
      row.number.push_back(parts.number(name));
      row.squared_distance.push_back(distance);
    }
  }

  OrderedQueries ordered(const double* query, std::int64_t queries, const Take& take) const {
    return ordered_queries(query, queries, origin, [&](std::int64_t i) { take(i, nullptr, nullptr, 0); });
  }
};

MovingSearch::MovingSearch(std::unique_ptr<Map> map) : map_(std::move(map)) {}

MovingSearch::MovingSearch(const std::array<double, 3>& origin, int threads) : map_(std::make_unique<Map>()) {
  for (std::size_t axis = 0; axis < 3; ++axis)
    if (!std::isfinite(origin[axis]))
      throw Error("the origin of a moving search has " + std::to_string(origin[axis]) + " on axis " + "xyz"[axis] +
                  "; it must be finite");
  map_->origin = origin;
  map_->threads = threads;
}

MovingSearch::~MovingSearch() = default;
MovingSearch::MovingSearch(MovingSearch&&) noexcept = default;
MovingSearch& MovingSearch::operator=(MovingSearch&&) noexcept = default;

std::int64_t MovingSearch::add(const CloudView& cloud) {
  const ThreadCount count(map_->threads);
  return with_public_errors([&] {
    const NumberedPoints points = numbered(cloud, map_->origin, map_->next);
    constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max() - 1;
    if (points.size() > kMost - map_->parts.size())
      throw Error("a moving search of " + std::to_string(map_->parts.size()) + " points cannot take " +
                  std::to_string(points.size()) + " more; at most 2^31 - 2 can be there at a time");
    if (points.size() > 0) map_->parts.add(points);
    return std::exchange(map_->next, map_->next + cloud.size);
  });
}

std::int64_t MovingSearch::forget_oldest(std::int64_t count) {
  const ThreadCount threads(map_->threads);
  return with_public_errors([&] { return map_->parts.forget_oldest(count); });
}

std::int64_t MovingSearch::forget_inside(const AxisBox& box) {
  const ThreadCount threads(map_->threads);
  return with_public_errors([&] { return map_->parts.forget_by_box(map_->local(box).data(), true); });
}

std::int64_t MovingSearch::forget_outside(const AxisBox& box) {
  const ThreadCount threads(map_->threads);
  return with_public_errors([&] { return map_->parts.forget_by_box(map_->local(box).data(), false); });
}

void MovingSearch::settle() {
  const ThreadCount threads(map_->threads);
  with_public_errors([&] { map_->parts.settle(); });
}

std::int64_t MovingSearch::size() const { return map_->parts.size(); }
std::int64_t MovingSearch::next_number() const { return map_->next; }
const std::array<double, 3>& MovingSearch::origin() const { return map_->origin; }

int MovingSearch::nearest(const double* query, int k, std::int64_t* number, float* squared_distance) const {
  float at[3];
  const std::int64_t most = std::min<std::int64_t>(k, size());
  if (most < 1 || !local_query(query, map_->origin, at)) return 0;
  return static_cast<int>(map_->nearest(at, most, kFarthest, number, squared_distance));
}

void MovingSearch::within(const double* query, double radius, std::vector<std::int64_t>& number,
                          std::vector<float>& squared_distance, std::int64_t most) const {
  Row row;
  float at[3];
  if (local_query(query, map_->origin, at)) map_->within(at, most_within<float>(radius), most, row);
  number = std::move(row.number);
  squared_distance = std::move(row.squared_distance);
}

void MovingSearch::nearest(const double* query, std::int64_t queries, int k, const Take& take) const {
  const ThreadCount count(map_->threads);
  with_public_errors([&] {
    const std::int64_t most = std::min<std::int64_t>(std::max(k, 0), size());
    if (most == 0) {
      for (std::int64_t i = 0; i < queries; ++i) take(i, nullptr, nullptr, 0);
      return;
    }
    const OrderedQueries ordered = map_->ordered(query, queries, take);
    KnnSearch* const run = knn_search_for_cpu();
    const auto many = static_cast<std::int64_t>(ordered.at.size());
    parallel_pieces(many, kQueryPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      std::vector<std::int32_t> name(static_cast<std::size_t>((end - begin) * most));
      std::vector<float> distance(name.size());
      std::vector<std::int64_t> number(static_cast<std::size_t>(most));
      KnnTask task = map_->task(most, kFarthest);
      task.query = ordered.position.data() + 3 * begin;
      task.index = name.data();
      task.distance = distance.data();
      NearestRoom room(most);
      run(task, 0, end - begin, room.get());
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t row = (i - begin) * most;
        const std::int64_t found = map_->numbers(name.data() + row, distance.data() + row, most, number.data());
        take(ordered.at[i], number.data(), distance.data() + row, found);
      }
    });
  });
}

void MovingSearch::within(const double* query, std::int64_t queries, double radius, const Take& take,
                          std::int64_t most) const {
  const ThreadCount count(map_->threads);
  with_public_errors([&] {
    const OrderedQueries ordered = map_->ordered(query, queries, take);
    const float bound = most_within<float>(radius);
    const auto many = static_cast<std::int64_t>(ordered.at.size());
    parallel_pieces(many, kQueryPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      Row row;
      for (std::int64_t i = begin; i < end; ++i) {
        map_->within(ordered.position.data() + 3 * i, bound, most, row);
        take(ordered.at[i], row.number.data(), row.squared_distance.data(),
             static_cast<std::int64_t>(row.number.size()));
      }
    });
  });
}

void MovingSearch::save(const std::filesystem::path& file) const {
  with_public_errors([&] {
    const SavedMap saved{map_->origin, map_->next, map_->parts.all()};
    write_file(file, [&](std::ostream& to) { write_map(to, saved); });
  });
}

MovingSearch MovingSearch::load(const std::filesystem::path& file, int threads) {
  const ThreadCount count(threads);
  return with_public_errors([&] {
    std::ifstream from(file, std::ios::binary);
    from.seekg(0, std::ios::end);
    const std::int64_t size = from.tellg();
    from.seekg(0);
    if (!from || size < 0) throw Error(file.string() + ": cannot be read");
    auto map = std::make_unique<Map>();
    try {
      const SavedMap saved = read_map(from, size);
      map->origin = saved.origin;
      map->next = saved.next;
      map->parts.add(saved.points);
    } catch (const Error& error) {
      throw Error(file.string() + ": " + error.what());
    }
    map->threads = threads;
    return MovingSearch(std::move(map));
  });
}

}  // namespace treewalk
