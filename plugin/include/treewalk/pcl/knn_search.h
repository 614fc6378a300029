// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/search/kdtree.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "treewalk/pcl/guarded.h"
#include "treewalk/pcl/searched.h"

namespace treewalk {

/** \brief KnnSearch is treewalk's exact neighbour search for all of PCL: wherever a pcl::search::Search is taken, and
 * where PCL asks for a pcl::search::KdTree, as its registration does.
 *
 * \details It gives what pcl::search::KdTree gives, to the bit of the squared distances, and one order where PCL leaves
 * it open: equal distances by lower index. Results are indices into the cloud and contain the query itself where it is
 * one of the points. A radius leaves out points that lie exactly on it, as KdTree's does; with \a max_nn the nearest
 * ones are kept. Nearest neighbours are always sorted; those within a radius unless \a setSortedResults (false).
 *
 * Non-finite points are never found, and a search from one finds nothing, as from an index that does not exist. An
 * empty cloud is no error. Searches are const and share nothing: one object may serve many threads. Whole clouds at
 * once (the overloads for many queries) are searched faster than point by point, by \a setNumberOfThreads threads.
 *
 * \code
 * auto search = pcl::make_shared<treewalk::KnnSearch<pcl::PointXYZ>> ();
 * pcl::NormalEstimation<pcl::PointXYZ, pcl::Normal> normals;
 * normals.setSearchMethod (search);
 * \endcode
 * Every point type with members x, y and z will do, also one that PCL does not know or that is derived from another;
 * and every one that PCL has a point representation for: descriptors such as FPFH and SHOT, PPF, PointXY, normals.
 *
 * The space is that of the point representation, as KdTree's is: x, y and z where the representation is PCL's own of
 * three dimensions without weights and the points have them, else the rows of floats that it makes, searched as
 * VectorSearch says. It may be set before the cloud or after it, through whichever of PCL's classes; the search is made
 * anew by the next query, once, whatever number of threads ask. A representation that is changed inside, as by
 * setRescaleValues, is to be set again. Points' x, y and z are these members wherever they lie in the point, where
 * KdTree takes its first three numbers.
 *
 * \note An epsilon is ignored. A point whose squared distance is beyond float32 (farther away than 1.8e19) is not
 * found; a cloud that is too small or too large for such distances is refused, as PointSearch says.
 * \ingroup search
 */
template <typename PointT>
class TREEWALK_EXPORT KnnSearch : public pcl::search::KdTree<PointT>, public detail::Guarded {
  using Base = pcl::search::KdTree<PointT>;
  /** PCL 1.14 lets setInputCloud say whether it went well; before, it returns nothing. */
  using Done = decltype(std::declval<pcl::search::Search<PointT>&>().setInputCloud(nullptr));
  using PclTree = typename Base::KdTreePtr::element_type;
  using TreeDone = decltype(std::declval<PclTree&>().setInputCloud(nullptr));

 public:
  using PointCloud = typename Base::PointCloud;                  ///< what is searched
  using PointCloudConstPtr = typename Base::PointCloudConstPtr;  ///< shared, and only read
  using IndicesConstPtr = pcl::IndicesConstPtr;                  ///< shared, and only read
  using Ptr = pcl::shared_ptr<KnnSearch<PointT>>;                ///< shared
  using ConstPtr = pcl::shared_ptr<const KnnSearch<PointT>>;     ///< shared, and only read

  /** \param[in] sorted Set to false to take points within a radius as they come. */
  explicit KnnSearch(bool sorted = true);
  /** \brief What the other searches in, on its own from then on.
   * \param[in] other stays as it is */
  KnnSearch(const KnnSearch& other);
  /** \copydoc KnnSearch(const KnnSearch&)
   * \return this */
  KnnSearch& operator=(const KnnSearch& other);

  /** \brief Set the number of threads for \a setInputCloud and searches from many points.
   * \param[in] nr_threads 0 (default): as many as the machine has cores */
  void setNumberOfThreads(unsigned int nr_threads = 0) { threads_ = nr_threads; }
  /** \return the number of threads that was set */
  unsigned int getNumberOfThreads() const { return threads_; }

  /** \brief Set the points to search among. The positions are copied, but searches from an index read the cloud.
   * \param[in] cloud the points
   * \param[in] indices those of them that are searched; none: all. An index that is out of range is an error. After an
   * error, which PCL_ERROR reports, nothing is found.
   * \return from PCL 1.14 on, whether it went well; before, nothing */
  Done setInputCloud(const PointCloudConstPtr& cloud, const IndicesConstPtr& indices = IndicesConstPtr()) override;

