// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>

#include "core/device/in_out.h"
#include "core/device/public_errors.h"
#include "core/device/threads.h"
#include "core/geometry/box_tree.h"
#include "core/geometry/field_rows.h"
#include "core/geometry/finite_points.h"
#include "core/geometry/queries.h"
#include "core/geometry/row_index.h"
#include "core/geometry/squares.h"
#include "treewalk/search.h"

namespace treewalk {
namespace {

struct Found {
  std::vector<std::int32_t>* index;
  std::vector<float>* squared_distance;
};

void add_found(void* self, const float* distance, const std::uint32_t* index, std::int64_t count) {
  const Found& found = *static_cast<const Found*>(self);
  found.index->insert(found.index->end(), index, index + count);
  found.squared_distance->insert(found.squared_distance->end(), distance, distance + count);
}

void sort_by_distance(std::vector<std::int32_t>& index, std::vector<float>& squared_distance) {
  std::vector<std::pair<float, std::int32_t>> all(index.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = {squared_distance[i], index[i]};
  std::sort(all.begin(), all.end());
  for (std::size_t i = 0; i < all.size(); ++i) std::tie(squared_distance[i], index[i]) = all[i];
}

}  // namespace

struct PointSearch::Tree {
  std::int64_t size = 0;
  BoxTreeMemory memory;
  std::unique_ptr<const RowIndex<double>> doubles;  ///< in place of the memory where float32 does not hold the points

  bool local(const double* query, float* to) const { return local_query(query, {0, 0, 0}, to); }

  /// At most `most` of squared distance `bound` or less; returns how many.
  std::int64_t nearest(const float* query, std::int64_t k, float bound, std::int32_t* index,
                       float* squared_distance) const {
    KnnTask task;
    task.tree = &memory.tree;
    task.query = query;
    task.k = k;
    task.index = index;
    task.distance = squared_distance;
    task.most = bound;
    NearestRoom room(k);
    knn_search_for_cpu()(task, 0, 1, room.get());
    return count(index, k);
  }

  static std::int64_t count(const std::int32_t* index, std::int64_t k) {
    while (k > 0 && index[k - 1] < 0) --k;
    return k;
  }

  void within(const float* query, float bound, bool sorted, std::int64_t most, std::vector<std::int32_t>& index,
              std::vector<float>& squared_distance) const {
    index.clear();
    squared_distance.clear();
    if (size == 0 || bound < 0) return;
    if (most > 0 && most < size) {
      index.resize(static_cast<std::size_t>(most));
      squared_distance.resize(index.size());
      const auto found = static_cast<std::size_t>(nearest(query, most, bound, index.data(), squared_distance.data()));
      index.resize(found);
      squared_distance.resize(found);
      return;
    }
    Found found{&index, &squared_distance};
    radius_search_for_cpu()(memory.tree, query, bound, {&found, add_found});
    if (sorted) sort_by_distance(index, squared_distance);
  }

