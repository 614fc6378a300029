// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/pcl/semantic_settings.h"

#include <pcl/console/print.h>
#include <pcl/exceptions.h>

#include <algorithm>
#include <cmath>

#include "treewalk/shipped.h"

namespace treewalk {
namespace {

void checkPosition(const CloudView& view) {
  for (const char* name : {"x", "y", "z"}) view.at(name);
}

}  // namespace

void SemanticSettings::setModelFile(const std::string& file) {
  std::shared_ptr<const Model> model;
  try {
    model = load_model(find_model(file));
  } catch (const std::exception& error) {
    PCL_THROW_EXCEPTION(pcl::IOException, "[treewalk::" << name_ << "::setModelFile] " << error.what());
  }
  setModel(model);
  model_file_ = file;
}

void SemanticSettings::setModel(const std::shared_ptr<const Model>& model) {
  model_ = model;
  model_file_.clear();
  session_.reset();
  warned_.clear();
}

void SemanticSettings::setClasses(const std::vector<std::string>& names) {
  choice_.clear();
  for (const std::string& name : names) choice_.push_back({name, 0});
}

void SemanticSettings::setClasses(const std::vector<std::uint32_t>& ids) {
  choice_.clear();
  for (const std::uint32_t id : ids) choice_.push_back({"", id});
}

std::vector<std::uint32_t> SemanticSettings::getClasses() const {
  needModel();
  const auto& classes = info().classes;
  std::vector<std::uint32_t> ids;
  if (choice_.empty())
    for (const ClassInfo& known : classes) ids.push_back(known.id);
  for (const ClassChoice& choice : choice_) {
    const auto found = std::find_if(classes.begin(), classes.end(), [&](const ClassInfo& known) {
      return choice.name.empty() ? known.id == choice.id : known.name == choice.name;
    });
    if (found == classes.end()) {
      std::string known;
      for (const ClassInfo& one : classes)
        known += (known.empty() ? "" : ", ") + one.name + " (" + std::to_string(one.id) + ")";
      const std::string asked = choice.name.empty() ? std::to_string(choice.id) : "'" + choice.name + "'";
      PCL_THROW_EXCEPTION(pcl::BadArgumentException,
                          "[treewalk::" << name_ << "] the model has no class " << asked << "; it has " << known);
    }
    if (std::find(ids.begin(), ids.end(), found->id) == ids.end()) ids.push_back(found->id);
  }
  return ids;
}

void SemanticSettings::setMinConfidence(float confidence) {
  if (!(confidence >= 0 && confidence <= 1))
    PCL_THROW_EXCEPTION(pcl::BadArgumentException,
                        "[treewalk::" << name_ << "::setMinConfidence] a confidence is 0 to 1, not " << confidence);
  min_confidence_ = confidence;
}

void SemanticSettings::setDevice(const std::string& device) {
  options_.device = device;
  session_.reset();
}

void SemanticSettings::setNumberOfThreads(unsigned int nr_threads) {
  options_.threads = static_cast<int>(std::min(nr_threads, 65536u));
  session_.reset();
}

void SemanticSettings::setMemoryLimit(std::uint64_t megabytes) {
  options_.memory_mb = static_cast<std::int64_t>(std::min(megabytes, std::uint64_t{1} << 40));
  session_.reset();
}

void SemanticSettings::setScale(double plane, double height) {
  for (const double factor : {plane, height})
    if (!(factor > 0) || !std::isfinite(factor))
      PCL_THROW_EXCEPTION(pcl::BadArgumentException,
                          "[treewalk::" << name_ << "::setScale] a scale is a number above 0, not " << factor);
  options_.scale = {plane, plane, height};
  session_.reset();
}

void SemanticSettings::setProgressCallback(const ProgressCallback& callback) {
  options_.progress = callback;
  session_.reset();
}

void SemanticSettings::needModel() const {
  if (!model_)
    PCL_THROW_EXCEPTION(pcl::InitFailedException,
                        "[treewalk::" << name_ << "] no model was set; call setModelFile or setModel first");
}

const ModelInfo& SemanticSettings::info() const {
  needModel();
  return model_info(*model_);
}

const Session& SemanticSettings::session() {
  needModel();
  if (!session_) {
    try {
      session_ = std::make_shared<const Session>(model_, options_);
    } catch (const Error& error) {  // the device is all that a session checks
      PCL_THROW_EXCEPTION(pcl::BadArgumentException, "[treewalk::" << name_ << "] " << error.what());
    }
  }
  return *session_;
}

void SemanticSettings::warnOnce(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    if (std::find(warned_.begin(), warned_.end(), warning) != warned_.end()) continue;
    PCL_WARN("[treewalk::%s] %s\n", name_.c_str(), warning.c_str());
    warned_.push_back(warning);
  }
}

Segmentation SemanticSettings::segmentAll(const CloudView& view) {
  stages_.clear();
  getClasses();  // before the long work
  const Session& runner = session();
  checkPosition(view);
  Segmentation result = runner.segment(view, category_);
  warnOnce(result.warnings);
  stages_ = result.stages;
  return result;
}

std::vector<ClassScore> SemanticSettings::classifyAll(const CloudView& view) {
  stages_.clear();
  const std::vector<std::uint32_t> classes = getClasses();
  const Session& runner = session();
  checkPosition(view);
  RunNotes notes;
  std::vector<ClassScore> scores = runner.classify(view, &notes), chosen;
  warnOnce(notes.warnings);
  stages_ = notes.stages;
  for (const ClassScore& score : scores)
    if (score.probability >= min_confidence_ && std::count(classes.begin(), classes.end(), score.id) > 0)
      chosen.push_back(score);
  return chosen;
}

Clustering SemanticSettings::clustersOfAll(const CloudView& view, int level) {
  stages_.clear();
  const Session& runner = session();
  checkPosition(view);
  Clustering result = runner.clusters(view, level);
  warnOnce(result.warnings);
  stages_ = result.stages;
  return result;
}

std::vector<std::int8_t> SemanticSettings::choose(const CloudView& view, const Segmentation& segmentation) const {
  std::vector<std::uint32_t> classes = getClasses();
  std::sort(classes.begin(), classes.end());
  std::vector<std::int8_t> choice(static_cast<std::size_t>(view.size));
  std::uint32_t last = 0;  // neighbours are often of one class
  bool wanted = std::binary_search(classes.begin(), classes.end(), last);
  for (std::size_t i = 0; i < choice.size(); ++i) {
    const std::uint32_t label = segmentation.label[i];
    const float confidence = segmentation.confidence[i];
    if (label != last) wanted = std::binary_search(classes.begin(), classes.end(), last = label);
    // A session gives no confidence to points that are not finite, and some to all others.
    choice[i] = confidence > 0 ? std::int8_t{wanted && confidence >= min_confidence_} : std::int8_t{-1};
  }
  return choice;
}

}  // namespace treewalk
