// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/search/kdtree.h>

#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "treewalk/pcl/guarded.h"
#include "treewalk/search.h"

namespace treewalk {

namespace detail {
/** \brief Where a search starts; by default nowhere, from where nothing is found.
 * \ingroup search
 */
struct SearchQuery {
  double position[3];  ///< x, y and z

  /** \brief Nowhere: not a number. */
  SearchQuery() { position[0] = position[1] = position[2] = std::numeric_limits<double>::quiet_NaN(); }
  /** \brief At a point.
   * \param[in] at has x, y and z */
  template <typename PointT>
  explicit SearchQuery(const PointT& at) {
    position[0] = at.x;
    position[1] = at.y;
    position[2] = at.z;
  }
};
}  // namespace detail

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
 * Every point type with members x, y and z will do, also one that PCL does not know or that is derived from another.
 *
 * \note Always x, y and z: a point representation of other dimensions or weights is refused, whether it comes before
 * the cloud or after it, and through whichever of PCL's classes. An epsilon is ignored. A point whose squared distance
 * is beyond float32 (farther away than 1.8e19) is not found; a cloud that is too small or too large for such distances
 * is refused, as PointSearch says.
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
   * error, which PCL_ERROR reports, nothing is found; after one of \a setPointRepresentation too, until it is set back.
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
      return static_cast<TreeDone>(owner_->build());
    }

   private:
    KnnSearch* owner_;
  };
  void watchRepresentation();
  bool build();
  detail::SearchQuery queryAt(const PointCloud& cloud, pcl::index_t index) const;
  detail::SearchQuery queryAt(pcl::index_t index) const;

  std::shared_ptr<const PointSearch> search_;
  unsigned int threads_ = 0;
};

namespace detail {
/** \brief What KnnSearch does for every point type: the points nearest to a place.
 * \param[in] search null: nothing is found
 * \param[in] query the place
 * \param[in] k how many points
 * \param[out] indices resized to what is found
 * \param[out] squared_distances the same
 * \return how many there are
 * \ingroup search
 */
TREEWALK_EXPORT int nearestOf(const PointSearch* search, const SearchQuery& query, int k, pcl::Indices& indices,
                              std::vector<float>& squared_distances);
/** \brief The same for the points within a radius.
 * \param[in] search null: nothing is found
 * \param[in] query the place
 * \param[in] radius in the cloud's units
 * \param[in] sorted whether nearest first
 * \param[in] most the nearest so many; 0: all
 * \param[out] indices resized to what is found
 * \param[out] squared_distances the same
 * \return how many there are
 * \ingroup search
 */
TREEWALK_EXPORT int withinOf(const PointSearch* search, const SearchQuery& query, double radius, bool sorted,
                             unsigned int most, pcl::Indices& indices, std::vector<float>& squared_distances);
/** \brief The points nearest to each of many places.
 * \param[in] search null: nothing is found
 * \param[in] positions 3 numbers for each place
 * \param[in] k how many points
 * \param[in] threads 0: as many as the machine has cores
 * \param[out] indices a row for each place
 * \param[out] squared_distances the same
 * \ingroup search
 */
TREEWALK_EXPORT void nearestOfMany(const PointSearch* search, const std::vector<double>& positions, int k,
                                   unsigned int threads, std::vector<pcl::Indices>& indices,
                                   std::vector<std::vector<float>>& squared_distances);
/** \brief The points within a radius of each of many places.
 * \param[in] search null: nothing is found
 * \param[in] positions 3 numbers for each place
 * \param[in] radius in the cloud's units
 * \param[in] sorted whether nearest first
 * \param[in] most for each place the nearest so many; 0: all
 * \param[in] threads 0: as many as the machine has cores
 * \param[out] indices a row for each place
 * \param[out] squared_distances the same
 * \ingroup search
 */
TREEWALK_EXPORT void withinOfMany(const PointSearch* search, const std::vector<double>& positions, double radius,
                                  bool sorted, unsigned int most, unsigned int threads,
                                  std::vector<pcl::Indices>& indices,
                                  std::vector<std::vector<float>>& squared_distances);

/** \brief Places to search from.
 * \param[in] cloud its points
 * \param[in] indices which of them; empty: all
 * \return 3 numbers for each place; nowhere for an index that is out of range
 * \ingroup search
 */
template <typename PointT>
std::vector<double> queryPositions(const pcl::PointCloud<PointT>& cloud, const pcl::Indices& indices) {
  const std::size_t queries = indices.empty() ? cloud.size() : indices.size();
  std::vector<double> positions;
  positions.reserve(3 * queries);
  for (std::size_t i = 0; i < queries; ++i) {
    const auto at = indices.empty() ? i : static_cast<std::size_t>(indices[i]);
    const SearchQuery query = at < cloud.size() ? SearchQuery(cloud[at]) : SearchQuery();
    positions.insert(positions.end(), query.position, query.position + 3);
  }
  return positions;
}
}  // namespace detail

}  // namespace treewalk

#ifdef PCL_NO_PRECOMPILE
#include "treewalk/pcl/impl/knn_search.hpp"
#endif
