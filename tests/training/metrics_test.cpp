// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace treewalk {
namespace {

// truth \ prediction   a   b   c        in truth a 10, b 6, c 4; in prediction a 9, b 8, c 3
//                a     8   2   0
//                b     1   5   0
//                c     0   1   3
Confusion example() {
  Confusion confusion(3);
  confusion.add(0, 0, 8);
  confusion.add(0, 1, 2);
  confusion.add(1, 0, 1);
  confusion.add(1, 1, 5);
  confusion.add(2, 1);
  confusion.add(2, 2, 3);
  return confusion;
}

TEST(Confusion, GivesTheFiguresOfAHandMadeTable) {
  const Confusion confusion = example();
  EXPECT_EQ(confusion.total(), 20);
  EXPECT_EQ(confusion.in_truth(0), 10);
  EXPECT_EQ(confusion.in_prediction(1), 8);
  EXPECT_DOUBLE_EQ(confusion.overall_accuracy(), 16.0 / 20);
  EXPECT_DOUBLE_EQ(confusion.accuracy(0), 8.0 / 10);
  EXPECT_DOUBLE_EQ(confusion.accuracy(1), 5.0 / 6);
  EXPECT_DOUBLE_EQ(confusion.accuracy(2), 3.0 / 4);
  EXPECT_DOUBLE_EQ(confusion.mean_class_accuracy(), (8.0 / 10 + 5.0 / 6 + 3.0 / 4) / 3);
  EXPECT_DOUBLE_EQ(confusion.iou(0), 8.0 / 11);
  EXPECT_DOUBLE_EQ(confusion.iou(1), 5.0 / 9);
  EXPECT_DOUBLE_EQ(confusion.iou(2), 3.0 / 4);
  EXPECT_DOUBLE_EQ(confusion.mean_iou(), (8.0 / 11 + 5.0 / 9 + 3.0 / 4) / 3);
  const double chance = (10.0 * 9 + 6.0 * 8 + 4.0 * 3) / 400;  // 0.375
  EXPECT_DOUBLE_EQ(confusion.kappa(), (0.8 - chance) / (1 - chance));
}

TEST(Confusion, KappaIsOneForPerfectAndZeroForChance) {
  Confusion perfect(2), chance(2);
  perfect.add(0, 0, 3);
  perfect.add(1, 1, 5);
  EXPECT_DOUBLE_EQ(perfect.kappa(), 1);
  for (int truth = 0; truth < 2; ++truth)
    for (int prediction = 0; prediction < 2; ++prediction) chance.add(truth, prediction, 4);
  EXPECT_DOUBLE_EQ(chance.kappa(), 0);
}

TEST(Confusion, LeavesIgnoredTruthOut) {
  Confusion confusion(2);
  confusion.add(-1, 0, 100);
  EXPECT_EQ(confusion.total(), 0);
  EXPECT_THROW(confusion.add(2, 0), std::exception);
  EXPECT_THROW(confusion.add(0, -1), std::exception);
}

TEST(Confusion, MeansCoverOnlyClassesThatOccur) {
  Confusion confusion(4);  // class 2 is only predicted, class 3 occurs nowhere
  confusion.add(0, 0, 6);
  confusion.add(0, 2, 2);
  confusion.add(1, 1, 4);
  EXPECT_TRUE(std::isnan(confusion.accuracy(2)));
  EXPECT_TRUE(std::isnan(confusion.iou(3)));
  EXPECT_DOUBLE_EQ(confusion.iou(2), 0);
  EXPECT_DOUBLE_EQ(confusion.mean_class_accuracy(), (6.0 / 8 + 1) / 2);
  EXPECT_DOUBLE_EQ(confusion.mean_iou(), (6.0 / 8 + 1 + 0) / 3);
  EXPECT_DOUBLE_EQ(confusion.mean_iou({true, true, false, true}), (6.0 / 8 + 1) / 2) << "the truth knows no class 2";
}

TEST(Confusion, NothingCountedGivesZeros) {
  const Confusion confusion(2);
  EXPECT_EQ(confusion.overall_accuracy(), 0);
  EXPECT_EQ(confusion.mean_class_accuracy(), 0);
  EXPECT_EQ(confusion.mean_iou(), 0);
  EXPECT_EQ(confusion.kappa(), 0);
}

TEST(Confusion, KappaIsZeroWhenOneClassIsAllThereIs) {
  Confusion confusion(2);
  confusion.add(1, 1, 9);
  EXPECT_EQ(confusion.kappa(), 0);
}

TEST(Confusion, AddsTables) {
  Confusion sum = example();
  sum.add(example());
  EXPECT_EQ(sum.total(), 40);
  EXPECT_DOUBLE_EQ(sum.kappa(), example().kappa());
  EXPECT_THROW(sum.add(Confusion(2)), std::exception);
}

TEST(Reliability, GivesTheErrorOfAHandMadeExample) {
  Reliability reliability;
  EXPECT_EQ(reliability.expected_error(), 0);
  reliability.add(0.95, true);  // the last bin: two pairs, one right, 1.9 expected: off by 0.9
  reliability.add(0.95, false);
  reliability.add(0.55, true);  // a bin of its own: off by 0.45
  EXPECT_NEAR(reliability.expected_error(), (0.9 + 0.45) / 3, 1e-12);
  EXPECT_EQ(reliability.total(), 3);
}

TEST(Reliability, OverAndUnderConfidenceInOneBinCancelButNotAcrossBins) {
  Reliability same, other;
  same.add(0.61, true);
  same.add(0.65, false);  // both in [0.6, 0.667)
  other.add(0.61, true);
  other.add(0.68, false);
  EXPECT_NEAR(same.expected_error(), 0.26 / 2, 1e-12);
  EXPECT_NEAR(other.expected_error(), (0.39 + 0.68) / 2, 1e-12);
}

TEST(Reliability, TakesTheEndsOfTheRangeAndAddsUp) {
  Reliability a, b;
  a.add(0, false);
  a.add(1, true);
  EXPECT_EQ(a.expected_error(), 0);
  b.add(1, false);
  a.add(b);
  EXPECT_EQ(a.total(), 3);
  EXPECT_NEAR(a.expected_error(), 1.0 / 3, 1e-12);
}

TEST(Temperature, IsRecoveredFromRowsDrawnWithIt) {
  for (const double temperature : {0.4, 1.0, 2.5}) {
    std::mt19937_64 random(7);
    const auto uniform = [&] { return (static_cast<double>(random() >> 11) + 0.5) * 0x1p-53; };
    const int classes = 4;
    std::vector<float> rows;
    std::vector<int> truth;
    for (int i = 0; i < 30000; ++i) {
      double score[classes], sum = 0, drawn = 0;
      for (double& s : score) s = 2 * std::sqrt(-2 * std::log(uniform())) * std::cos(2 * M_PI * uniform());
      for (const double s : score) sum += std::exp(s), drawn += std::exp(s / temperature);
      for (const double s : score) rows.push_back(static_cast<float>(std::exp(s) / sum));
      double left = uniform() * drawn;
      int c = 0;
      while (c < classes - 1 && (left -= std::exp(score[c] / temperature)) > 0) ++c;
      truth.push_back(c);
    }
    EXPECT_NEAR(best_temperature(rows, truth, classes) / temperature, 1, 0.04) << temperature;
  }
}

TEST(Temperature, StaysInItsRange) {
  EXPECT_EQ(best_temperature({}, {}, 3), 1);
  const std::vector<float> sure{0.9f, 0.1f, 0.2f, 0.8f};
  EXPECT_NEAR(best_temperature(sure, {0, 1}, 2), 0.05, 0.001) << "always right";
  EXPECT_NEAR(best_temperature(sure, {1, 0}, 2), 20, 0.02) << "always wrong";
  const double impossible = best_temperature({1.0f, 0.0f, 1.0f, 0.0f}, {1, 0}, 2);
  EXPECT_TRUE(impossible >= 0.05 && impossible <= 20) << impossible;
}

TEST(ShapeIou, CountsAbsentPartsAsOne) {
  Confusion shape(5);  // parts 0, 1 and 2 are the shape's; 2 neither occurs nor is predicted
  shape.add(0, 0, 6);
  shape.add(0, 1, 2);
  shape.add(1, 1, 4);
  EXPECT_DOUBLE_EQ(shape_iou(shape, {0, 1, 2}), (6.0 / 8 + 4.0 / 6 + 1) / 3);
  EXPECT_DOUBLE_EQ(shape_iou(shape, {0, 1}), (6.0 / 8 + 4.0 / 6) / 2);
}

TEST(ShapeIou, PredictionsOfOtherObjectsPartsAreWrong) {
  Confusion shape(5);
  shape.add(0, 0, 6);
  shape.add(0, 4, 2);
  shape.add(1, 4, 4);
  EXPECT_DOUBLE_EQ(shape_iou(shape, {0, 1}), (6.0 / 8 + 0) / 2);
  shape.add(1, 2, 1);  // predicted though absent: 0 instead of 1
  EXPECT_DOUBLE_EQ(shape_iou(shape, {0, 1, 2}), (6.0 / 8 + 0 + 0) / 3);
  EXPECT_EQ(shape_iou(shape, {}), 0);
}

}  // namespace
}  // namespace treewalk
