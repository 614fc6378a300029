// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "adapter.h"

#include <treewalk/pcl/conversions.h>
#include <treewalk/pcl/semantic_filter.h>
#include <treewalk/pcl/semantic_labeler.h>

#include <algorithm>

namespace treewalk_ros {
namespace {

using Blob = pcl::PCLPointCloud2;

/// PCL's exceptions put the place in the source first.
std::string sentence(const std::exception& error) {
  const std::string text = error.what();
  const auto from = text.find("[treewalk::");
  return from == std::string::npos ? text : text.substr(from);
}

void choose_classes(treewalk::SemanticSettings& semantic, const std::vector<std::string>& classes) {
  std::vector<std::uint32_t> ids;
  for (const std::string& text : classes)
    for (const treewalk::ClassInfo& known : treewalk::model_info(*semantic.getModel()).classes)
      if (known.name == text || std::to_string(known.id) == text) {
        ids.push_back(known.id);
        break;
      }
  if (ids.size() == classes.size())
    semantic.setClasses(ids);
  else
    semantic.setClasses(classes);  // so that what is unknown is told together with what exists
  semantic.getClasses();
}

Blob::Ptr empty_cloud() {
  const auto blob = pcl::make_shared<Blob>();
  for (const char* name : {"x", "y", "z"}) {
    pcl::PCLPointField field;
    field.name = name;
    field.offset = blob->point_step;
    field.datatype = pcl::PCLPointField::FLOAT32;
    field.count = 1;
    blob->fields.push_back(field);
    blob->point_step += 4;
  }
  return blob;
}

}  // namespace

Adapter::Adapter(Task task, const Settings& settings) try : nothing_(empty_cloud()) {
  if (task == Task::filter) {
    const auto filter = std::make_shared<treewalk::SemanticFilter<Blob>>();
    filter->setNegative(settings.negative);
    selection_ = filter.get();
    semantic_ = filter.get();
    algorithm_ = filter;
  } else {
    const auto labeler = std::make_shared<treewalk::SemanticLabeler>();
    semantic_ = labeler.get();
    algorithm_ = labeler;
  }
  if (settings.threads < 0) throw treewalk::Error("threads is 0 or more, not " + std::to_string(settings.threads));
  if (settings.memory < 0) throw treewalk::Error("memory is 0 or more, not " + std::to_string(settings.memory));
  keepOrganized(settings.keep_organized);
  if (settings.model.empty())
    throw treewalk::Error("no model is set; the parameter ~model is a file or the name of a shipped one");
  semantic_->setModelFile(settings.model);
  semantic_->setMinConfidence(static_cast<float>(settings.min_confidence));
  semantic_->setCategory(settings.category);
  semantic_->setDevice(settings.device);
  semantic_->setNumberOfThreads(static_cast<unsigned int>(settings.threads));
  semantic_->setMemoryLimit(static_cast<std::uint64_t>(settings.memory));
  choose_classes(*semantic_, settings.classes);
  const treewalk::ModelInfo& info = treewalk::model_info(*semantic_->getModel());
  if (info.task != "segmentation")
    throw treewalk::Error("the model '" + settings.model + "' is for " + info.task + ", not for segmentation");
  if (const auto& known = info.categories;
      !settings.category.empty() && std::find(known.begin(), known.end(), settings.category) == known.end())
    throw treewalk::Error("the model '" + settings.model + "' has no category '" + settings.category + "'");
  Blob output;
  algorithm_->setInputCloud(nothing_);
  algorithm_->filter(output);  // the device is looked for when it is first needed
  if (!semantic_->getErrorMessage().empty()) throw treewalk::Error(semantic_->getErrorMessage());
} catch (const std::exception& error) {
  throw treewalk::Error(sentence(error));
}

void Adapter::keepOrganized(bool keep) {
  if (selection_ != nullptr) selection_->setKeepOrganized(keep);
}

void Adapter::check(const Blob& input, const pcl::IndicesPtr& indices) const {
  std::vector<std::byte> packed;
  const treewalk::CloudView view = treewalk::viewOf(input, packed);
  std::vector<std::string> needed = treewalk::model_info(*semantic_->getModel()).required_fields;
  needed.insert(needed.begin(), {"x", "y", "z"});
  for (const std::string& name : needed) view.at(name);
  if (indices) treewalk::detail::checkIndices(*indices, static_cast<std::size_t>(view.size));
}

std::string Adapter::run(const Blob::ConstPtr& input, const pcl::IndicesPtr& indices, Blob& output) {
  output = Blob();
  output.header = input->header;
  output.fields = input->fields;
  output.point_step = input->point_step;
  output.is_dense = true;
  output.height = 1;
  std::string wrong;
  try {
    check(*input, indices);  // PCL's classes would print this for every cloud
    Blob result;
    algorithm_->setInputCloud(input);
    algorithm_->setIndices(indices);
    algorithm_->filter(result);
    wrong = semantic_->getErrorMessage();
    if (wrong.empty()) output = std::move(result);
  } catch (const std::exception& error) {
    wrong = sentence(error);
  }
  algorithm_->setInputCloud(nothing_);  // the message may go
  return wrong;
}

}  // namespace treewalk_ros
