// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/instances.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "core/device/in_out.h"
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

/// The members of every component, ascending, by their first member.
std::vector<std::vector<std::int32_t>> components(const at::Tensor& position, int k, float most) {
  const std::int64_t size = position.size(0);
  const Neighbours near = knn(position, k);
  const std::int32_t* index = in(near.index);
  const float* distance = in(near.squared_distance);
  Sets sets(size);
  for (std::int64_t i = 0; i < size; ++i)
    for (std::int64_t e = i * k; e < (i + 1) * k && distance[e] <= most && index[e] >= 0; ++e)
      sets.unite(static_cast<std::int32_t>(i), index[e]);
  std::vector<std::int32_t> number(static_cast<std::size_t>(size));
  std::vector<std::vector<std::int32_t>> found;
  for (std::int64_t i = 0; i < size; ++i) {
    const std::int32_t first = sets.find(static_cast<std::int32_t>(i));
    if (first == i) {
      number[i] = static_cast<std::int32_t>(found.size());
      found.emplace_back();
    }
    found[number[first]].push_back(static_cast<std::int32_t>(i));
  }
  return found;
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
      std::vector<std::int32_t> subset;
      for (std::size_t i = 0; i < label.size(); ++i)
        if (label[i] == *wanted) subset.push_back(static_cast<std::int32_t>(i));
      const FinitePoints points = finite_points(cloud, &subset);
      const auto size = static_cast<std::int64_t>(points.kept.size());
      if (size == 0) continue;
      const auto k = static_cast<int>(std::min<std::int64_t>(options.neighbours, std::max<std::int64_t>(size - 1, 1)));
      auto found = components(single_precision(points.position).position, k, most);
      std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
      for (const auto& members : found) {
        const auto many = static_cast<std::int64_t>(members.size());
        if (many < options.least || (options.most > 0 && many > options.most)) continue;
        for (const std::int32_t member : members)
          result.instance[points.kept[member]] = static_cast<std::int32_t>(result.label.size());
        result.label.push_back(*wanted);
        result.points.push_back(many);
      }
    }
    return result;
  });
}

}  // namespace treewalk
