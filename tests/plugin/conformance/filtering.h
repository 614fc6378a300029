// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <gtest/gtest.h>
#include <pcl/PointIndices.h>

#include <memory>

#include "tests/plugin/conformance/forms.h"

namespace treewalk::test {

/// A filter over indices and its input, as the rules see it: of whatever class and form of clouds.
class Filtering {
 public:
  virtual ~Filtering() = default;

  virtual void set_input(const Scene& scene) = 0;
  virtual void set_indices(const pcl::Indices& indices) = 0;
  virtual void set_negative(bool negative) = 0;
  virtual void set_keep_organized(bool keep) = 0;
  virtual void set_user_value(float value) = 0;

  /// filter(indices) into a vector that holds something else.
  virtual pcl::Indices indices() = 0;
  /// filter(cloud) into a cloud that holds something else.
  virtual Picture output() = 0;
  /// filter(cloud) into the input itself.
  virtual Picture in_place() = 0;
  virtual pcl::Indices removed() = 0;

  /// The input as it is now.
  virtual Picture input() const = 0;
  /// What output() finds where the filter leaves it alone.
  virtual Picture untouched() const = 0;
  /// Whether the getters return what the setters took.
  virtual bool returns(bool negative, bool keep_organized, const pcl::Indices& indices) = 0;
};

/// Subject says what is tested: its `Form`, `Filter` and `name`, how to `make` the filter, which points are `chosen`.
template <typename Subject>
class FilteringOf : public Filtering {
 public:
  explicit FilteringOf(bool extract_removed) : filter_(Subject::make(extract_removed)) {}

  void set_input(const Scene& scene) override {
    cloud_ = Form::make(scene);
    filter_.setInputCloud(cloud_);
  }
  void set_indices(const pcl::Indices& indices) override {
    filter_.setIndices(pcl::make_shared<pcl::Indices>(indices));
  }
  void set_negative(bool negative) override { filter_.setNegative(negative); }
  void set_keep_organized(bool keep) override { filter_.setKeepOrganized(keep); }
  void set_user_value(float value) override { filter_.setUserFilterValue(value); }

  pcl::Indices indices() override {
    pcl::Indices result{7, 7, 7};
    filter_.filter(result);
    return result;
  }
  Picture output() override {
    const auto cloud = other();
    filter_.filter(*cloud);
    return Form::picture(*cloud);
  }
  Picture in_place() override {
    filter_.filter(*cloud_);
    return Form::picture(*cloud_);
  }
  pcl::Indices removed() override {
    pcl::PointIndices again;
    filter_.getRemovedIndices(again);
    EXPECT_EQ(again.indices, *filter_.getRemovedIndices());
    return again.indices;
  }
  Picture input() const override { return Form::picture(*cloud_); }
  Picture untouched() const override { return Form::picture(*other()); }
  bool returns(bool negative, bool keep_organized, const pcl::Indices& indices) override {
    return filter_.getNegative() == negative && filter_.getKeepOrganized() == keep_organized &&
           *filter_.getIndices() == indices && filter_.getInputCloud() == cloud_;
  }

  typename Subject::Filter& filter() { return filter_; }

 private:
  using Form = typename Subject::Form;

  static typename Form::Cloud::Ptr other() {
    Scene scene = unorganised(example_scene(true));
    scene.header.frame_id = "elsewhere";
    scene.origin = Eigen::Vector4f(9, 9, 9, 0);
    return Form::make(scene);
  }

  typename Subject::Filter filter_;
  typename Form::Cloud::Ptr cloud_;
};

}  // namespace treewalk::test
