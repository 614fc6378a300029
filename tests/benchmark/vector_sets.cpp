// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/benchmark/vector_sets.h"

#include <pcl/features/fpfh_omp.h>
#include <pcl/features/normal_3d.h>
#include <pcl/features/shot_omp.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "treewalk/io.h"
#include "treewalk/pcl/conversions.h"
#include "treewalk/pcl/knn_search.h"

namespace treewalk {
namespace {

using Normals = pcl::PointCloud<pcl::Normal>;

Normals::Ptr normals_of(const pcl::PointCloud<pcl::PointXYZRGB>::Ptr& cloud) {
  pcl::NormalEstimation<pcl::PointXYZRGB, pcl::Normal> estimation;
  estimation.setInputCloud(cloud);
  estimation.setSearchMethod(pcl::make_shared<KnnSearch<pcl::PointXYZRGB>>());
  estimation.setKSearch(16);
  const auto normals = pcl::make_shared<Normals>();
  estimation.compute(*normals);
  return normals;
}

/// A radius that holds about k points.
double radius_of(const pcl::PointCloud<pcl::PointXYZRGB>::Ptr& cloud, int k) {
  KnnSearch<pcl::PointXYZRGB> search;
  search.setInputCloud(cloud);
  std::vector<float> all;
  pcl::Indices index;
  std::vector<float> distance;
  for (std::size_t i = 0; i < cloud->size(); i += cloud->size() / 500 + 1) {
    search.nearestKSearch((*cloud)[i], k, index, distance);
    all.push_back(distance.back());
  }
  std::nth_element(all.begin(), all.begin() + all.size() / 2, all.end());
  return std::sqrt(all[all.size() / 2]);
}

/// Rows as the channels of a trained network have them: 32 smooth functions of a few unknowns that come in groups.
VectorSet network_like(std::int64_t size) {
  constexpr int kColumns = 32, kUnknowns = 10;
  std::mt19937 random(7);
  std::normal_distribution<float> normal(0, 1);
  float centre[40][kUnknowns], weight[kColumns][kUnknowns];
  for (auto& one : centre)
    for (float& value : one) value = 2 * normal(random);
  for (auto& one : weight)
    for (float& value : one) value = 0.5f * normal(random);
  VectorSet set{kColumns, {}};
  for (std::int64_t i = 0; i < size; ++i) {
    float unknown[kUnknowns];
    const float* from = centre[random() % 40];
    for (int u = 0; u < kUnknowns; ++u) unknown[u] = from[u] + 0.6f * normal(random);
    for (const auto& one : weight) {
      float sum = 0.05f * normal(random);
      for (int u = 0; u < kUnknowns; ++u) sum += one[u] * unknown[u];
      set.row.push_back(std::tanh(sum));
    }
  }
  return set;
}

VectorSet uniform(std::int64_t size, int columns) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> unit(0, 1);
  VectorSet set{columns, {}};
  for (std::int64_t i = 0; i < size * columns; ++i) set.row.push_back(unit(random));
  return set;
}

}  // namespace

VectorSets::VectorSets(const std::string& cloud_file) : cloud_(pcl::make_shared<Cloud>()) {
  Cloud all;
  toPointCloud(read_cloud(cloud_file), all);
  for (const auto& point : all)
    if (pcl::isFinite(point)) cloud_->push_back(point);
}

std::vector<VectorSets::Named> VectorSets::names() const {
  constexpr std::int64_t all = 1 << 30;
  return {{"xyz+curvature", all, {8, 1}}, {"xyz+rgb", all, {8, 1}},    {"uniform 8", 50000, {8}},
          {"uniform 12", 50000, {8}},     {"uniform 16", 50000, {8}},  {"network-like", 192000, {8, 1}},
          {"FPFH 10k", 10000, {8, 1}},    {"FPFH 50k", 50000, {8, 1}}, {"FPFH 192k", all, {8, 1}},
          {"SHOT", 20000, {8, 1}}};
}

VectorSets::Cloud::Ptr VectorSets::some(std::int64_t most) const {
  const auto size = static_cast<std::int64_t>(cloud_->size());
  if (most >= size) return cloud_;
  auto chosen = pcl::make_shared<Cloud>();
  for (std::int64_t i = 0; i < most; ++i) chosen->push_back((*cloud_)[static_cast<std::size_t>(i * size / most)]);
  return chosen;
}

VectorSet VectorSets::descriptors(const Cloud::Ptr& cloud, const Cloud::Ptr& at, bool shot) const {
  const auto normals = normals_of(cloud);
  const double radius = radius_of(cloud, shot ? 150 : 40);
  const auto search = pcl::make_shared<KnnSearch<pcl::PointXYZRGB>>();
  VectorSet set;
  const auto append = [&](const float* values, int count) {
    set.columns = count;
    if (std::all_of(values, values + count, [](float v) { return std::isfinite(v); }))
      set.row.insert(set.row.end(), values, values + count);
  };
  if (shot) {
    pcl::SHOTEstimationOMP<pcl::PointXYZRGB, pcl::Normal, pcl::SHOT352> estimation(2);
    estimation.setInputCloud(at);
    estimation.setSearchSurface(cloud);
    estimation.setInputNormals(normals);
    estimation.setSearchMethod(search);
    estimation.setRadiusSearch(radius);
    pcl::PointCloud<pcl::SHOT352> found;
    estimation.compute(found);
    for (const auto& one : found) append(one.descriptor, 352);
  } else {
    pcl::FPFHEstimationOMP<pcl::PointXYZRGB, pcl::Normal, pcl::FPFHSignature33> estimation(2);
    estimation.setInputCloud(cloud);
    estimation.setInputNormals(normals);
    estimation.setSearchMethod(search);
    estimation.setRadiusSearch(radius);
    pcl::PointCloud<pcl::FPFHSignature33> found;
    estimation.compute(found);
    for (std::size_t i = 0; i < found.size(); i += found.size() / at->size()) append(found[i].histogram, 33);
  }
  return set;
}

VectorSet VectorSets::make(const Named& set) const {
  if (set.name == "network-like") return network_like(set.most);
  if (set.name.compare(0, 7, "uniform") == 0) return uniform(set.most, std::atoi(set.name.c_str() + 8));
  if (set.name.compare(0, 4, "FPFH") == 0) return descriptors(cloud_, some(set.most), false);
  if (set.name == "SHOT") return descriptors(cloud_, some(set.most), true);
  VectorSet rows{set.name == "xyz+rgb" ? 6 : 4, {}};
  const auto normals = normals_of(cloud_);
  for (std::size_t i = 0; i < cloud_->size(); ++i) {
    const auto& p = (*cloud_)[i];
    rows.row.insert(rows.row.end(), {p.x, p.y, p.z});
    if (rows.columns == 4)
      rows.row.push_back(std::isfinite((*normals)[i].curvature) ? (*normals)[i].curvature : 0);
    else
      for (const int colour : {p.r, p.g, p.b}) rows.row.push_back(static_cast<float>(colour) / 255);
  }
  return rows;
}

}  // namespace treewalk
