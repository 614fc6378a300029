// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What a batch of whole objects and their parts is made of.
#include "core/training/data_loader.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/training_fixture.h"

namespace treewalk {
namespace {

using test::Objects;

Recipe recipe_with(const std::function<void(Json&)>& change) {
  auto json = test::small_parts_recipe();
  change(json);
  return parse_recipe(json);
}

/// A batch and the recipe it was made from.
struct Made {
  Recipe recipe;
  Batch batch;
  explicit Made(const std::function<void(Json&)>& change, std::int64_t step = 0, std::uint64_t seed = 1)
      : recipe(recipe_with(change)) {
    const Network network(recipe);
    const auto data = std::make_shared<Objects>(4, 4);
    batch = DataLoader(recipe, network, list_data(*data, "train", recipe), data, seed)(step);
  }
};

std::vector<int> list(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<int>(), tensor.const_data_ptr<int>() + tensor.numel()};
}

/// Positions [n,3] of cloud b of a batch, in the cloud's grid.
at::Tensor positions(const Batch& batch, int b) {
  const auto first = list(batch.input.scene.cloud_point);
  return batch.input.scene.position.narrow(0, first[b], first[b + 1] - first[b]).to(at::kDouble);
}

void plain(Json& json) {
  json["training"]["augment"] = Json::object();
  json["training"]["augment_before"] = Json::object();
}

TEST(DataLoader, MakesBatchesWithTargetsThatSumToOne) {
  const Made made([](Json& j) { j["training"]["label_smoothing"] = 0.2; });
  const auto& batch = made.batch;
  ASSERT_EQ(batch.input.scene.clouds(), 4);
  EXPECT_EQ(batch.points, 4 * 300);
  EXPECT_EQ(batch.input.scene.size(), 4 * 300);
  const auto place = list(batch.input.points.place), first = list(batch.input.scene.cloud_point);
  EXPECT_EQ(place.size(), 4u * 200) << "a quarter of the loss points from each cloud";
  EXPECT_TRUE(std::adjacent_find(place.begin(), place.end(), std::greater_equal<>()) == place.end());
  ASSERT_EQ(batch.target.sizes(), at::IntArrayRef({800, 4}));
  EXPECT_TRUE(at::allclose(batch.target.sum(1), at::ones({800})));
  EXPECT_TRUE(batch.cell_target.empty());
  for (int b = 0; b < 4; ++b) {
    const auto in_cloud =
        std::count_if(place.begin(), place.end(), [&](int p) { return p >= first[b] && p < first[b + 1]; });
    EXPECT_EQ(in_cloud, 200);
  }
}

TEST(DataLoader, SmoothingStaysWithinTheCategory) {
  const Made made([](Json& j) {
    j["training"]["label_smoothing"] = 0.2;
    j["training"]["category_smoothing"] = 0.1;
  });
  const auto& batch = made.batch;
  const auto place = list(batch.input.points.place), first = list(batch.input.scene.cloud_point);
  const auto category = list(batch.category);
  const auto* target = batch.target.const_data_ptr<float>();
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
  ASSERT_EQ(batch.category_target.sizes(), at::IntArrayRef({4, 2}));
  for (int b = 0; b < 4; ++b) {
    EXPECT_FLOAT_EQ(batch.category_target[b][category[b]].item<float>(), 0.95f);
    EXPECT_FLOAT_EQ(batch.category_target[b][1 - category[b]].item<float>(), 0.05f);
  }
}

TEST(DataLoader, LabelsBelongToTheirPoints) {
  // Of either object the first part lies above the second: the highest of one is below the lowest of the other.
  const Made made(plain);
  const auto& batch = made.batch;
  const auto place = list(batch.input.points.place), first = list(batch.input.scene.cloud_point);
  const auto category = list(batch.category);
  const auto best = batch.target.argmax(1);
  std::vector<double> low(4, 1e9), high(4, -1e9);
  int cloud = 0, parts[4] = {0, 0, 0, 0};
  for (std::size_t i = 0; i < place.size(); ++i) {
    while (place[i] >= first[cloud + 1]) ++cloud;
    const double z = batch.input.scene.position[place[i]][2].item<double>();
    const auto part = best[i].item<std::int64_t>();
    EXPECT_EQ(part / 2, category[cloud]);
    ++parts[part];
    auto& limit = part % 2 == 0 ? low[cloud] : high[cloud];
    limit = part % 2 == 0 ? std::min(limit, z) : std::max(limit, z);
  }
  for (int b = 0; b < 4; ++b) EXPECT_GE(low[b], high[b] - 1e-6) << b;
  EXPECT_EQ(parts[0] + parts[1] + parts[2] + parts[3], 800);
}

TEST(DataLoader, CellTargetsAreSharesOfTheLabelledPoints) {
  const Made made([](Json& j) { j["training"]["auxiliary"] = 0.3; });
  const auto& scene = made.batch.input.scene;
  ASSERT_EQ(made.batch.cell_target.size(), 4u);
  const auto category = list(made.batch.category);
  for (int l = 0; l < 4; ++l) {
    const auto& target = made.batch.cell_target[l];
    ASSERT_EQ(target.size(0), scene.hierarchy.size(l));
    const auto sum = target.sum(1);
    EXPECT_TRUE(((sum - 1).abs().lt(1e-5) | (sum == 0)).all().item<bool>());
  }
  for (int b = 0; b < 4; ++b) {
    const auto root = made.batch.cell_target[3][b];
    for (int c = 0; c < 4; ++c)
      EXPECT_NEAR(root[c].item<float>(), c / 2 == category[b] ? 0.5 : 0, 0.12) << "half of each part";
  }
}

TEST(DataLoader, DependsOnSeedAndStepOnly) {
  const auto same = [](const Batch& a, const Batch& b) {
    return at::equal(a.target, b.target) && a.input.scene.position.sizes() == b.input.scene.position.sizes() &&
           at::equal(a.input.scene.position, b.input.scene.position) &&
           at::equal(a.input.points.place, b.input.points.place) && at::equal(a.category, b.category);
  };
  const auto nothing = [](Json&) {};
  const Made first(nothing, 3), again(nothing, 3), next(nothing, 4), other(nothing, 3, 2);
  EXPECT_TRUE(same(first.batch, again.batch));
  EXPECT_FALSE(same(first.batch, next.batch));
  EXPECT_FALSE(same(first.batch, other.batch));
}

TEST(DataLoader, AugmentBeforeActsBeforeThePoseAndAugmentAfterIt) {
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
  const auto pose_error = [](const Batch& batch) {
    double error = 0;
    for (int b = 0; b < 4; ++b) {
      const auto x = positions(batch, b), centred = x - x.mean(0);
      const auto covariance = centred.t().mm(centred) / x.size(0);
      for (int a = 0; a < 3; ++a)
        for (int c = 0; c < a; ++c)
          error = std::max({error, std::abs(covariance[a][c].item<double>()),
                            covariance[a][a].item<double>() - covariance[c][c].item<double>()});
      error = std::max(error, std::abs(centred.norm(2, 1).max().item<double>() - 1));
    }
    return error;
  };
  EXPECT_LT(pose_error(none.batch), 1e-5);
  EXPECT_LT(pose_error(before.batch), 1e-5);
  EXPECT_GT(pose_error(after.batch), 0.05);
  // The stretch did something: the variances are others.
  const auto variances = [](const Batch& batch) { return positions(batch, 0).var(0); };
  EXPECT_GT((variances(before.batch) - variances(none.batch)).abs().max().item<double>(), 1e-3);
}

TEST(DataLoader, ACloudIsToldTheSizeThatItHad) {
  for (const char* key : {"augment_before", "augment"}) {
    const Made made([key](Json& j) {
      plain(j);
      j["features"] = {"size"};
      j["network"]["points"] = 0;
      j["training"][key] = Json{{"stretch", {0.5, 2}}, {"scale", {3, 3}}};
    });
    std::vector<float> told, had;
    for (int b = 0; b < 4; ++b) {
      told.push_back(made.batch.input.scene.cell[3][b][0].item<float>());
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

TEST(DataLoader, SizeJitterVariesTheSizeThatIsTold) {
  const auto sizes = [](double jitter) {
    const Made made([jitter](Json& j) {
      plain(j);
      j["features"] = {"size"};
      j["training"]["size_jitter"] = jitter;
    });
    return made.batch.input.scene.cell[3].clone();
  };
  const auto none = sizes(0), some = sizes(0.5), same = sizes(0.5);
  EXPECT_TRUE(at::equal(some, same));
  EXPECT_GT((some - none).abs().min().item<float>(), 0);
  EXPECT_LT((some - none).abs().max().item<float>(), 3);
}

}  // namespace
}  // namespace treewalk
