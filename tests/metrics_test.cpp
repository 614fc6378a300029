// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

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

}  // namespace
}  // namespace treewalk
