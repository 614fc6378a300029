// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
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
 * \ingroup filters segmentation
 */
class TREEWALK_EXPORT SemanticSettings : public detail::Guarded {
 public:
  /** \brief Takes the part that is done (0 to 1) and the name of the stage; false cancels. */
  using ProgressCallback = std::function<bool(double, const std::string&)>;

  /** \brief Load the model from a *.treewalk file, at once.
   * \param[in] file a path, or the name of a model that comes with treewalk, such as "terrain"
   * \throws pcl::IOException when the file is missing, damaged, or no model; the model stays as it was. */
  void setModelFile(const std::string& file);
  /** \brief The file of the last successful \a setModelFile.
   * \return its path; empty when the model was given otherwise */
  const std::string& getModelFile() const { return model_file_; }

  /** \brief Use a model that is loaded already.
   * \param[in] model may be shared by many objects and threads; null: none */
  void setModel(const std::shared_ptr<const Model>& model);
  /** \return the model that was set, or null */
  std::shared_ptr<const Model> getModel() const { return model_; }

  /** \brief Choose classes by name.
   * \param[in] names as the model's class table has them; none: every class */
  void setClasses(const std::vector<std::string>& names);
  /** \copydoc setClasses(const std::vector<std::string>&) */
  void setClasses(std::initializer_list<std::string> names) { setClasses(std::vector<std::string>(names)); }
  /** \brief Choose classes by id.
   * \param[in] ids as the model's class table has them; none: every class */
  void setClasses(const std::vector<std::uint32_t>& ids);
  /** \copydoc setClasses(const std::vector<std::uint32_t>&) */
  void setClasses(std::initializer_list<std::uint32_t> ids) { setClasses(std::vector<std::uint32_t>(ids)); }
  /** \brief The chosen classes.
   * \return their ids, in the order in which they were given; by default all, in the table's order
   * \throws pcl::InitFailedException without a model, pcl::BadArgumentException for a class it does not have. */
  std::vector<std::uint32_t> getClasses() const;

  /** \brief Leave out what is uncertain.
   * \param[in] confidence the least of a chosen point, 0 to 1 (default 0)
   * \throws pcl::BadArgumentException for any other number. */
  void setMinConfidence(float confidence);
  /** \return the least confidence of a chosen point */
  float getMinConfidence() const { return min_confidence_; }

  /** \brief Tell a model of parts what the cloud shows.
   * \param[in] category one of the model's; empty (default): the model finds it. A name that the model does not know is
   * an error of the run, which lists those it knows. */
  void setCategory(const std::string& category) { category_ = category; }
  /** \return what was set; empty: the model finds it */
  const std::string& getCategory() const { return category_; }

  /** \brief Set where the model runs.
   * \param[in] device "auto" (default: a GPU where there is one), "cpu", "cuda" or "cuda:i" */
  void setDevice(const std::string& device);
  /** \return where the model runs, as it was set */
  const std::string& getDevice() const { return options_.device; }

  /** \brief Set the number of threads.
   * \param[in] nr_threads 0 (default): as many as the machine has cores */
  void setNumberOfThreads(unsigned int nr_threads = 0);
  /** \return the number of threads that was set */
  unsigned int getNumberOfThreads() const { return static_cast<unsigned int>(options_.threads); }

  /** \brief Limit the memory that a run may use; larger clouds are taken in tiles, with the same labels.
   * \param[in] megabytes 0 (default): three quarters of what is free */
  void setMemoryLimit(std::uint64_t megabytes);
  /** \return megabytes that a run may use; 0: three quarters of what is free */
  std::uint64_t getMemoryLimit() const { return static_cast<std::uint64_t>(options_.memory_mb); }

  /** \brief Tell in which units clouds come, where they are not those of the model's training data (metres for the
   * shipped models of scenes). Only what the model sees is changed; points keep their coordinates.
   * \param[in] factor what x, y and z are multiplied by, such as 0.3048 for feet; 1 (default)
   * \throws pcl::BadArgumentException unless it is a number above 0. */
  void setScale(double factor) { setScale(factor, factor); }
  /** \brief The same where heights are in another unit.
   * \param[in] plane what x and y are multiplied by
   * \param[in] height what z is multiplied by
   * \throws pcl::BadArgumentException unless both are numbers above 0. */
  void setScale(double plane, double height);
  /** \return what x, y and z are multiplied by */
  const std::array<double, 3>& getScale() const { return options_.scale; }

  /** \brief Watch runs, and cancel them.
   * \param[in] callback called with the part that is done (0 to 1) and the name of the stage; returning false cancels
   * the run; null: none */
  void setProgressCallback(const ProgressCallback& callback);

  /** \brief How long each stage of the last run took: reading the points, octree and features, network, labels.
   * \return in the order in which they began; empty before the first run and after one that failed */
  const std::vector<StageTime>& getStageTimes() const { return stages_; }

 protected:
  /** \param[in] name the class's name, for messages */
  explicit SemanticSettings(const std::string& name) : detail::Guarded(name) {}
  ~SemanticSettings() = default;

  /** \brief Label all points; an exception as said above, or one for `guarded` to report.
   * \param[in] view the cloud
   * \return one label for each point */
  Segmentation segmentAll(const CloudView& view);
  /** \brief Score the cloud as a whole; exceptions likewise.
   * \param[in] view the cloud
   * \return the chosen classes whose confidence is high enough, best first */
  std::vector<ClassScore> classifyAll(const CloudView& view);

  /** \brief Find which node of a level of the model's hierarchy each point belongs to; exceptions likewise.
   * \param[in] view the cloud
   * \param[in] level as for Session::clusters
   * \return a number for each point */
  Clustering clustersOfAll(const CloudView& view, int level);

  /** \brief Which points are chosen.
   * \param[in] view the cloud
   * \param[in] segmentation of all of its points
   * \return for each point 1: chosen, 0: finite but not chosen, or -1: not finite */
  std::vector<std::int8_t> choose(const CloudView& view, const Segmentation& segmentation) const;

  /** \return what the model says about itself
   * \throws pcl::InitFailedException without a model. */
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
