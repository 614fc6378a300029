// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/instances.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "core/device/public_errors.h"
#include "core/device/threads.h"
#include "core/geometry/finite_points.h"
#include "core/geometry/knn.h"

namespace treewalk {
namespace {

/// Disjoint sets; the representative of each is its least member.
class Sets {
 public:
  explicit Sets(std::int64_t size) : parent_(static_cast<std::size_t>(size)) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }
  std::int32_t find(std::int32_t member) {
    while (parent_[member] != member) member = parent_[member] = parent_[parent_[member]];
    return member;
  }
  void unite(std::int32_t a, std::int32_t b) {
    a = find(a), b = find(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::int32_t> parent_;
};

/// Those of the points, by their first member.
struct Components {
  std::vector<std::int64_t> size;
  std::vector<std::int32_t> of_point;  ///< place in `size`
};
Components components(const at::Tensor& position, int k, float most) {
  const std::int64_t size = position.size(0);
  Sets sets(size);
  knn_in_turn(position, k, most, [&](const FoundNeighbours& found) {
    for (std::int64_t i = 0; i < found.count; ++i)
      for (std::int64_t e = i * k; e < (i + 1) * k && found.index[e] >= 0; ++e)
        sets.unite(static_cast<std::int32_t>(found.point[i]), found.index[e]);
  });
  Components result;
  result.of_point.resize(static_cast<std::size_t>(size));
  for (std::int32_t i = 0; i < size; ++i) {
    const std::int32_t first = sets.find(i);
    if (first == i) result.size.push_back(0);
    result.of_point[i] = first == i ? static_cast<std::int32_t>(result.size.size()) - 1 : result.of_point[first];
    ++result.size[result.of_point[i]];
  }
  return result;
}

/// Adds those that are large enough: larger ones first, then by their first point. kept: the points' indices in the
/// cloud.
void add_instances(const Components& found, const std::vector<std::int32_t>& kept, std::uint32_t label,
                   const InstanceOptions& options, Instances& result) {
  std::vector<std::int32_t> order, number(found.size.size(), -1);
  for (std::size_t c = 0; c < found.size.size(); ++c)
    if (found.size[c] >= options.least && (options.most == 0 || found.size[c] <= options.most))
      order.push_back(static_cast<std::int32_t>(c));
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int32_t a, std::int32_t b) { return found.size[a] > found.size[b]; });
  for (const std::int32_t c : order) {
    number[c] = static_cast<std::int32_t>(result.label.size());
    result.label.push_back(label);
    result.points.push_back(found.size[c]);
  }
  for (std::size_t i = 0; i < kept.size(); ++i) result.instance[kept[i]] = number[found.of_point[i]];
}

/// The points of a class.
FinitePoints points_of(const CloudView& cloud, const std::vector<std::uint32_t>& label, std::uint32_t wanted) {
  std::vector<std::int32_t> subset;
  subset.reserve(static_cast<std::size_t>(std::count(label.begin(), label.end(), wanted)));
  for (std::size_t i = 0; i < label.size(); ++i)
    if (label[i] == wanted) subset.push_back(static_cast<std::int32_t>(i));
  return finite_points(cloud, &subset);
}

void check(const CloudView& cloud, const std::vector<std::uint32_t>& label, const InstanceOptions& options) {
  if (!(options.distance > 0) || !std::isfinite(options.distance))
    throw Error("the distance between the points of an instance must be positive, got " +
                std::to_string(options.distance));
  if (options.neighbours < 1)
    throw Error("instances need at least 1 neighbour a point, got " + std::to_string(options.neighbours));
  if (options.least < 0 || options.most < 0 || (options.most > 0 && options.most < options.least))
    throw Error("instances of " + std::to_string(options.least) + " to " + std::to_string(options.most) +
                " points: there are none");
  if (static_cast<std::int64_t>(label.size()) != cloud.size)
    throw Error(std::to_string(label.size()) + " labels were given for " + std::to_string(cloud.size) + " points");
}

}  // namespace

Instances find_instances(const CloudView& cloud, const std::vector<std::uint32_t>& label,
                         const std::vector<std::uint32_t>& labels, const InstanceOptions& options) {
  check(cloud, label, options);
  const ThreadCount count(options.threads);
  return with_public_errors([&] {
    Instances result;
    result.instance.assign(label.size(), -1);
    const auto most = static_cast<float>(options.distance * options.distance);
    for (auto wanted = labels.begin(); wanted != labels.end(); ++wanted) {
      if (std::find(labels.begin(), wanted, *wanted) != wanted) continue;
      FinitePoints points = points_of(cloud, label, *wanted);
      const auto size = static_cast<std::int64_t>(points.kept.size());
      if (size == 0) continue;
      const auto k = static_cast<int>(std::min<std::int64_t>(options.neighbours, std::max<std::int64_t>(size - 1, 1)));
      points.position = single_precision(points.position).position;
      add_instances(components(points.position, k, most), points.kept, *wanted, options, result);
    }
    return result;
  });
}

}  // namespace treewalk