  /** \brief The points nearest to a place.
   * \param[in] point the place, which need not be a point of the cloud
   * \param[in] k how many points
   * \param[out] k_indices indices into the cloud, nearest first; equal distances by lower index
   * \param[out] k_sqr_distances their squared distances
   * \return how many there are: k, or fewer where fewer can be found; 0 for a place that is not finite */
  int nearestKSearch(const PointT& point, int k, pcl::Indices& k_indices,
                     std::vector<float>& k_sqr_distances) const override;
  /** \brief The points nearest to one of them.
   * \param[in] index of the point among the indices that were set, or in the cloud where none were; from one that does
   * not exist nothing is found
   * \param[in] k how many points
   * \param[out] k_indices indices into the cloud, nearest first; equal distances by lower index
   * \param[out] k_sqr_distances their squared distances
   * \return how many there are: k, or fewer where fewer can be found; 0 for a place that is not finite */
  int nearestKSearch(pcl::index_t index, int k, pcl::Indices& k_indices,
                     std::vector<float>& k_sqr_distances) const override;
  /** \brief The points nearest to a point of any cloud.
   * \param[in] cloud of the place
   * \param[in] index of the place in it; from one that does not exist nothing is found
   * \param[in] k how many points
   * \param[out] k_indices indices into the cloud, nearest first; equal distances by lower index
   * \param[out] k_sqr_distances their squared distances
   * \return how many there are: k, or fewer where fewer can be found; 0 for a place that is not finite */
  int nearestKSearch(const PointCloud& cloud, pcl::index_t index, int k, pcl::Indices& k_indices,
                     std::vector<float>& k_sqr_distances) const override;
  /** \brief The points nearest to each of many points of any cloud, by several threads.
   * \param[in] cloud of the places
   * \param[in] indices of the places in it; empty: all
   * \param[in] k how many points
   * \param[out] k_indices for each place, as above
   * \param[out] k_sqr_distances for each place, as above */
  void nearestKSearch(const PointCloud& cloud, const pcl::Indices& indices, int k, std::vector<pcl::Indices>& k_indices,
                      std::vector<std::vector<float>>& k_sqr_distances) const override;

  /** \brief The points within a radius of a place.
   * \param[in] point the place, which need not be a point of the cloud
   * \param[in] radius in the cloud's units; points that lie exactly on it are left out; infinite: all finite points
   * \param[out] k_indices indices into the cloud; sorted as \a setSortedResults says
   * \param[out] k_sqr_distances their squared distances
   * \param[in] max_nn the nearest so many of them; 0: all
   * \return how many there are */
  int radiusSearch(const PointT& point, double radius, pcl::Indices& k_indices, std::vector<float>& k_sqr_distances,
                   unsigned int max_nn = 0) const override;
  /** \brief The points within a radius of one of them.
   * \param[in] index of the point among the indices that were set, or in the cloud where none were; from one that does
   * not exist nothing is found
   * \param[in] radius in the cloud's units; points that lie exactly on it are left out
   * \param[out] k_indices indices into the cloud; sorted as \a setSortedResults says
   * \param[out] k_sqr_distances their squared distances
   * \param[in] max_nn the nearest so many of them; 0: all
   * \return how many there are */
  int radiusSearch(pcl::index_t index, double radius, pcl::Indices& k_indices, std::vector<float>& k_sqr_distances,
                   unsigned int max_nn = 0) const override;
  /** \brief The points within a radius of a point of any cloud.
   * \param[in] cloud of the place
   * \param[in] index of the place in it; from one that does not exist nothing is found
   * \param[in] radius in the cloud's units; points that lie exactly on it are left out
   * \param[out] k_indices indices into the cloud; sorted as \a setSortedResults says
   * \param[out] k_sqr_distances their squared distances
   * \param[in] max_nn the nearest so many of them; 0: all
   * \return how many there are */
  int radiusSearch(const PointCloud& cloud, pcl::index_t index, double radius, pcl::Indices& k_indices,
                   std::vector<float>& k_sqr_distances, unsigned int max_nn = 0) const override;
  /** \brief The points within a radius of each of many points of any cloud, by several threads.
   * \param[in] cloud of the places
   * \param[in] indices of the places in it; empty: all
   * \param[in] radius in the cloud's units; points that lie exactly on it are left out
   * \param[out] k_indices for each place, as above
   * \param[out] k_sqr_distances for each place, as above
   * \param[in] max_nn for each place the nearest so many; 0: all */
  void radiusSearch(const PointCloud& cloud, const pcl::Indices& indices, double radius,
                    std::vector<pcl::Indices>& k_indices, std::vector<std::vector<float>>& k_sqr_distances,
                    unsigned int max_nn = 0) const override;

 protected:
  using Base::indices_;
  using Base::input_;
  using Base::sorted_results_;
  using Base::tree_;

 private:
  /** \brief Stands where PCL has its own tree, which keeps the point representation: PCL tells the tree of one that
   * comes after the cloud by setting the cloud again. */
  class Watch : public PclTree {
   public:
    explicit Watch(KnnSearch* owner) : owner_(owner) {}
    void watch(const PointCloudConstPtr& cloud) { this->input_ = cloud; }
    TreeDone setInputCloud(const PointCloudConstPtr&, const IndicesConstPtr&) override {
      owner_->noteRepresentation();
      return static_cast<TreeDone>(true);
    }

   private:
    KnnSearch* owner_;
  };
  using Searched = detail::Searched<PointT>;
  void copySearch(const KnnSearch& other);
  void watchRepresentation();
  void noteRepresentation();
  bool build();
  const Searched* current() const;
  static const PointT* pointAt(const PointCloud& cloud, pcl::index_t index);
  const PointT* pointAt(pcl::index_t index) const;
  template <class Ask>
  int ask(const PointT* point, pcl::Indices& indices, std::vector<float>& squared_distances, const Ask& ask) const;
  template <class Ask>
  void askForMany(const PointCloud& cloud, const pcl::Indices& indices, const Ask& ask) const;

  std::atomic<const Searched*> searched_{nullptr};     ///< the last of those that are kept, or null
  std::vector<std::shared_ptr<const Searched>> kept_;  ///< with those that other threads may be looking at
  std::atomic<bool> stale_{false};                     ///< another representation was set
  mutable std::mutex mending_;
  unsigned int threads_ = 0;
};

}  // namespace treewalk

#ifdef PCL_NO_PRECOMPILE
#include "treewalk/pcl/impl/knn_search.hpp"
#endif
