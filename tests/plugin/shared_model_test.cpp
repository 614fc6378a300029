// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// One loaded model in many threads at once: through sessions of their own, through one session, and through the PCL
// classes, on different clouds. Every result has the bits that it has alone. Run under ThreadSanitizer, too.
#include <gtest/gtest.h>
#include <pcl/point_types.h>

#include <atomic>
#include <functional>
#include <thread>

#include "tests/support/small_scenes.h"
#include "treewalk/pcl/conversions.h"
#include "treewalk/pcl/semantic_filter.h"
#include "treewalk/pcl/semantic_labeler.h"
#include "treewalk/pcl/semantic_segmentation.h"

namespace treewalk {
namespace {

constexpr int kThreads = 4, kRuns = 2;

/// What is known of a cloud from a thread that was alone.
struct Scene {
  Cloud cloud;
  pcl::PointCloud<pcl::PointXYZ>::Ptr points{new pcl::PointCloud<pcl::PointXYZ>};
  pcl::PCLPointCloud2::Ptr blob{new pcl::PCLPointCloud2};
  Segmentation alone;
  pcl::Indices objects;
};

RunOptions one_thread() {
  RunOptions options;
  options.threads = 1;
  options.memory_mb = 2048;
  return options;
}

class SharedModel : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    model = load_model(TREEWALK_SHIPPED_MODELS "/tabletop.treewalk");
    for (int i = 0; i < kThreads; ++i) {
      Scene scene;
      scene.cloud = test::small_table(static_cast<std::uint64_t>(i + 1), 600 + 100 * i);
      scene.cloud.remove_field("label");
      toPointCloud(scene.cloud, *scene.points);
      toPCLPointCloud2(scene.cloud, *scene.blob);
      scene.alone = Session(model, one_thread()).segment(scene.cloud.view());
      for (std::size_t p = 0; p < scene.alone.label.size(); ++p)
        if (scene.alone.label[p] == object()) scene.objects.push_back(static_cast<pcl::index_t>(p));
      scenes.push_back(std::move(scene));
    }
  }
  static void TearDownTestSuite() {
    scenes.clear();
    model.reset();
  }
  static std::uint32_t object() {
    for (const ClassInfo& info : model_info(*model).classes)
      if (info.name == "object") return info.id;
    return 0;
  }

  /// Calls work(thread) in all threads at once, several times; the threads wait for each other before they start.
  static void at_once(const std::function<void(int)>& work) {
    std::atomic<int> waiting{kThreads};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&, t] {
        --waiting;
        while (waiting > 0) std::this_thread::yield();
        for (int run = 0; run < kRuns; ++run) work(t);
      });
    for (std::thread& thread : threads) thread.join();
  }

  static void expect_as_alone(const Segmentation& result, const Scene& scene) {
    EXPECT_EQ(result.label, scene.alone.label);
    EXPECT_EQ(result.confidence, scene.alone.confidence);
  }

  static std::shared_ptr<const Model> model;
  static std::vector<Scene> scenes;
};
std::shared_ptr<const Model> SharedModel::model;
std::vector<Scene> SharedModel::scenes;

TEST_F(SharedModel, TellsTheScenesApart) {
  for (const Scene& scene : scenes) {
    EXPECT_FALSE(scene.objects.empty());
    EXPECT_LT(scene.objects.size(), scene.points->size());
  }
  EXPECT_NE(scenes[0].alone.confidence, scenes[1].alone.confidence);
}

TEST_F(SharedModel, ServesSessionsOfManyThreads) {
  at_once([](int t) {
    const Session session(model, one_thread());
    expect_as_alone(session.segment(scenes[t].cloud.view()), scenes[t]);
  });
}

TEST_F(SharedModel, ServesOneSessionInManyThreads) {
  const Session session(model, one_thread());
  at_once([&](int t) {
    for (int i = 0; i < 2; ++i) {
      const Scene& scene = scenes[(t + i) % kThreads];
      expect_as_alone(session.segment(scene.cloud.view()), scene);
    }
  });
}

