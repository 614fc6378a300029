// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/layouts.h"

#include <random>

#include "core/io/off.h"
#include "tests/io/layouts_support.h"
#include "tests/support/small_scenes.h"
#include "treewalk/trainer.h"

namespace treewalk {
namespace {

TEST_F(Layouts, OwnFoldersAreKnownWithAndWithoutSplits) {
  fs::create_directories(folder / "divided/train");
  write_cloud(folder / "divided/train/a.pcd", test::small_table(1, 10));
  EXPECT_EQ(names(*open("auto", "divided"), "train"), Names{"a.pcd"});
  EXPECT_EQ(first(*open("auto", "divided"), "train").size(), 10);
  fs::create_directories(folder / "plain/site");
  write_cloud(folder / "plain/site/b.ply", test::small_table(1, 10));
  EXPECT_EQ(names(*open("auto", "plain"), "."), Names{"site/b.ply"});
}

TEST_F(Layouts, EveryLayoutIsNamedAndExplained) {
  const std::string help = layout_help();
  for (const std::string& name : layout_names()) EXPECT_NE(help.find(name), std::string::npos) << name;
  EXPECT_EQ(layout_names().front(), "folders");
}

TEST_F(Layouts, SaysWhatItCannotTell) {
  write("stuff/readme.md", "");
  expect_says(open_error(), {"no way that is known", "\"stuff\"", "{train,val,test}", "\"semantickitti\""});
  expect_says(open_error("modelnet40_normal_resample"), {"did you mean \"modelnet40_normal_resampled\"?", "\"s3dis\""});
  expect_says(error_of([&] { open_data(folder / "absent"); }), {"absent", "no such folder"});
  for (const std::string& name : layout_names())
    if (name != "folders") expect_says(open_error(name), {"has no ", "\"stuff\"", name});
  write("Area_1/office_1/Annotations/wall_1.txt", "1 2 3 4 5 6");
  write("train/x.pcd", "");
  expect_says(open_error(), {"looks like \"folders\" and \"s3dis\"", "name the layout"});
  EXPECT_EQ(names(*open("s3dis"), "Area_1"), Names{"Area_1/office_1"});
  LayoutOptions none;
  none.points = 0;
  expect_says(error_of([&] { open_data(folder / "", none); }), {"at least 1", "0"});
}

TEST_F(Layouts, GarbageIsAnErrorAndNoCrash) {
  std::mt19937 random(5);
  std::string garbage;
  for (int i = 0; i < 5000; ++i) garbage += static_cast<char>(random());
  write("modelnet40_shape_names.txt", "bed");
  write("modelnet40_train.txt", "bed_1");
  write("bed/bed_1.txt", garbage);
  EXPECT_NE(read_error(*open("modelnet40_normal_resampled"), "train"), "");
  write("modelnet40_train.txt", garbage);
  EXPECT_NE(error_of([&] { open("modelnet40_normal_resampled")->list("train"); }), "");
  write("mesh.off", "OFF" + garbage);
  EXPECT_NE(error_of([&] { sample_off(folder / "mesh.off", 10, 0); }), "");
}

TEST_F(Layouts, TrainsOnAPublicLayout) {
  write("modelnet40_shape_names.txt", "box\nsphere\n");
  std::string list;
  for (int i = 1; i <= 8; ++i) {
    const bool sphere = i % 2 == 0;
    const std::string kind = sphere ? "sphere" : "box", name = kind + "_000" + std::to_string(i);
    list += name + "\n";
    const Cloud shape = test::small_shape(sphere, static_cast<std::uint64_t>(i), 200);
    std::string rows;
    for (std::int64_t p = 0; p < shape.size(); ++p) {
      for (int k = 0; k < 3; ++k) rows += std::to_string(shape.view().value(p, shape.fields[k])) + ",";
      rows += "0,0,1\n";
    }
    write(kind + "/" + name + ".txt", rows);
  }
  write("modelnet40_train.txt", list);
  write("modelnet40_test.txt", list);
  auto recipe = test::small_classification_recipe();
  recipe["training"]["epochs"] = 1;
  recipe["training"]["steps_per_epoch"] = 2;
  save(folder / "recipe.json", recipe.dump());
  TrainingOptions training;
  training.recipe = folder / "recipe.json";
  training.data = open();
  training.output = folder / "shapes.treewalk";
  training.threads = 2;
  train(training);
  EvaluationOptions evaluation;
  evaluation.data = training.data;
  const Evaluation figures = evaluate(load_model(training.output), evaluation);
  EXPECT_EQ(figures.clouds, 8);
  EXPECT_EQ(figures.per_class[0].points, 4);
}

}  // namespace
}  // namespace treewalk
