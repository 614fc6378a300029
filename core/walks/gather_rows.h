// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <limits>
#include <vector>

#include "core/device/parallel.h"
#include "core/geometry/radix_sort.h"
#include "core/walks/walk_kernel.h"
#include "core/walks/walks.h"

namespace treewalk {

/// Rows of visits in the making, by sorting: blocks of rows, one after the other.
class RowGatherer {
 public:
  explicit RowGatherer(std::int64_t rows) : rows_(rows) {
    basis_.rows.offset = at::zeros({rows + 1}, at::kInt);
    basis_.rows.columns = rows;
  }

  /// places(row): how many visits a row may have. run(buffers, rows): gathers the visits of a block.
  template <class Places, class Run>
  WalkBasis gather(const Places& places, const Run& run) {
    for (std::int64_t first = 0; first < rows_;) {
      std::vector<std::int64_t> begin;
      std::int64_t total = 0, row = first;
      for (; row < rows_ && (row == first || total + places(row) <= kPlaces); ++row) {
        begin.push_back(total);
        total += places(row);
      }
      gather_block(first, begin, total, run);
      first = row;
    }
    basis_.rows.column = joined(column_, at::kInt);
    basis_.part = joined(part_, at::kInt);
    basis_.part = at::cat({basis_.part, at::full({1}, parts_, at::kInt)});
    basis_.hop = joined(hop_, at::kByte);
    basis_.value = joined(value_, at::kDouble);
    return std::move(basis_);
  }

 private:
  static constexpr std::int64_t kPlaces = 1 << 22;  // visits that are gathered at once

  static at::Tensor joined(std::vector<at::Tensor>& blocks, at::ScalarType type) {
    auto all = blocks.empty() ? at::empty({0}, type) : blocks.size() == 1 ? blocks[0] : at::cat(blocks);
    blocks.clear();
    return all;
  }

  template <class Run>
  void gather_block(std::int64_t first, const std::vector<std::int64_t>& begin, std::int64_t places, const Run& run) {
    const auto rows = static_cast<std::int64_t>(begin.size());
    const auto key = raw<std::uint64_t>(places), other_key = raw<std::uint64_t>(places);
    const auto value = raw<double>(places), other_value = raw<double>(places);
    std::vector<std::int32_t> entries(rows), parts(rows);
    const VisitBuffers buffers{first,       begin.data(),      key.get(),      other_key.get(),
                               value.get(), other_value.get(), entries.data(), parts.data()};
    run(buffers, rows);

    auto* offset = basis_.rows.offset.mutable_data_ptr<std::int32_t>() + first;
    std::vector<std::int64_t> entry_begin(rows), part_begin(rows);
    std::int64_t entry = 0, part = 0;
    for (std::int64_t r = 0; r < rows; ++r) {
      entry_begin[r] = entry;
      part_begin[r] = part;
      entry += entries[r];
      part += parts[r];
      TORCH_CHECK(parts_ + part < std::numeric_limits<std::int32_t>::max(),
                  "walks: more than 2^31 visits; take fewer walkers or hops, or part the graph");
      offset[r + 1] = static_cast<std::int32_t>(entries_ + entry);
    }
    column_.push_back(at::empty({entry}, at::kInt));
    part_.push_back(at::empty({entry}, at::kInt));
    hop_.push_back(at::empty({part}, at::kByte));
    value_.push_back(at::empty({part}, at::kDouble));
    PackRow pack(buffers);
    pack.entry_begin = entry_begin.data();
    pack.part_begin = part_begin.data();
    pack.parts_before = parts_;
    pack.column = column_.back().mutable_data_ptr<std::int32_t>();
    pack.part = part_.back().mutable_data_ptr<std::int32_t>();
    pack.hop = hop_.back().mutable_data_ptr<std::uint8_t>();
    pack.packed = value_.back().mutable_data_ptr<double>();
    parallel_for(c10::Device(c10::DeviceType::CPU), rows, pack);
    entries_ += entry;
    parts_ += part;
  }

  std::int64_t rows_, entries_ = 0, parts_ = 0;
  WalkBasis basis_;
  std::vector<at::Tensor> column_, part_, hop_, value_;
};

}  // namespace treewalk
