// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "treewalk/pcl/guarded.h"
#include "treewalk/session.h"

namespace treewalk {

/** \brief What the classes that run a model have in common: the model, the choice of classes, and how it runs.
 *
 * A point is \b chosen when its coordinates are finite, its class is among the classes of \a setClasses (by default
 * every class) and its confidence is at least that of \a setMinConfidence (by default 0).
 *
 * No setter needs another one first; what depends on the model or on the machine is checked when the object runs. Then
 * - a missing model throws pcl::InitFailedException;
 * - an unknown class, or a device that this machine or build does not have, throws pcl::BadArgumentException with the
 *   list of what exists;
 * - what is wrong with the input (no x, y, z; a field missing that the model requires; indices out of range, negative
 *   or repeated), too little memory, or a callback that cancelled is reported by PCL_ERROR (PCL_WARN for the last) and
 *   kept for \a getErrorMessage; the outputs are empty then.
 *
 * One model may serve many objects and threads; an object itself serves one thread at a time.
 */
class TREEWALK_EXPORT SemanticSettings : public Guarded {
 public:
  using ProgressCallback = std::function<bool(double, const std::string&)>;

  /** \brief Load the model from a *.treewalk file, at once.
   * \throws pcl::IOException when the file is missing, damaged, or no model; the model stays as it was. */
  void setModelFile(const std::string& file);
  /** \brief The file of the last successful \a setModelFile; empty when the model was given otherwise. */
  const std::string& getModelFile() const { return model_file_; }

  /** \brief Use a model that is loaded already, and may be shared by many objects and threads. */
  void setModel(const std::shared_ptr<const Model>& model);
  std::shared_ptr<const Model> getModel() const { return model_; }

  /** \brief Choose classes by name or by id, as the model's class table has them. None: every class. */
  void setClasses(const std::vector<std::string>& names);
  void setClasses(std::initializer_list<std::string> names) { setClasses(std::vector<std::string>(names)); }
  void setClasses(const std::vector<std::uint32_t>& ids);
  void setClasses(std::initializer_list<std::uint32_t> ids) { setClasses(std::vector<std::uint32_t>(ids)); }
  /** \brief The ids of the chosen classes, in the order in which they were given; by default all, in the table's order.
   * \throws pcl::InitFailedException without a model, pcl::BadArgumentException for a class it does not have. */
  std::vector<std::uint32_t> getClasses() const;

  /** \brief The least confidence of a chosen point, 0 to 1 (default 0).
   * \throws pcl::BadArgumentException for any other number. */
  void setMinConfidence(float confidence);
  float getMinConfidence() const { return min_confidence_; }

  /** \brief Of models of parts: what the cloud shows; empty (default): the model
   * finds it. A name that the model does not know is an error of the run, which lists those it knows. */
  void setCategory(const std::string& category) { category_ = category; }
  const std::string& getCategory() const { return category_; }

  /** \brief "auto" (default: a GPU where there is one), "cpu", "cuda" or "cuda:i". */
  void setDevice(const std::string& device);
  const std::string& getDevice() const { return options_.device; }

  /** \brief Number of CPU threads; 0 (default): as many as the machine has cores. */
  void setNumberOfThreads(unsigned int nr_threads = 0);
  unsigned int getNumberOfThreads() const { return static_cast<unsigned int>(options_.threads); }

  /** \brief The memory that a run may use, in megabytes; larger clouds are cut into tiles. 0 (default): three quarters
   * of what is free. */
  void setMemoryLimit(std::uint64_t megabytes);
  std::uint64_t getMemoryLimit() const { return static_cast<std::uint64_t>(options_.memory_mb); }

  /** \brief Called with the part that is done (0 to 1) and the name of the stage; returning false cancels the run. */
  void setProgressCallback(const ProgressCallback& callback);

  /** \brief How long each stage of the last run took: reading the points, octree and features, network, labels, in the
   * order in which they began. Empty before the first run and after one that failed. */
  const std::vector<StageTime>& getStageTimes() const { return stages_; }

 protected:
  explicit SemanticSettings(const std::string& name) : Guarded(name) {}
  ~SemanticSettings() = default;

  /** \brief Label all points; an exception as said above, or one for `guarded` to report. */
  Segmentation segmentAll(const CloudView& view);
  std::vector<ClassScore> classifyAll(const CloudView& view);

  /** \brief Which points are chosen (1), finite but not chosen (0), or not finite (-1). */
  std::vector<std::int8_t> choose(const CloudView& view, const Segmentation& segmentation) const;

  const ModelInfo& info() const;

 private:
  struct ClassChoice {
    std::string name;
    std::uint32_t id = 0;  ///< where the name is empty
  };

  void needModel() const;
  const Session& session();
  /** \brief PCL_WARN, once for each message as long as the model stays the same. */
  void warnOnce(const std::vector<std::string>& warnings);

  std::string model_file_;
  std::shared_ptr<const Model> model_;
  std::vector<ClassChoice> choice_;
  float min_confidence_ = 0;
  std::string category_;
  RunOptions options_;
  std::shared_ptr<const Session> session_;  ///< made at the first run after a change
  std::vector<StageTime> stages_;
  std::vector<std::string> warned_;
};

}  // namespace treewalk
