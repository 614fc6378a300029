// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Training on whole objects and their parts: steps, training, calibration, figures.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/model/model_file.h"
#include "core/training/calibrate.h"
#include "core/training/dataset.h"
#include "core/training/step.h"
#include "tests/small_scenes.h"
#include "tests/training_fixture.h"

namespace treewalk {
namespace {

/// Made-up objects: in each split so many of either kind, each from a seed of its own.
class Objects : public DataSet {
 public:
  Objects(int houses, int lollies) {
    for (int split = 0; split < 2; ++split) {
      auto& entries = split == 0 ? train_ : test_;
      for (int i = 0; i < houses; ++i) entries.push_back({"house/h" + std::to_string(100 * split + i), "made up", i});
      for (int i = 0; i < lollies; ++i) entries.push_back({"lolly/l" + std::to_string(100 * split + i), "made up", i});
    }
  }
  std::string name() const override { return "objects"; }
  std::vector<std::string> splits() const override { return {"train", "test"}; }
  std::vector<DataEntry> list(const std::string& split) const override { return split == "train" ? train_ : test_; }
  Cloud read(const DataEntry& entry) const override {
    const bool lolly = entry.name[0] == 'l';
    return test::small_object(lolly, std::stoul(entry.name.substr(7)) + (lolly ? 1000 : 0));
  }

