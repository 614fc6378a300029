// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/sampler.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <regex>
#include <string>
#include <utility>

namespace treewalk {

Sampler make_sampler(const std::vector<DataItem>& items, const TrainingSpec& training) {
  Sampler sampler;
  sampler.clouds = items.size();
  sampler.steps_per_epoch = training.steps_per_epoch > 0 ? training.steps_per_epoch
                                                         : std::max(1, static_cast<int>(items.size()) / training.batch);
  if (training.balance.empty()) return sampler;
  const std::regex pattern(training.balance);
  std::map<std::string, std::vector<std::size_t>> by_name;
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::smatch match;
    const auto stem = items[i].stem();
    if (std::regex_search(stem, match, pattern) && match.size() > 1)
      by_name[match[1]].push_back(i);
    else
      others.push_back(i);
  }
  if (!others.empty())
    sampler.warning = "the recipe's training.balance \"" + training.balance + "\" finds no group in the names of " +
                      std::to_string(others.size()) + " of " + std::to_string(items.size()) + " clouds, such as \"" +
                      items[others.front()].stem() + "\"; " +
                      (by_name.empty() ? "clouds are drawn in turn" : "they are one more group");
  if (by_name.empty()) return sampler;
  for (auto& [name, members] : by_name) sampler.stratum.push_back(std::move(members));
  if (!others.empty()) sampler.stratum.push_back(std::move(others));
  return sampler;
}

std::size_t cloud_of(const Sampler& sampler, const Draw& draw) {
  if (!sampler.stratum.empty()) {
    auto random = draw.random("stratum");
    const auto& stratum = sampler.stratum[random.below(static_cast<std::uint32_t>(sampler.stratum.size()))];
    return stratum[random.below(static_cast<std::uint32_t>(stratum.size()))];
  }
  std::vector<std::size_t> order(sampler.clouds);
  std::iota(order.begin(), order.end(), std::size_t{0});
  auto random = Draw{draw.seed, draw.number / sampler.clouds}.random("order");
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i))]);
  return order[draw.number % sampler.clouds];
}

// Selection sampling (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S).
std::vector<std::int32_t> choose(const std::vector<std::int32_t>& candidates, std::int64_t count, RandomStream random) {
  const auto all = static_cast<std::int64_t>(candidates.size());
  std::int64_t left = std::min(count, all);
  std::vector<std::int32_t> chosen;
  chosen.reserve(left);
  for (std::int64_t i = 0; i < all && left > 0; ++i)
    if (random.uniform() * static_cast<double>(all - i) < static_cast<double>(left)) {
      chosen.push_back(candidates[i]);
      --left;
    }
  return chosen;
}

}  // namespace treewalk
