// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/pcl/semantic_labeler.h"

#include <pcl/common/io.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "treewalk/pcl/conversions.h"
#include "treewalk/pcl/semantic_segmentation.h"

namespace treewalk {
namespace {

using Blob = pcl::PCLPointCloud2;

// The offset of a 4-byte field: the first of that name is used again if it has that size; all others of that name stay
// as padding, and a new one is appended to the record.
std::size_t place(std::vector<pcl::PCLPointField>& fields, std::size_t& step, const char* name, std::uint8_t datatype) {
  const auto has_name = [&](const auto& field) { return field.name == name; };
  const auto found = std::find_if(fields.begin(), fields.end(), has_name);
  if (found != fields.end()) {
    if (pcl::getFieldSize(found->datatype) * std::max<std::size_t>(1, found->count) == 4) {
      found->datatype = datatype;
      found->count = 1;
      fields.erase(std::remove_if(found + 1, fields.end(), has_name), fields.end());
      return found->offset;
    }
  }
  fields.erase(std::remove_if(found, fields.end(), has_name), fields.end());
  pcl::PCLPointField field;
  field.name = name;
  field.offset = static_cast<pcl::uindex_t>(step);
  field.datatype = datatype;
  field.count = 1;
  fields.push_back(field);
  step += 4;
  return field.offset;
}

}  // namespace

SemanticLabeler::SemanticLabeler() : SemanticSettings("SemanticLabeler") { filter_name_ = "SemanticLabeler"; }

void SemanticLabeler::filter(Blob& output) {
  if (input_.get() != &output) return pcl::Filter<Blob>::filter(output);
  Blob labelled;
  pcl::Filter<Blob>::filter(labelled);
  output = std::move(labelled);
}

void SemanticLabeler::applyFilter(Blob& output) {
  output.data.clear();
  output.fields = input_->fields;
  output.header = input_->header;
  output.width = output.height = output.row_step = 0;
  output.point_step = input_->point_step;
  output.is_bigendian = false;  // a view has the numbers as this machine has them
  output.is_dense = input_->is_dense;
  removed_indices_->clear();
  const auto label_all = [&] {
    std::vector<std::byte> packed;
    const CloudView view = viewOf(*input_, packed);
    if (!fake_indices_) detail::checkIndices(*indices_, view.size);
    const Segmentation segmentation = segmentAll(view);
    std::vector<std::uint32_t> label;
    std::vector<float> confidence;
    detail::gatherLabels(segmentation, choose(view, segmentation), *indices_, info().unknown_id, label, confidence);

    std::vector<pcl::PCLPointField> fields = input_->fields;
    std::size_t step = view.stride;
    const std::size_t label_at = place(fields, step, "label", pcl::PCLPointField::UINT32);
    const std::size_t confidence_at = place(fields, step, "confidence", pcl::PCLPointField::FLOAT32);
    if (step > std::numeric_limits<pcl::uindex_t>::max())
      throw Error("a point of " + std::to_string(view.stride) + " bytes has no room for label and confidence");
    std::vector<std::uint8_t> data(step * static_cast<std::size_t>(view.size));
    const std::uint32_t unknown = info().unknown_id;
    for (std::size_t i = 0; i < static_cast<std::size_t>(view.size); ++i) {
      std::uint8_t* to = data.data() + i * step;
      std::memcpy(to, view.data + i * view.stride, view.stride);
      std::memcpy(to + label_at, &unknown, 4);
      std::memset(to + confidence_at, 0, 4);
    }
    for (std::size_t i = 0; i < label.size(); ++i) {
      std::uint8_t* to = data.data() + static_cast<std::size_t>((*indices_)[i]) * step;
      std::memcpy(to + label_at, &label[i], 4);
      std::memcpy(to + confidence_at, &confidence[i], 4);
    }
    output.fields = std::move(fields);
    output.data = std::move(data);
    output.width = input_->width;
    output.height = input_->height;
    output.point_step = static_cast<pcl::uindex_t>(step);
    output.row_step = output.width * output.point_step;
  };
  try {
    guarded(label_all);
  } catch (...) {
    deinitCompute();  // or this base class would take its indices for the user's in the next run
    throw;
  }
}

}  // namespace treewalk
