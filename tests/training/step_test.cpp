// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What a training step on whole objects and their parts is made of.
#include "core/training/step.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/training/dataset.h"
#include "tests/support/training_fixture.h"

namespace treewalk {
namespace {

using test::Objects;

Recipe recipe_with(const std::function<void(Json&)>& change) {
  auto json = test::small_parts_recipe();
  change(json);
  return parse_recipe(json);
}

/// A step and the recipe it was made from.
struct Made {
  Recipe recipe;
  TrainingStep step;
  explicit Made(const std::function<void(Json&)>& change, std::int64_t number = 0, std::uint64_t seed = 1)
      : recipe(recipe_with(change)) {
    const Network network(recipe);
    const auto data = std::make_shared<Objects>(4, 4);
    step = StepMaker(recipe, network, list_data(*data, "train", recipe), data, seed)(number);
  }
};

std::vector<int> list(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<int>(), tensor.const_data_ptr<int>() + tensor.numel()};
}

/// Positions [n,3] of cloud b of a step, in the cloud's grid.
at::Tensor positions(const TrainingStep& step, int b) {
  const auto first = list(step.input.scene.cloud_point);
  return step.input.scene.position.narrow(0, first[b], first[b + 1] - first[b]).to(at::kDouble);
}

void plain(Json& json) {
  json["training"]["augment"] = Json::object();
  json["training"]["augment_before"] = Json::object();
}

TEST(Step, IsOneBatchWithTargetsThatSumToOne) {
  const Made made([](Json& j) { j["training"]["label_smoothing"] = 0.2; });
  const auto& step = made.step;
  ASSERT_EQ(step.input.scene.clouds(), 4);
  EXPECT_EQ(step.points, 4 * 300);
  EXPECT_EQ(step.input.scene.size(), 4 * 300);
  const auto place = list(step.input.points.place), first = list(step.input.scene.cloud_point);
  EXPECT_EQ(place.size(), 4u * 200) << "a quarter of the loss points from each cloud";
  EXPECT_TRUE(std::adjacent_find(place.begin(), place.end(), std::greater_equal<>()) == place.end());
  ASSERT_EQ(step.target.sizes(), at::IntArrayRef({800, 4}));
  EXPECT_TRUE(at::allclose(step.target.sum(1), at::ones({800})));
  EXPECT_TRUE(step.cell_target.empty());
  for (int b = 0; b < 4; ++b) {
    const auto in_cloud =
        std::count_if(place.begin(), place.end(), [&](int p) { return p >= first[b] && p < first[b + 1]; });
    EXPECT_EQ(in_cloud, 200);
  }
}

TEST(Step, SmoothingStaysWithinTheCategory) {
  const Made made([](Json& j) {
    j["training"]["label_smoothing"] = 0.2;
    j["training"]["category_smoothing"] = 0.1;
  });
  const auto& step = made.step;
  const auto place = list(step.input.points.place), first = list(step.input.scene.cloud_point);
  const auto category = list(step.category);
  const auto* target = step.target.const_data_ptr<float>();
  int cloud = 0;
  for (std::size_t i = 0; i < place.size(); ++i) {
    while (place[i] >= first[cloud + 1]) ++cloud;
    std::vector<float> row(target + 4 * i, target + 4 * i + 4), own;
    for (int c = 0; c < 4; ++c) {
      if (c / 2 == category[cloud])
        own.push_back(row[c]);
      else
        EXPECT_EQ(row[c], 0);
    }
    std::sort(own.begin(), own.end());
    EXPECT_FLOAT_EQ(own[0], 0.1f);
    EXPECT_FLOAT_EQ(own[1], 0.9f);
  }
  ASSERT_EQ(step.category_target.sizes(), at::IntArrayRef({4, 2}));
  for (int b = 0; b < 4; ++b) {
    EXPECT_FLOAT_EQ(step.category_target[b][category[b]].item<float>(), 0.95f);
    EXPECT_FLOAT_EQ(step.category_target[b][1 - category[b]].item<float>(), 0.05f);
  }
}

TEST(Step, LabelsBelongToTheirPoints) {
  // Of either object the first part lies above the second: the highest of one is below the lowest of the other.
  const Made made(plain);
  const auto& step = made.step;
  const auto place = list(step.input.points.place), first = list(step.input.scene.cloud_point);
  const auto category = list(step.category);
  const auto best = step.target.argmax(1);
  std::vector<double> low(4, 1e9), high(4, -1e9);
  int cloud = 0, parts[4] = {0, 0, 0, 0};
  for (std::size_t i = 0; i < place.size(); ++i) {
    while (place[i] >= first[cloud + 1]) ++cloud;
    const double z = step.input.scene.position[place[i]][2].item<double>();
    const auto part = best[i].item<std::int64_t>();
    EXPECT_EQ(part / 2, category[cloud]);
    ++parts[part];
    auto& limit = part % 2 == 0 ? low[cloud] : high[cloud];
    limit = part % 2 == 0 ? std::min(limit, z) : std::max(limit, z);
  }
  for (int b = 0; b < 4; ++b) EXPECT_GE(low[b], high[b] - 1e-6) << b;
  EXPECT_EQ(parts[0] + parts[1] + parts[2] + parts[3], 800);
}

TEST(Step, CellTargetsAreSharesOfTheLabelledPoints) {
  const Made made([](Json& j) { j["training"]["auxiliary"] = 0.3; });
  const auto& scene = made.step.input.scene;
  ASSERT_EQ(made.step.cell_target.size(), 4u);
  const auto category = list(made.step.category);
  for (int l = 0; l < 4; ++l) {
    const auto& target = made.step.cell_target[l];
    ASSERT_EQ(target.size(0), scene.hierarchy.size(l));
    const auto sum = target.sum(1);
    EXPECT_TRUE(((sum - 1).abs().lt(1e-5) | (sum == 0)).all().item<bool>());
  }
  for (int b = 0; b < 4; ++b) {
    const auto root = made.step.cell_target[3][b];
    for (int c = 0; c < 4; ++c)
      EXPECT_NEAR(root[c].item<float>(), c / 2 == category[b] ? 0.5 : 0, 0.12) << "half of each part";
  }
}

TEST(Step, DependsOnSeedAndNumberOnly) {
  const auto same = [](const TrainingStep& a, const TrainingStep& b) {
    return at::equal(a.target, b.target) && a.input.scene.position.sizes() == b.input.scene.position.sizes() &&
           at::equal(a.input.scene.position, b.input.scene.position) &&
           at::equal(a.input.points.place, b.input.points.place) && at::equal(a.category, b.category);
  };
  const auto nothing = [](Json&) {};
  const Made first(nothing, 3), again(nothing, 3), next(nothing, 4), other(nothing, 3, 2);
  EXPECT_TRUE(same(first.step, again.step));
  EXPECT_FALSE(same(first.step, next.step));
  EXPECT_FALSE(same(first.step, other.step));
}

TEST(Step, AugmentBeforeActsBeforeThePoseAndAugmentAfterIt) {
  // Stretched before, a cloud is brought into its principal frame and the unit sphere; stretched after, it is not.
  const auto with = [](const char* key) {
    return [key](Json& j) {
      plain(j);
      j["network"]["frame"] = "principal";
      j["training"][key] = Json{{"stretch", {0.5, 2}}};
    };
  };
  const Made before(with("augment_before")), after(with("augment")), none([&](Json&j) {
    plain(j);
    j["network"]["frame"] = "principal";
  });
  const auto pose_error = [](const TrainingStep& step) {
    double error = 0;
    for (int b = 0; b < 4; ++b) {
      const auto x = positions(step, b), centred = x - x.mean(0);
      const auto covariance = centred.t().mm(centred) / x.size(0);
      for (int a = 0; a < 3; ++a)
        for (int c = 0; c < a; ++c)
          error = std::max({error, std::abs(covariance[a][c].item<double>()),
                            covariance[a][a].item<double>() - covariance[c][c].item<double>()});
      error = std::max(error, std::abs(centred.norm(2, 1).max().item<double>() - 1));
    }
    return error;
  };
  EXPECT_LT(pose_error(none.step), 1e-5);
  EXPECT_LT(pose_error(before.step), 1e-5);
  EXPECT_GT(pose_error(after.step), 0.05);
  // The stretch did something: the variances are others.
  const auto variances = [](const TrainingStep& step) { return positions(step, 0).var(0); };
  EXPECT_GT((variances(before.step) - variances(none.step)).abs().max().item<double>(), 1e-3);
}

TEST(Step, ACloudIsToldTheSizeThatItHad) {
  for (const char* key : {"augment_before", "augment"}) {
    const Made made([key](Json& j) {
      plain(j);
      j["features"] = {"size"};
      j["network"]["points"] = 0;
      j["training"][key] = Json{{"stretch", {0.5, 2}}, {"scale", {3, 3}}};
    });
    std::vector<float> told, had;
    for (int b = 0; b < 4; ++b) {
      told.push_back(made.step.input.scene.cell[3][b][0].item<float>());
    }
    const Objects objects(4, 4);
    for (const auto& entry : objects.list("train")) {
      const auto cloud = objects.read(entry);
      double longest = 0;
      for (const char* axis : {"x", "y", "z"}) {
        double low = 1e9, high = -1e9;
        for (std::int64_t i = 0; i < cloud.size(); ++i) {
          const double x = cloud.view().value(i, *cloud.view().find(axis));
          low = std::min(low, x);
          high = std::max(high, x);
        }
        longest = std::max(longest, high - low);
      }
      had.push_back(static_cast<float>(std::log(longest)));
    }
    for (const float size : told)
      EXPECT_TRUE(std::any_of(had.begin(), had.end(), [&](float h) { return std::abs(h - size) < 1e-4; })) << size;
  }
}

TEST(Step, SizeJitterVariesTheSizeThatIsTold) {
  const auto sizes = [](double jitter) {
    const Made made([jitter](Json& j) {
      plain(j);
      j["features"] = {"size"};
      j["training"]["size_jitter"] = jitter;
    });
    return made.step.input.scene.cell[3].clone();
  };
  const auto none = sizes(0), some = sizes(0.5), same = sizes(0.5);
  EXPECT_TRUE(at::equal(some, same));
  EXPECT_GT((some - none).abs().min().item<float>(), 0);
  EXPECT_LT((some - none).abs().max().item<float>(), 3);
}

}  // namespace
}  // namespace treewalk