  OrderedQueries ordered(const double* query, std::int64_t queries, const Take& take) const {
    if (size > 0)
      return ordered_queries(query, queries, {0, 0, 0}, [&](std::int64_t i) { take(i, nullptr, nullptr, 0); });
    for (std::int64_t i = 0; i < queries; ++i) take(i, nullptr, nullptr, 0);
    return {};
  }
};

PointSearch::PointSearch(const CloudView& cloud, const std::vector<std::int32_t>* subset, int threads,
                         bool few_queries) {
  const ThreadCount count(threads);
  with_public_errors([&] {
    if (subset != nullptr)
      for (const std::int32_t index : *subset)
        if (index < 0 || index >= cloud.size)
          throw Error("the index " + std::to_string(index) + " is outside of the cloud, which has " +
                      std::to_string(cloud.size) + " points");
    auto tree = std::make_unique<Tree>();
    const FinitePoints points = finite_points(cloud, subset);
    tree->size = static_cast<std::int64_t>(points.kept.size());
    if (!float_holds(points.position)) {
      const double* position = in(points.position);
      tree->doubles = std::make_unique<const RowIndex<double>>(position, tree->size, 3, points.kept.data());
      check_squares(position, tree->size, 3, tree->doubles->extent());
    } else if (tree->size > 0) {
      const at::Tensor single = points.position.to(at::kFloat);
      check_squares(single);
      const float* position = in(single);
      tree->memory =
          build_box_tree(position, tree->size, points.kept.data(), few_queries ? Division::morton : Division::kd_tree);
    }
    tree_ = std::move(tree);
  });
}

PointSearch::~PointSearch() = default;
PointSearch::PointSearch(PointSearch&&) noexcept = default;
PointSearch& PointSearch::operator=(PointSearch&&) noexcept = default;

std::int64_t PointSearch::size() const { return tree_->size; }

int PointSearch::nearest(const double* query, int k, std::int32_t* index, float* squared_distance) const {
  if (tree_->doubles) return tree_->doubles->nearest(query, k, index, squared_distance);
  float at[3];
  if (k < 1 || tree_->size == 0 || !tree_->local(query, at)) return 0;
  const std::int64_t most = std::min<std::int64_t>(k, tree_->size);
  return static_cast<int>(tree_->nearest(at, most, kFarthest, index, squared_distance));
}

void PointSearch::within(const double* query, double radius, std::vector<std::int32_t>& index,
                         std::vector<float>& squared_distance, bool sorted, std::int64_t most) const {
  if (tree_->doubles) return tree_->doubles->within(query, radius, index, squared_distance, sorted, most);
  float at[3];
  index.clear();
  squared_distance.clear();
  if (tree_->local(query, at)) tree_->within(at, most_within<float>(radius), sorted, most, index, squared_distance);
}

void PointSearch::nearest(const double* query, std::int64_t queries, int k, const Take& take, int threads) const {
  const ThreadCount count(threads);
  with_public_errors([&] {
    if (tree_->doubles) return tree_->doubles->nearest(query, queries, k, take);
    const std::int64_t most = std::min<std::int64_t>(std::max(k, 0), tree_->size);
    const auto ordered = tree_->ordered(query, most > 0 ? queries : 0, take);
    if (most == 0)
      for (std::int64_t i = 0; i < queries; ++i) take(i, nullptr, nullptr, 0);
    KnnSearch* const run = knn_search_for_cpu();
    parallel_pieces(static_cast<std::int64_t>(ordered.at.size()), kQueryPiece,
                    [&](std::int64_t, std::int64_t begin, std::int64_t end) {
                      std::vector<std::int32_t> index(static_cast<std::size_t>((end - begin) * most));
                      std::vector<float> distance(index.size());
                      KnnTask task;
                      task.tree = &tree_->memory.tree;
                      task.query = ordered.position.data() + 3 * begin;
                      task.k = most;
                      task.index = index.data();
                      task.distance = distance.data();
                      task.most = kFarthest;
                      NearestRoom room(most);
                      run(task, 0, end - begin, room.get());
                      for (std::int64_t i = begin; i < end; ++i) {
                        const std::int32_t* row = index.data() + (i - begin) * most;
                        take(ordered.at[i], row, distance.data() + (i - begin) * most, Tree::count(row, most));
                      }
                    });
  });
}

void PointSearch::within(const double* query, std::int64_t queries, double radius, const Take& take, bool sorted,
                         std::int64_t most, int threads) const {
  const ThreadCount count(threads);
  with_public_errors([&] {
    if (tree_->doubles) return tree_->doubles->within(query, queries, radius, take, sorted, most);
    const auto ordered = tree_->ordered(query, queries, take);
    const float bound = most_within<float>(radius);
    parallel_pieces(static_cast<std::int64_t>(ordered.at.size()), kQueryPiece,
                    [&](std::int64_t, std::int64_t begin, std::int64_t end) {
                      std::vector<std::int32_t> index;
                      std::vector<float> distance;
                      for (std::int64_t i = begin; i < end; ++i) {
                        tree_->within(ordered.position.data() + 3 * i, bound, sorted, most, index, distance);
                        take(ordered.at[i], index.data(), distance.data(), static_cast<std::int64_t>(index.size()));
                      }
                    });
  });
}

}  // namespace treewalk
