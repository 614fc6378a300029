// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/ops/cat.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "core/device/parallel.h"
#include "core/walks/walk_kernel.h"
#include "core/walks/walks.h"

namespace treewalk {

/// Memory of visits on a device.
struct VisitMemory {
  at::Tensor key, other_key, value, other_value;
  VisitMemory(std::int64_t places, const at::TensorOptions& options)
      : key(at::empty({places}, options.dtype(at::kLong))),
        other_key(at::empty_like(key)),
        value(at::empty({places}, options.dtype(at::kDouble))),
        other_value(at::empty_like(value)) {}
  void put_into(VisitBuffers& buffers) const {
    buffers.key = reinterpret_cast<std::uint64_t*>(key.mutable_data_ptr<std::int64_t>());
    buffers.other_key = reinterpret_cast<std::uint64_t*>(other_key.mutable_data_ptr<std::int64_t>());
    buffers.value = value.mutable_data_ptr<double>();
    buffers.other_value = other_value.mutable_data_ptr<double>();
  }
};

/// Rows of visits in the making, by sorting: blocks of rows, one after the other, on any device. The host waits once
/// for the blocks' sizes, and once a block.
class RowGatherer {
 public:
  /// places [rows] int64: how many visits each row may have.
  explicit RowGatherer(const at::Tensor& places) : rows_(places.size(0)), options_(places.options()) {
    basis_.rows.offset = at::zeros({rows_ + 1}, options_.dtype(at::kInt));
    basis_.rows.columns = rows_;
    end_ = places.cumsum(0);
    begin_ = end_.sub(places);
    std::vector<at::Tensor> limits{begin_.slice(0, 0, rows_, kUnit)};
    if (rows_ > 0) limits.push_back(end_.narrow(0, rows_ - 1, 1));
    unit_ = at::cat(limits).cpu();
  }

  /// run(buffers, rows): gathers the visits of a block.
  template <class Run>
  WalkBasis gather(const Run& run) {
    const auto* limit = unit_.const_data_ptr<std::int64_t>();
    const std::int64_t units = unit_.size(0) - 1;
    for (std::int64_t first = 0, last; first < units; first = last) {
      last = first + 1;
      while (last < units && limit[last + 1] - limit[first] <= kPlaces) ++last;
      gather_block(first * kUnit, std::min(last * kUnit, rows_), limit[first], limit[last] - limit[first], run);
    }
    basis_.rows.column = joined(column_, at::kInt);
    basis_.part = joined(part_, at::kInt);
    basis_.part = at::cat({basis_.part, at::full({1}, parts_, basis_.part.options())});
    basis_.hop = joined(hop_, at::kByte);
    basis_.value = joined(value_, at::kDouble);
    return std::move(basis_);
  }

 private:
  static constexpr std::int64_t kUnit = 256;        // rows
  static constexpr std::int64_t kPlaces = 1 << 22;  // visits that are gathered at once, unless a unit has more

  at::Tensor joined(std::vector<at::Tensor>& blocks, at::ScalarType type) const {
    auto all = blocks.empty() ? at::empty({0}, options_.dtype(type)) : blocks.size() == 1 ? blocks[0] : at::cat(blocks);
    blocks.clear();
    return all;
  }

  template <class Run>
  void gather_block(std::int64_t first, std::int64_t last, std::int64_t before, std::int64_t places, const Run& run) {
    const std::int64_t rows = last - first;
    const VisitMemory memory(places, options_);
    const at::Tensor begin = begin_.narrow(0, first, rows).sub(before);
    const at::Tensor entries = at::empty({rows}, options_.dtype(at::kInt)), parts = at::empty_like(entries);
    VisitBuffers buffers;
    buffers.first = first;
    buffers.begin = begin.const_data_ptr<std::int64_t>();
    memory.put_into(buffers);
    buffers.entries = entries.mutable_data_ptr<std::int32_t>();
    buffers.parts = parts.mutable_data_ptr<std::int32_t>();
    run(buffers, rows);

    const at::Tensor entry_end = entries.cumsum(0, at::kLong), part_end = parts.cumsum(0, at::kLong);
    const at::Tensor ends = at::stack({entry_end[rows - 1], part_end[rows - 1]}).cpu();
    const std::int64_t entry = ends.const_data_ptr<std::int64_t>()[0], part = ends.const_data_ptr<std::int64_t>()[1];
    TORCH_CHECK(parts_ + part < std::numeric_limits<std::int32_t>::max(),
                "walks: more than 2^31 visits; take fewer walkers or hops, or part the graph");
    basis_.rows.offset.narrow(0, first + 1, rows).copy_(entry_end.add(entries_));
    column_.push_back(at::empty({entry}, options_.dtype(at::kInt)));
    part_.push_back(at::empty({entry}, options_.dtype(at::kInt)));
    hop_.push_back(at::empty({part}, options_.dtype(at::kByte)));
    value_.push_back(at::empty({part}, options_.dtype(at::kDouble)));
    const at::Tensor entry_begin = entry_end.sub(entries), part_begin = part_end.sub(parts);
    PackRow pack(buffers);
    pack.entry_begin = entry_begin.const_data_ptr<std::int64_t>();
    pack.part_begin = part_begin.const_data_ptr<std::int64_t>();
    pack.parts_before = parts_;
    pack.column = column_.back().mutable_data_ptr<std::int32_t>();
    pack.part = part_.back().mutable_data_ptr<std::int32_t>();
    pack.hop = hop_.back().mutable_data_ptr<std::uint8_t>();
    pack.packed = value_.back().mutable_data_ptr<double>();
    parallel_for(options_.device(), rows, pack);
    entries_ += entry;
    parts_ += part;
  }

  std::int64_t rows_, entries_ = 0, parts_ = 0;
  at::TensorOptions options_;
  at::Tensor begin_, end_, unit_;
  WalkBasis basis_;
  std::vector<at::Tensor> column_, part_, hop_, value_;
};

}  // namespace treewalk
