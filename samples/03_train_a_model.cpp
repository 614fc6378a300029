// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// 03_train_a_model RECIPE.json DATA MODEL.treewalk: trains on DATA/train and measures on DATA/val, without the program.
// DATA may have any layout of treewalk/layouts.h. For other formats, folder_data takes any function that reads a
// treewalk::Cloud from a file, and a treewalk::DataSet of your own may get its clouds from anywhere.
#include <treewalk/layouts.h>
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
  training.data = treewalk::open_data(argv[2]);
  training.output = argv[3];
  training.progress = [](const treewalk::TrainingProgress& progress) {
    if (!progress.message.empty()) std::cout << progress.message << std::endl;
    return true;
  };
  treewalk::train(training);

  treewalk::EvaluationOptions evaluation;
  evaluation.data = training.data;
  evaluation.split = "val";
  const auto figures = treewalk::evaluate(treewalk::load_model(argv[3]), evaluation);
  std::cout << "mean IoU " << figures.mean_iou << ", kappa " << figures.kappa << '\n';
  return 0;
} catch (const std::exception& error) {
  std::cerr << "03_train_a_model: " << error.what() << '\n';
  return 1;
}
