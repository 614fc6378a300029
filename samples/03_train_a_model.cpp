// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// 03_train_a_model RECIPE.json DATA MODEL.treewalk: trains on DATA/train and measures on DATA/val, without the program.
// Any reader that fills a treewalk::Cloud can stand in for read_cloud, so other file formats need no conversion.
#include <treewalk/io.h>
#include <treewalk/trainer.h>

#include <exception>
#include <iostream>

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: 03_train_a_model RECIPE.json DATA MODEL.treewalk\n";
    return 2;
  }
  treewalk::TrainingOptions training;
  training.recipe = argv[1];
  training.data = argv[2];
  training.output = argv[3];
  training.read = treewalk::read_cloud;
  training.progress = [](const treewalk::TrainingProgress& progress) {
    if (!progress.message.empty()) std::cout << progress.message << std::endl;
    return true;
  };
  treewalk::train(training);

  treewalk::EvaluationOptions evaluation;
  evaluation.data = argv[2];
  evaluation.split = "val";
  evaluation.read = treewalk::read_cloud;
  const auto figures = treewalk::evaluate(treewalk::load_model(argv[3]), evaluation);
  std::cout << "mean IoU " << figures.mean_iou << ", kappa " << figures.kappa << '\n';
  return 0;
} catch (const std::exception& error) {
  std::cerr << "03_train_a_model: " << error.what() << '\n';
  return 1;
}