 private:
  std::vector<DataEntry> train_, test_;
};

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

/// Trains small models of parts on made-up objects.
class PartsTrainer : public test::TrainingTest {
 protected:
  PartsTrainer() : TrainingTest(test::small_parts_recipe()) { options.data = std::make_shared<Objects>(6, 3); }
};

/// Mean -log p(truth) of the labelled points with their category given, and of the categories.
std::pair<double, double> log_loss(const std::shared_ptr<const Model>& model, const Objects& data) {
  RunOptions run;
  run.probabilities = true;
  const Session session(model, run);
  double points = 0, count = 0, categories = 0, clouds = 0;
  for (const auto& item : list_data(data, "test", model->recipe)) {
    const auto cloud = data.read(item);
    const auto& name = model->recipe.categories[item.cloud_label];
    const auto result = session.segment(cloud.view(), name), found = session.segment(cloud.view());
    const auto truth = class_of_points(cloud.view(), model->recipe);
    for (std::size_t i = 0; i < truth.size(); ++i) {
      if (truth[i] < 0) continue;
      points -= std::log(std::max(1e-30, double(result.probability[4 * i + truth[i]])));
      ++count;
    }
    for (const auto& score : found.categories)
      if (score.name == name) categories -= std::log(double(score.probability));
    ++clouds;
  }
  return {points / count, categories / clouds};
}

std::shared_ptr<const Model> with_temperatures(const Model& model, double temperature, double category_temperature) {
  auto copy = std::make_shared<Model>(model);
  copy->info.temperature = temperature;
  copy->info.category_temperature = category_temperature;
  return copy;
}

TEST_F(PartsTrainer, LearnsKindsAndPartsAndReportsThem) {
  auto recipe = test::small_parts_recipe();
  recipe["training"]["epochs"] = 16;
  recipe["training"]["ema"] = 0.9;
  recipe["training"]["learning_rate"] = 0.006;
  write_recipe(recipe);
  train(options);
  const auto model = load_model(options.output);
  EvaluationOptions how;
  how.data = options.data;
  const auto figures = evaluate(model, how);
  ASSERT_TRUE(figures.parts.has_value());
  EXPECT_EQ(figures.clouds, 9);
  EXPECT_EQ(figures.parts->category_accuracy, 1);
  EXPECT_GT(figures.overall_accuracy, 0.93);
  EXPECT_GT(figures.parts->overall_accuracy_given_class, 0.93);
  EXPECT_GT(figures.parts->instance_mean_iou, 0.85);
  EXPECT_LT(figures.expected_calibration_error, 0.2);

  // Objects that are taken one at a time give the same figures.
  for (const int threads : {1, 3}) {
    how.run.threads = threads;
    const auto again = evaluate(model, how);
    EXPECT_EQ(again.confusion, figures.confusion);
    EXPECT_EQ(again.expected_calibration_error, figures.expected_calibration_error);
    EXPECT_EQ(again.parts->instance_mean_iou_given_class, figures.parts->instance_mean_iou_given_class);
  }

  // The same figures from sessions, shape by shape.
  const Session session(model);
  const Objects objects(6, 3);
  std::map<std::string, std::vector<double>> iou, iou_given;
  double right = 0, counted = 0;
  for (const auto& entry : objects.list("test")) {
    const auto cloud = objects.read(entry);
    const std::string kind = entry.name.substr(0, 5);
    const auto mean_iou = [&](const Segmentation& result, bool count) {
      const int first = kind == "house" ? 0 : 2;
      double sum = 0;
      for (int part = first; part < first + 2; ++part) {
        double both = 0, either = 0;
        for (std::size_t i = 0; i < result.label.size(); ++i) {
          const int truth = static_cast<int>(cloud.view().value(i, *cloud.view().find("label"))) - 1;
          if (truth < 0) continue;
          const int label = static_cast<int>(result.label[i]) - 3;
          both += truth == part && label == part;
          either += truth == part || label == part;
          if (count && part == first) right += truth == label, ++counted;
        }
        sum += either > 0 ? both / either : 1;
      }
      return sum / 2;
    };
    iou[kind].push_back(mean_iou(session.segment(cloud.view()), false));
    iou_given[kind].push_back(mean_iou(session.segment(cloud.view(), kind), true));
  }
  const auto mean = [](const std::vector<double>& x) {
    double sum = 0;
    for (const double v : x) sum += v / static_cast<double>(x.size());
    return sum;
  };
  const auto instance = [&](auto& of) { return (6 * mean(of["house"]) + 3 * mean(of["lolly"])) / 9; };
  const auto category = [&](auto& of) { return (mean(of["house"]) + mean(of["lolly"])) / 2; };
  EXPECT_NEAR(figures.parts->instance_mean_iou, instance(iou), 1e-9);
  EXPECT_NEAR(figures.parts->category_mean_iou, category(iou), 1e-9);
  EXPECT_NEAR(figures.parts->instance_mean_iou_given_class, instance(iou_given), 1e-9);
  EXPECT_NEAR(figures.parts->category_mean_iou_given_class, category(iou_given), 1e-9);
  EXPECT_NEAR(figures.parts->overall_accuracy_given_class, right / counted, 1e-9);
  EXPECT_EQ(figures.points, static_cast<std::int64_t>(counted));

  // Calibration finds the temperatures of the least log loss, whatever the model had before.
  how.split = "test";
  const auto found = calibrate(model, how), again = calibrate(with_temperatures(*model, 3, 0.2), how);
  EXPECT_EQ(found.temperature, again.temperature);
  EXPECT_EQ(found.category_temperature, again.category_temperature);
  const auto loss = [&](double t, double c) { return log_loss(with_temperatures(*model, t, c), objects); };
  const auto best = loss(found.temperature, found.category_temperature);
  for (const double factor : {0.9, 1.1})
    EXPECT_LE(best.first, loss(found.temperature * factor, 1).first + 1e-7) << factor;
  const auto before = loss(1, 1);
  EXPECT_LE(best.first, before.first + 1e-7);
  EXPECT_LE(best.second, before.second + 1e-7);
  EXPECT_EQ(found.note["split"], "test");
  EXPECT_EQ(found.note["clouds"], 9);
  for (const char* key : {"error_before", "error_after", "category_error_before", "category_error_after"})
    EXPECT_TRUE(found.note.contains(key)) << key;
}

TEST_F(PartsTrainer, GivesTheSameBitsForAnyThreadCount) {
  options.threads = 1;
  const auto expected = trained(options);
  options.threads = 4;
  EXPECT_TRUE(trained(options) == expected);
}

TEST_F(PartsTrainer, ResumesBitForBitAfterACancel) {
  const auto expected = trained(options);
  auto stopped = options;
  stopped.progress = [](const TrainingProgress& p) { return p.step != 6; };
  EXPECT_THROW(train(stopped), Cancelled);
  options.resume = true;
  EXPECT_TRUE(trained(options) == expected);
}

/// The objects' test split under the name that training looks for.
class WithVal : public Objects {
 public:
  WithVal() : Objects(2, 2) {}
  std::vector<std::string> splits() const override { return {"train", "val"}; }
};

TEST_F(PartsTrainer, AModelIsCalibratedOnVal) {
  options.data = std::make_shared<WithVal>();
  train(options);
  const auto model = load_model(options.output);
  const auto& info = model_info(*model);
  const auto note = Json::parse(info.calibration), card = Json::parse(info.training_card);
  EXPECT_EQ(note["split"], "val");
  EXPECT_EQ(note["clouds"], 4);
  EXPECT_TRUE(card["accuracy"].contains("overall_accuracy_given_class")) << card;
  EvaluationOptions how;
  how.data = options.data;
  how.split = "val";
  const auto again = calibrate(model, how);
  EXPECT_EQ(info.temperature, again.temperature);
  EXPECT_EQ(info.category_temperature, again.category_temperature);
}

TEST_F(PartsTrainer, WithoutValTheRecipeSaysTheTemperatures) {
  auto recipe = test::small_parts_recipe();
  recipe["training"]["epochs"] = 1;
  recipe["training"]["temperature"] = 1.25;
  recipe["training"]["category_temperature"] = 0.5;
  write_recipe(recipe);
  train(options);
  const auto model = load_model(options.output);
  const auto& info = model_info(*model);
  EXPECT_EQ(info.temperature, 1.25);
  EXPECT_EQ(info.category_temperature, 0.5);
}

TEST_F(PartsTrainer, ErrorsNameTheChainTheyAreIn) {
  for (const std::string key : {"augment", "augment_before"}) {
    auto recipe = test::small_parts_recipe();
    recipe["training"][key] = Json{{"trun", 1}};
    write_recipe(recipe);
    try {
      train(options);
      FAIL();
    } catch (const Error& error) {
      for (const auto& part : {"training: " + key + ":", std::string("did you mean \"turn\"?")})
        EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
}

TEST_F(PartsTrainer, FoldersAreTheCategories) {
  class Unknown : public Objects {
   public:
    Unknown() : Objects(1, 1) {}
    std::vector<DataEntry> list(const std::string&) const override { return {{"hous/a", "hous/a.pcd"}}; }
  };
  options.data = std::make_shared<Unknown>();
  try {
    train(options);
    FAIL();
  } catch (const Error& error) {
    for (const char* part : {"no category \"hous\"", "did you mean \"house\"?", "\"lolly\""})
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace treewalk
