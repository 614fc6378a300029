// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/pcl/impl/semantic_filter.hpp"

#include <pcl/point_types.h>

#include <algorithm>
#include <cstring>
#include <pcl/impl/instantiate.hpp>

namespace treewalk {
namespace {

using Blob = pcl::PCLPointCloud2;

// The value as the field's type can hold it, at every removed point.
void overwrite(Blob& blob, const Field& field, const pcl::Indices& removed, float value) {
  for (const auto index : removed) {
    std::uint8_t* to = blob.data.data() + static_cast<std::size_t>(index) * blob.point_step + field.offset;
    if (field.type == Scalar::float64) {
      const double wide = value;
      std::memcpy(to, &wide, sizeof wide);
    } else if (field.type == Scalar::float32) {
      std::memcpy(to, &value, sizeof value);
    }
  }
}

}  // namespace

void detail::splitIndices(const std::vector<std::int8_t>& choice, const pcl::Indices& queries, bool negative,
                          pcl::Indices& kept, pcl::Indices& removed) {
  const std::int8_t wanted = negative ? 0 : 1;
  for (const auto query : queries)
    (choice[static_cast<std::size_t>(query)] == wanted ? kept : removed).push_back(query);
  for (pcl::Indices* indices : {&kept, &removed})  // sorting what is sorted would take as long as anything else here
    if (!std::is_sorted(indices->begin(), indices->end())) std::sort(indices->begin(), indices->end());
}

SemanticFilter<Blob>::SemanticFilter(bool extract_removed_indices)
    : pcl::FilterIndices<Blob>(extract_removed_indices), SemanticSettings("SemanticFilter") {
  filter_name_ = "SemanticFilter";
}

bool SemanticFilter<Blob>::select(pcl::Indices& kept, pcl::Indices& removed) {
  kept.clear();
  removed_indices_->clear();
  try {
    const bool done = guarded([&] {
      std::vector<std::byte> packed;
      const CloudView view = viewOf(*input_, packed);
      if (!fake_indices_) detail::checkIndices(*indices_, view.size);
      detail::splitIndices(choose(view, segmentAll(view)), *indices_, negative_, kept, removed);
    });
    if (done && (extract_removed_indices_ || keep_organized_)) *removed_indices_ = removed;
    return done;
  } catch (...) {
    deinitCompute();  // or this base class would take its indices for the user's in the next run
    throw;
  }
}

void SemanticFilter<Blob>::applyFilter(pcl::Indices& indices) {
  pcl::Indices removed;
  select(indices, removed);
}

void SemanticFilter<Blob>::applyFilter(Blob& output) {
  output.data.clear();
  output.width = output.height = output.row_step = 0;
  output.point_step = input_->point_step;
  output.is_bigendian = false;  // a view has the numbers as this machine has them
  output.is_dense = true;
  pcl::Indices kept, removed;
  if (!select(kept, removed)) return;

  std::vector<std::byte> packed;
  CloudView view = viewOf(*input_, packed);
  const auto* from = reinterpret_cast<const std::uint8_t*>(view.data);
  const std::size_t step = view.stride;
  if (keep_organized_) {
    output.data.assign(from, from + step * static_cast<std::size_t>(view.size));
    output.width = input_->width;
    output.height = input_->height;
    for (const char* name : {"x", "y", "z"}) overwrite(output, *view.find(name), removed, user_filter_value_);
    view.data = reinterpret_cast<const std::byte*>(output.data.data());
    output.is_dense = isDense(view);
  } else {
    output.data.resize(step * kept.size());
    for (std::size_t i = 0; i < kept.size(); ++i)
      std::memcpy(output.data.data() + i * step, from + static_cast<std::size_t>(kept[i]) * step, step);
    output.width = static_cast<pcl::uindex_t>(kept.size());
    output.height = 1;
  }
  output.row_step = output.width * output.point_step;
}

}  // namespace treewalk

#ifndef PCL_NO_PRECOMPILE
PCL_INSTANTIATE(SemanticFilter, PCL_XYZ_POINT_TYPES)
#endif
