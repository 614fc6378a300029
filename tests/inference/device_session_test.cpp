// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Sessions on a device that stands in for a GPU: the CPU's labels, and three waits: for the numbers of the octree's
// cells and of their siblings, and for the labels. Objects, whose cells have as many siblings as are asked for, wait
// for their normalisation instead.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/stand_in/device.h"
#include "tests/support/error_of.h"
#include "tests/support/small_networks.h"
#include "treewalk/memory.h"
#include "treewalk/session.h"

namespace treewalk {
namespace {

using test::fresh_model;
using Waits = std::vector<std::string>;

const std::string kCopy = "copy to the host";
const Waits kOctree{kCopy};         // the numbers of its cells; the host knows the box of its points
const Waits kSiblings{kCopy};       // the numbers of those that are near, of all levels
const Waits kNormalisation{kCopy};  // viewpoint, scale and box of a normalised object

Waits operator+(Waits a, const Waits& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Every label; on a real GPU one in a thousand may be the other of two classes that tie, as the confidences then say.
void expect_same_labels(const std::vector<std::uint32_t>& found, const std::vector<std::uint32_t>& expected) {
  if (test::counts_traffic()) {
    EXPECT_EQ(found, expected);
    return;
  }
  ASSERT_EQ(found.size(), expected.size());
  std::size_t other = 0;
  for (std::size_t i = 0; i < found.size(); ++i) other += found[i] != expected[i];
  EXPECT_LE(other, found.size() / 1000);
}

/// The result on the stand-in, after it was compared with the CPU's, and what the host waited for.
struct Run {
  Segmentation result;
  Waits waits;
  std::int64_t bytes_sent = 0;
};
Run segment(const std::shared_ptr<const Model>& model, const Cloud& cloud, RunOptions options = {},
            const std::string& category = "") {
  options.device = "cpu";
  const auto expected = Session(model, options).segment(cloud.view(), category);
  options.device = test::tested_device().str();
  const Session session(model, options);
  test::reset_traffic();
  const auto found = session.segment(cloud.view(), category);
  const auto traffic = test::traffic();
  expect_same_labels(found.label, expected.label);
  EXPECT_LE(found.tiles, expected.tiles) << "what is kept of leaves does not lie on the device";
  EXPECT_EQ(found.tiles == 1, expected.tiles == 1);
  EXPECT_EQ(found.probability.size(), expected.probability.size());
  const auto expect_near = [](const std::vector<float>& a, const std::vector<float>& b) {
    for (std::size_t i = 0; i < b.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-5);
  };
  expect_near(found.confidence, expected.confidence);
  expect_near(found.probability, expected.probability);
  EXPECT_EQ(found.categories.size(), expected.categories.size());
  for (std::size_t c = 0; c < expected.categories.size(); ++c) {
    EXPECT_EQ(found.categories[c].name, expected.categories[c].name);
    EXPECT_NEAR(found.categories[c].probability, expected.categories[c].probability, 1e-5);
  }
  return {found, traffic.waits, traffic.to_device_bytes};
}

std::shared_ptr<const Model> shipped(const std::string& name) {
  return load_model(std::string(TREEWALK_SHIPPED_MODELS) + "/" + name + ".treewalk");
}

TEST(DeviceSession, ShippedModelsGiveTheCpusLabels) {
  EXPECT_TRUE(test::waits_are(segment(shipped("tabletop"), test::small_table(1, 5000)).waits,
                              kOctree + kSiblings + Waits{kCopy}));
  // For heights over the ground: the box, how many blocks of the raster hold points, and which.
  const Waits raster{kCopy, "aten::_unique2", kCopy};
  EXPECT_TRUE(test::waits_are(segment(shipped("terrain"), test::small_terrain(5000)).waits,
                              kOctree + kSiblings + raster + Waits{kCopy}));
  EXPECT_TRUE(test::waits_are(segment(shipped("parts"), test::small_object(true, 2, 3000)).waits,
                              (kNormalisation + kOctree + Waits{"item", kCopy})));
}

TEST(DeviceSession, CalibratedProbabilitiesComeInTheSameCopy) {
  RunOptions options;
  options.probabilities = true;
  const auto run = segment(fresh_model(test::small_recipe(), {1.7}), test::small_table(2), options);
  EXPECT_TRUE(test::waits_are(run.waits, kOctree + kSiblings + Waits{kCopy}));
  EXPECT_EQ(run.result.probability.size(), 8000u);
}

TEST(DeviceSession, CloudsInTilesHaveTheCpusLabels) {
  auto recipe = test::small_recipe();
  recipe["features"] = {"normal", "shape", "offset", "ancestors"};
  RunOptions options;
  options.memory_mb = 12;
  const auto run = segment(fresh_model(recipe), test::small_table(3, 40000), options);
  EXPECT_GT(run.result.tiles, 1);
  // What leaves have of their points, in two pieces of three arrays; the numbers of siblings of the coarse levels, and
  // of each tile in both sweeps; and each tile's probabilities.
  EXPECT_TRUE(test::waits_are(run.waits, Waits(2 * 3 + 1 + 3 * run.result.tiles, kCopy)));
}

TEST(DeviceSession, CloudsInTilesHaveTheClustersOfTheWhole) {
  for (const char* hierarchy : {"position", "learned"}) {
    auto recipe = test::small_recipe();
    recipe["features"] = {"normal", "shape", "offset", "ancestors"};
    recipe["network"].update({{"hierarchy", hierarchy}, {"levels", 4}, {"widths", {16, 16, 16, 16}}});
    const auto model = fresh_model(recipe);
    const auto cloud = test::small_table(3, 60000);
    RunOptions options;
    options.probabilities = true;
    options.scale = {6, 6, 6};  // so that there are cells enough
    const auto whole = segment(model, cloud, options);
    for (const auto& device : {std::string("cpu"), test::tested_device().str()}) {  // whichever needs more
      auto on = options;
      on.device = device;
      on.memory_mb = 1;
      try {
        Session(model, on).segment(cloud.view());
      } catch (const TooLittleMemory& error) {
        options.memory_mb = std::max(options.memory_mb, error.least_mb);
      }
    }
    const auto tiles = segment(model, cloud, options);
    EXPECT_EQ(whole.result.tiles, 1);
    EXPECT_GT(tiles.result.tiles, 1);
    EXPECT_EQ(tiles.result.probability, whole.result.probability) << hierarchy;
    options.device = test::tested_device().str();
    const auto found = Session(model, options).clusters(cloud.view(), 2).cluster;
    options.memory_mb = 0;
    EXPECT_EQ(found, Session(model, options).clusters(cloud.view(), 2).cluster) << hierarchy;
  }
}

TEST(DeviceSession, ObjectsOfPartsAlsoWaitForTheRowsOfTheirPoints) {
  const auto model = fresh_model(test::small_parts_recipe());
  for (const int points : {200, 2000})  // as many as the model looks at are 300
    for (const char* category : {"", "lolly"}) {
      SCOPED_TRACE(std::to_string(points) + " points " + category);
      const auto run = segment(model, test::small_object(true, 1, points), {}, category);
      EXPECT_TRUE(test::waits_are(run.waits, (kNormalisation + kOctree + Waits{"item", kCopy})));
      if (!test::counts_traffic()) continue;
      EXPECT_GE(run.bytes_sent, 12 * points);
      EXPECT_LT(run.bytes_sent, 12 * points + 2000) << "positions travel once; what the network sends is small";
    }
}

TEST(DeviceSession, OddCloudsGetTheCpusLabels) {
  for (const int points : {1, 2, 40}) segment(fresh_model(test::small_recipe()), test::small_table(1, points));
  segment(fresh_model(test::small_parts_recipe()), test::small_object(false, 1, 1));
  const auto empty = segment(fresh_model(test::small_recipe()), test::labelled_cloud({}, {}));
  EXPECT_TRUE(empty.waits.empty());
}

class DeviceClassification : public ::testing::TestWithParam<bool> {};

TEST_P(DeviceClassification, IsTheCpus) {
  const auto model = GetParam() ? shipped("shapes10") : fresh_model(test::small_classification_recipe());
  const auto cloud = test::small_shape(true, 1);
  RunOptions options;
  options.device = "cpu";
  const auto expected = Session(model, options).classify(cloud.view());
  options.device = test::tested_device().str();
  const Session session(model, options);
  test::reset_traffic();
  const auto found = session.classify(cloud.view());
  const Waits siblings = GetParam() ? Waits{} : kSiblings;  // the fresh model's cells have a size of their own
  EXPECT_TRUE(test::waits_are(test::traffic().waits, kNormalisation + kOctree + siblings + Waits{kCopy}));
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t c = 0; c < found.size(); ++c) {
    EXPECT_EQ(found[c].id, expected[c].id);
    EXPECT_NEAR(found[c].probability, expected[c].probability, 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, DeviceClassification, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Shipped" : "Fresh"; });

TEST(DeviceSession, ADeviceThatIsNotThereIsAnError) {
  const auto complaint = [](const std::string& device) {
    RunOptions options;
    options.device = device;
    return error_of([&] { Session(fresh_model(test::small_recipe()), options); });
  };
  EXPECT_EQ(complaint("stand_in:0"), "");
  EXPECT_NE(complaint("stand_in:1").find("finds 1 of its kind"), std::string::npos);
  EXPECT_NE(complaint("cuda:99").find("\"cuda:99\" is not available"), std::string::npos);
  EXPECT_NE(complaint("tpu").find("unknown device"), std::string::npos);
  EXPECT_NE(complaint("meta").find("unknown device"), std::string::npos);
}

}  // namespace
}  // namespace treewalk
