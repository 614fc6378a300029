// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What worlds are made of: nothing here knows how the processes reach each other.
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <thread>

#include "core/distributed/world.h"

namespace treewalk {
namespace {

std::string host_name() {
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  return name;
}

/// The cores that this process may use, as a text.
std::string own_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::string text;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    for (int core = 0; core < CPU_SETSIZE; ++core)
      if (CPU_ISSET(core, &set)) text += ' ' + std::to_string(core);
  return text;
}

}  // namespace

std::vector<double> World::gather_numbers(const std::vector<double>& own) {
  auto numbers = own;
  const auto all = gather(at::from_blob(numbers.data(), {static_cast<std::int64_t>(numbers.size())}, at::kDouble));
  const auto* first = all.const_data_ptr<double>();
  return {first, first + all.numel()};
}

std::vector<std::string> World::gather_texts(const std::string& own) {
  const auto sizes = gather_numbers({static_cast<double>(own.size())});
  const auto longest = static_cast<std::int64_t>(*std::max_element(sizes.begin(), sizes.end()));
  const auto bytes = at::empty({std::max<std::int64_t>(longest, 1)}, at::kByte);
  bytes.zero_();
  std::memcpy(bytes.mutable_data_ptr(), own.data(), own.size());
  const auto all = gather(bytes);
  std::vector<std::string> texts;
  for (int r = 0; r < size_; ++r)
    texts.emplace_back(static_cast<const char*>(all.const_data_ptr()) + r * bytes.numel(),
                       static_cast<std::size_t>(sizes[r]));
  return texts;
}

at::Tensor World::sum(const std::vector<at::Tensor>& own, std::int64_t pieces) {
  // Every rank sums one share of the numbers over all pieces, and then tells the others.
  const auto numel = own.front().numel(), share = (numel + size_ - 1) / size_;
  std::vector<at::Tensor> padded;
  for (const auto& part : own)
    padded.push_back(at::constant_pad_nd(part, {0, share * size_ - numel}).view({size_, share}));
  const auto input = at::cat(padded, 1).flatten();  // by receiver, then by span
  std::vector<PieceSpan> spans;
  std::vector<std::int64_t> sent, received;
  for (int r = 0; r < size_; ++r) {
    const auto theirs = spans_of_rank(pieces, r, size_);
    spans.insert(spans.end(), theirs.begin(), theirs.end());
    sent.push_back(share * static_cast<std::int64_t>(own.size()));
    received.push_back(share * static_cast<std::int64_t>(theirs.size()));
  }
  const auto rows = exchange(input, sent, received).view({static_cast<std::int64_t>(spans.size()), share});
  const auto place = [&](const PieceSpan& span) { return std::find(spans.begin(), spans.end(), span); };
  const auto total = sum_over(
      PieceSpan{0, pieces}, [&](const PieceSpan& span) { return place(span) != spans.end(); },
      [&](const PieceSpan& span) { return rows[place(span) - spans.begin()]; },
      [](const at::Tensor& a, const at::Tensor& b) { return a.add(b); });
  return gather(total.contiguous()).narrow(0, 0, numel);
}

void World::introduce() {
  const auto hosts = gather_texts(host_name()), cores = gather_texts(own_cores());
  std::vector<std::string> names;
  std::map<std::string, std::string> ranks;
  int sharing = 0;
  for (int r = 0; r < size_; ++r) {
    if (ranks.count(hosts[r]) == 0) names.push_back(hosts[r]);
    ranks[hosts[r]] += ' ' + std::to_string(r);
    local_rank_ += r < rank_ && hosts[r] == hosts[rank_];
    sharing += hosts[r] == hosts[rank_] && cores[r] == cores[rank_];
  }
  const auto own = static_cast<int>(std::count(cores[rank_].begin(), cores[rank_].end(), ' '));
  cores_ = std::max(1, (own > 0 ? own : static_cast<int>(std::thread::hardware_concurrency())) / sharing);
  about_ = std::to_string(size_) + " processes on ";
  for (const auto& name : names) about_ += (name == names.front() ? "" : ", ") + name + " (ranks" + ranks[name] + ")";
}

}  // namespace treewalk