// One of the threads is told to stop in the midst of its work; the others never notice.
TEST_F(SharedModel, GoesOnWhereAnotherThreadCancels) {
  std::atomic<int> cancelled{0};
  at_once([&](int t) {
    RunOptions options = one_thread();
    if (t == 0) options.progress = [](double done, const std::string&) { return done < 0.4; };
    const Session session(model, options);
    if (t > 0) return expect_as_alone(session.segment(scenes[t].cloud.view()), scenes[t]);
    EXPECT_THROW(session.segment(scenes[t].cloud.view()), Cancelled);
    ++cancelled;
  });
  EXPECT_EQ(cancelled, kRuns);
}

TEST_F(SharedModel, IsLoadedAndLeftWhileOthersWork) {
  at_once([](int t) {
    if (t > 0) return expect_as_alone(Session(model, one_thread()).segment(scenes[t].cloud.view()), scenes[t]);
    const auto other = load_model(TREEWALK_SHIPPED_MODELS "/tabletop.treewalk");
    EXPECT_EQ(model_info(*other).sha256, model_info(*model).sha256);
  });
}

// Every thread another class of PCL's kind, with objects of its own, over clouds that all of them read.
TEST_F(SharedModel, ServesThePclClassesOfManyThreads) {
  const auto filter = [](const Scene& scene) {
    SemanticFilter<pcl::PointXYZ> filter;
    filter.setModel(model);
    filter.setNumberOfThreads(1);
    filter.setClasses({"object"});
    filter.setInputCloud(scene.points);
    pcl::Indices indices;
    filter.filter(indices);
    EXPECT_EQ(indices, scene.objects);
  };
  const auto segment = [](const Scene& scene) {
    SemanticSegmentation<pcl::PointXYZ> segmentation;
    segmentation.setModel(model);
    segmentation.setNumberOfThreads(1);
    segmentation.setInputCloud(scene.points);
    pcl::PointCloud<pcl::PointXYZL> labelled;
    segmentation.segment(labelled);
    EXPECT_EQ(segmentation.getConfidence(), scene.alone.confidence);
    ASSERT_EQ(labelled.size(), scene.alone.label.size());
    for (std::size_t i = 0; i < labelled.size(); ++i) ASSERT_EQ(labelled[i].label, scene.alone.label[i]);
  };
  const auto label = [](const Scene& scene) {
    SemanticLabeler labeler;
    labeler.setModel(model);
    labeler.setNumberOfThreads(1);
    labeler.setInputCloud(scene.blob);
    pcl::PCLPointCloud2 output;
    labeler.filter(output);
    Cloud labelled;
    fromPCLPointCloud2(output, labelled);
    const CloudView view = labelled.view();
    ASSERT_EQ(view.size, static_cast<std::int64_t>(scene.alone.label.size()));
    const Field* id = view.find("label");
    for (std::int64_t i = 0; i < view.size; ++i)
      ASSERT_EQ(view.value(i, *id), scene.alone.label[static_cast<std::size_t>(i)]);
  };
  const auto cancel = [](const Scene& scene) {
    SemanticFilter<pcl::PCLPointCloud2> filter;
    filter.setModel(model);
    filter.setNumberOfThreads(1);
    filter.setInputCloud(scene.blob);
    filter.setProgressCallback([](double done, const std::string&) { return done < 0.4; });
    pcl::Indices indices;
    filter.filter(indices);
    EXPECT_TRUE(indices.empty());
    EXPECT_EQ(filter.getErrorMessage(), "cancelled");
  };
  const std::function<void(const Scene&)> work[kThreads] = {filter, segment, label, cancel};
  std::atomic<int> turn[kThreads] = {};
  at_once([&](int t) { work[t](scenes[static_cast<std::size_t>(t + turn[t]++) % kThreads]); });
}

}  // namespace
}  // namespace treewalk
