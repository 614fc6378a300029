// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// The classes that take the points in the indices for the whole cloud.
#include <pcl/point_types.h>

#include "tests/plugin/conformance/compute_rules.h"
#include "tests/support/fake_session.h"
#include "treewalk/pcl/knn_graph.h"
#include "treewalk/pcl/octree_hierarchy.h"
#include "treewalk/pcl/shape_classifier.h"

namespace treewalk {

bool operator==(const KnnGraphArrays& a, const KnnGraphArrays& b) {
  return a.offset == b.offset && a.column == b.column && a.squared_distance == b.squared_distance;
}
bool operator==(const OctreeLevelArrays& a, const OctreeLevelArrays& b) {
  return a.cell_size == b.cell_size && a.key == b.key && a.point_offset == b.point_offset &&
         a.child_offset == b.child_offset && a.parent == b.parent && a.mean == b.mean;
}
bool operator==(const OctreeArrays& a, const OctreeArrays& b) {
  return a.origin == b.origin && a.level == b.level && a.order == b.order && a.leaf == b.leaf;
}
bool operator==(const ClassScore& a, const ClassScore& b) {
  return a.id == b.id && a.name == b.name && a.probability == b.probability;
}

namespace test {
namespace {

template <typename PointT>
struct KnnGraphOn {
  using Form = Points<PointT>;
  using Class = KnnGraph<PointT>;
  using Result = KnnGraphArrays;
  static Class make() {
    Class object;
    object.setK(3);
    return object;
  }
  static void run(Class& object, Result& result) { object.compute(result); }
  static bool is_empty(const Result& result) { return result == Result(); }
  static Result of_indices(const Result&, const Result& part, const pcl::Indices&) { return part; }
  static Result with_holes(const Result& finite, const pcl::Indices& places, const Scene& scene) {
    Result result = finite;
    result.offset.assign(scene.points.size() + 1, 0);
    for (std::size_t i = 0; i < places.size(); ++i)
      result.offset[static_cast<std::size_t>(places[i]) + 1] = finite.offset[i + 1] - finite.offset[i];
    for (std::size_t i = 1; i < result.offset.size(); ++i) result.offset[i] += result.offset[i - 1];
    for (auto& column : result.column) column = places[static_cast<std::size_t>(column)];
    return result;
  }
};

template <typename PointT>
struct OctreeHierarchyOn {
  using Form = Points<PointT>;
  using Class = OctreeHierarchy<PointT>;
  using Result = OctreeArrays;
  static Class make() {
    Class object;
    object.setDepth(4);
    return object;
  }
  static void run(Class& object, Result& result) { object.compute(result); }
  static bool is_empty(const Result& result) { return result == Result(); }
  static Result of_indices(const Result&, const Result& part, const pcl::Indices&) { return part; }
  static Result with_holes(const Result& finite, const pcl::Indices& places, const Scene& scene) {
    Result result = finite;
    for (auto& point : result.order) point = places[static_cast<std::size_t>(point)];
    result.leaf.assign(scene.points.size(), -1);
    for (std::size_t i = 0; i < places.size(); ++i) result.leaf[static_cast<std::size_t>(places[i])] = finite.leaf[i];
    return result;
  }
};

template <typename PointT>
struct ShapeClassifierOn {
  using Form = Points<PointT>;
  using Class = ShapeClassifier<PointT>;
  using Result = std::vector<ClassScore>;
  static Class make() {
    Class object;
    object.setModel(FakeModel::make());
    return object;
  }
  static void run(Class& object, Result& result) { object.classify(result); }
  static bool is_empty(const Result& result) { return result.empty(); }
  static Result of_indices(const Result&, const Result& part, const pcl::Indices&) { return part; }
  static Result with_holes(const Result& finite, const pcl::Indices&, const Scene&) { return finite; }
};

using Subjects = testing::Types<KnnGraphOn<pcl::PointXYZ>, KnnGraphOn<pcl::InterestPoint>, KnnGraphOn<pcl::PointSurfel>,
                                OctreeHierarchyOn<pcl::PointXYZ>, OctreeHierarchyOn<pcl::PointXYZRGBL>,
                                OctreeHierarchyOn<pcl::PointWithViewpoint>, ShapeClassifierOn<pcl::PointXYZ>,
                                ShapeClassifierOn<pcl::PointXYZI>, ShapeClassifierOn<pcl::PointDEM>>;
INSTANTIATE_TYPED_TEST_SUITE_P(Structure, ComputeConformance, Subjects);

}  // namespace
}  // namespace test
}  // namespace treewalk
