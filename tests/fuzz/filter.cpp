// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Any blob, any indices and any options through the PCL classes, over a model whose labels follow a rule: only
// exceptions of PCL come out, and what comes out otherwise is what the rule gives.
#include <pcl/console/print.h>
#include <pcl/exceptions.h>
#include <pcl/point_types.h>

#include <cmath>
#include <optional>
#include <set>

#include "tests/fuzz/target.h"
#include "tests/support/fake_session.h"
#include "treewalk/pcl/conversions.h"
#include "treewalk/pcl/semantic_filter.h"
#include "treewalk/pcl/semantic_labeler.h"

using namespace treewalk;

namespace {

using Blob = pcl::PCLPointCloud2;

// A choice of small numbers, among which blobs make sense, and of any number, among which they rarely do.
pcl::uindex_t number(fuzz::Bytes& bytes) {
  const unsigned small = bytes.up_to(31);
  return small < 31 ? small : bytes.take<std::uint32_t>();
}

pcl::PCLPointField field_of(fuzz::Bytes& bytes, std::uint32_t& end) {
  static const char* const names[] = {"x", "y", "z", "label", "confidence", "rgb", "intensity", ""};
  pcl::PCLPointField field;
  const unsigned kind = bytes.up_to(255);
  field.name = names[kind % 8];
  field.datatype = static_cast<std::uint8_t>(kind / 8 < 8 ? unsigned{pcl::PCLPointField::FLOAT32} : bytes.up_to(14));
  field.count = kind % 16 < 15 ? 1 : number(bytes);
  field.offset = kind < 224 ? end : number(bytes);
  end = field.offset + pcl::getFieldSize(field.datatype) * field.count;
  return field;
}

Blob::Ptr blob_of(fuzz::Bytes& bytes) {
  const auto blob = pcl::make_shared<Blob>();
  std::uint32_t end = 0;
  for (unsigned left = bytes.up_to(7); left > 0; --left) blob->fields.push_back(field_of(bytes, end));
  const unsigned kind = bytes.up_to(255);
  blob->point_step = kind % 8 < 7 ? end + (kind % 4) : number(bytes);
  blob->width = number(bytes);
  blob->height = kind / 8 % 2 == 0 ? 1 : number(bytes);
  blob->row_step = kind / 16 % 4 < 3 ? blob->width * blob->point_step + kind / 64 : number(bytes);
  blob->is_bigendian = bytes.up_to(31) == 31;
  blob->is_dense = bytes.flag();
  return blob;
}

struct Options {
  bool negative, keep_organized;
  float min_confidence, user_value;
  std::vector<std::uint32_t> classes;
  pcl::IndicesPtr indices;  // none: all points
};

Options options_of(fuzz::Bytes& bytes) {
  Options options;
  const unsigned kind = bytes.up_to(255);
  options.negative = kind % 2 == 1;
  options.keep_organized = kind / 2 % 2 == 1;
  options.min_confidence = kind / 4 % 2 == 0 ? 0 : static_cast<float>(bytes.up_to(200)) / 199;  // 1.005 is refused
  options.user_value = kind / 8 % 2 == 0 ? NAN : bytes.take<float>();
  for (unsigned left = kind / 16 % 4; left > 0; --left) {
    static const std::uint32_t ids[] = {1, 2, 9, 77};
    options.classes.push_back(ids[bytes.up_to(3)]);
  }
  if (kind / 64 % 2 == 0) return options;
  options.indices = pcl::make_shared<pcl::Indices>();
  for (unsigned left = bytes.up_to(15); left > 0; --left)
    options.indices->push_back(static_cast<pcl::index_t>(bytes.take<std::int8_t>()));
  return options;
}

template <class Class>
void set_up(Class& object, const Options& options) {
  static const auto model = FakeModel::make();
  object.setModel(model);
  object.setClasses(options.classes);
  object.setMinConfidence(options.min_confidence);
  if (options.indices) object.setIndices(options.indices);
}

// Nothing where the blob contradicts itself.
std::optional<Cloud> cloud_of(const Blob& blob) {
  std::optional<Cloud> cloud(std::in_place);
  try {
    fromPCLPointCloud2(blob, *cloud);
    CLAIM(cloud->data.size() == cloud->stride * static_cast<std::size_t>(cloud->size()));
    if (cloud->size() == 0) return cloud;
    Blob again;
    toPCLPointCloud2(*cloud, again);
    CLAIM(again.width == blob.width && again.height == blob.height && again.point_step == blob.point_step);
    CLAIM(again.fields.size() <= blob.fields.size() && again.data.size() == cloud->data.size());
    CLAIM(std::memcmp(again.data.data(), cloud->data.data(), again.data.size()) == 0);
  } catch (const Error& error) {
    CLAIM(fuzz::is_one_line(error.what()));
    return std::nullopt;
  }
  return cloud;
}

bool has_position(const Cloud& cloud) {
  const CloudView view = cloud.view();
  return view.find("x") != nullptr && view.find("y") != nullptr && view.find("z") != nullptr;
}

void convert(const Cloud& cloud) {
  pcl::PointCloud<pcl::PointXYZI> points;
  try {
    toPointCloud(cloud, points);
    CLAIM(cloud.size() == 0 || has_position(cloud));
  } catch (const Error& error) {
    CLAIM(!has_position(cloud) && fuzz::is_one_line(error.what()));
    return;
  }
  CLAIM(static_cast<std::int64_t>(points.size()) == cloud.size());
  const CloudView view = cloud.view();
  const Field* x = view.find("x");
  if (x == nullptr || x->type != Scalar::float32 || x->count != 1) return;
  for (std::int64_t i = 0; i < view.size; ++i)
    CLAIM(std::memcmp(&points[static_cast<std::size_t>(i)].x, view.data + i * view.stride + x->offset, 4) == 0);
}

bool are_valid(const pcl::Indices& indices, std::int64_t points) {
  return std::all_of(indices.begin(), indices.end(), [&](auto index) { return index >= 0 && index < points; });
}

// The queried points, split by the rule itself.
struct Expected {
  pcl::Indices kept, removed;
};

Expected expected_of(const Cloud& cloud, const Options& options, bool negative) {
  const CloudView view = cloud.view();
  const Segmentation truth = Session(FakeModel::make()).segment(view);
  pcl::Indices queries;
  if (options.indices) {
    queries = *options.indices;
  } else {
    for (std::int64_t i = 0; i < view.size; ++i) queries.push_back(static_cast<pcl::index_t>(i));
  }
  std::sort(queries.begin(), queries.end());
  Expected expected;
  for (const auto i : queries) {
    const std::uint32_t label = truth.label[static_cast<std::size_t>(i)];
    const bool wanted = options.classes.empty() ||
                        std::find(options.classes.begin(), options.classes.end(), label) != options.classes.end();
    const bool chosen = wanted && truth.confidence[static_cast<std::size_t>(i)] >= options.min_confidence;
    (label != 255 && chosen != negative ? expected.kept : expected.removed).push_back(i);
  }
  return expected;
}

// Runs the filter and compares; `good`: nothing of the input is wrong.
void filter(const Blob::ConstPtr& blob, const std::optional<Cloud>& cloud, const Options& options, bool good) {
  SemanticFilter<Blob> filter(true);
  set_up(filter, options);
  filter.setInputCloud(blob);
  filter.setNegative(options.negative);
  filter.setUserFilterValue(options.user_value);
  pcl::Indices kept;
  filter.filter(kept);
  CLAIM(filter.getErrorMessage().empty() == good);
  Expected expected;
  if (good) expected = expected_of(*cloud, options, options.negative);
  CLAIM(kept == expected.kept && *filter.getRemovedIndices() == expected.removed);

  filter.setKeepOrganized(options.keep_organized);
  Blob output;
  filter.filter(output);
  CLAIM(filter.getErrorMessage().empty() == good);
  CLAIM(output.data.size() == std::size_t{output.row_step} * output.height);
  if (!good) {
    CLAIM(output.data.empty() && output.width * output.height == 0);
  } else if (options.keep_organized) {
    CLAIM(output.width == blob->width && output.height == blob->height);
  } else {
    CLAIM(output.width == kept.size() && output.height == 1);
    for (std::size_t i = 0; i < kept.size(); ++i)
      CLAIM(std::memcmp(output.data.data() + i * output.point_step,
                        cloud->data.data() + static_cast<std::size_t>(kept[i]) * cloud->stride, cloud->stride) == 0);
  }
}

// Bytes of a point with both fields, which take the place of fields of their size and name.
std::size_t labelled_step(const Cloud& cloud) {
  std::size_t step = cloud.stride;
  const CloudView view = cloud.view();
  for (const char* name : {"label", "confidence"}) {
    const Field* field = view.find(name);
    if (field == nullptr || size_of(field->type) * field->count != 4) step += 4;
  }
  return step;
}

void label(const Blob::ConstPtr& blob, const std::optional<Cloud>& cloud, const Options& options, bool good) {
  SemanticLabeler labeler;
  set_up(labeler, options);
  labeler.setInputCloud(blob);
  Blob output;
  labeler.filter(output);
  CLAIM(labeler.getErrorMessage().empty() == good);
  if (!good) {
    CLAIM(output.data.empty() && output.width * output.height == 0);
    return;
  }
  const std::optional<Cloud> labelled = cloud_of(output);
  CLAIM(labelled && labelled->size() == cloud->size());
  const CloudView view = labelled->view();
  const Field *id = view.find("label"), *confidence = view.find("confidence");
  CLAIM(id != nullptr && id->type == Scalar::uint32 && id->count == 1);
  CLAIM(confidence != nullptr && confidence->type == Scalar::float32 && confidence->count == 1);
  const Expected expected = expected_of(*cloud, options, false);
  const Segmentation truth = Session(FakeModel::make()).segment(cloud->view());
  // Fields that share their bytes with the two cannot say what they did before.
  bool apart = true;
  for (const auto* result : {id, confidence})
    for (const Field& field : labelled->fields)
      if (field.name != result->name && field.offset < result->offset + 4 &&
          result->offset < field.offset + size_of(field.type) * field.count)
        apart = false;
  if (!apart) return;
  const std::set<pcl::index_t> kept(expected.kept.begin(), expected.kept.end());
  for (std::int64_t i = 0; i < view.size; ++i) {
    const double told = kept.count(static_cast<pcl::index_t>(i)) > 0 ? truth.label[static_cast<std::size_t>(i)] : 255;
    CLAIM(view.value(i, *id) == told);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pcl::console::setVerbosityLevel(pcl::console::L_ALWAYS);
  fuzz::Bytes bytes(data, size);
  const Options options = options_of(bytes);
  const Blob::Ptr blob = blob_of(bytes);
  blob->data.assign(bytes.rest(), bytes.rest() + bytes.left());
  const std::optional<Cloud> cloud = cloud_of(*blob);
  if (cloud) convert(*cloud);
  // PCL's base class makes as many indices as the blob says that it has points, before any filter is asked.
  if (!options.indices && std::uint64_t{blob->width} * blob->height > 4096) return 0;
  const bool good = cloud && has_position(*cloud) && (!options.indices || are_valid(*options.indices, cloud->size()));
  try {
    filter(blob, cloud, options, good);
    label(blob, cloud, options, good && labelled_step(*cloud) <= 0xffffffff);
  } catch (const pcl::BadArgumentException&) {
    const bool known = std::count(options.classes.begin(), options.classes.end(), 77u) == 0;
    CLAIM(!known || options.min_confidence > 1);
  }
  return 0;
}
