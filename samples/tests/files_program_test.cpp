// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What the program reads and what it leaves alone: outputs that exist, folders with meshes, pipes, labels of others.
#include <memory>

#include "run_program.h"

namespace program_test {
namespace {

using treewalk::Cloud;

class Files : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    place_ = std::make_unique<Workplace>();
    train_small_model(*place_);
    treewalk::write_cloud(place() / "scene.pcd", table_cloud(3), false);
  }
  static void TearDownTestSuite() { place_.reset(); }
  static const Workplace& place() { return *place_; }
  static std::size_t files_in(const std::string& folder) {
    const auto is_file = [](const fs::directory_entry& entry) { return entry.is_regular_file(); };
    return static_cast<std::size_t>(
        std::count_if(fs::recursive_directory_iterator(place() / folder), fs::recursive_directory_iterator(), is_file));
  }

 private:
  static std::unique_ptr<Workplace> place_;
};
std::unique_ptr<Workplace> Files::place_;

TEST_F(Files, EvaluateOfForeignLabelsSaysHowToMapThem) {
  Cloud cloud = table_cloud(3);
  cloud.remove_field("label");
  cloud.set_field("label", std::vector<std::uint32_t>(static_cast<std::size_t>(cloud.size()), 6));
  treewalk::write_cloud(place() / "foreign.pcd", cloud);
  expect_error(place().run("evaluate small --data foreign.pcd"), 1, "foreign.pcd: the label 6");
  const std::string error = place().run("evaluate small --data foreign.pcd").err;
  for (const char* part : {"--map 6=CLASS", "\"table\"", "\"box\""}) EXPECT_NE(error.find(part), std::string::npos);
  EXPECT_EQ(place().run("evaluate small --data foreign.pcd --map 6=table").status, 0);
  cloud.set_field("label", std::vector<std::uint32_t>(static_cast<std::size_t>(cloud.size()), 0));  // ignored
  treewalk::write_cloud(place() / "ignored.pcd", cloud);
  expect_error(place().run("evaluate small --data ignored.pcd"), 1, "--map VALUE=CLASS");
}

TEST_F(Files, AShippedRecipeTakesCloudsOfAnyName) {
  const std::string small =
      " --epochs 1 --set training.steps_per_epoch=2 --set 'training.balance=^samp([0-9])' -o turns.treewalk";
  const Outcome outcome = place().run("train recipe.json --data data" + small);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE((outcome.out + outcome.err).find("clouds are drawn in turn"), std::string::npos) << outcome.err;
}

TEST_F(Files, InfoTellsAFileByItsContent) {
  fs::copy_file(place() / "scene.pcd", place() / "scene.dat");
  EXPECT_EQ(place().run("info scene.dat").status, 0);
  std::ofstream(place() / "scene.xyz") << "1 2 3\n4 5 6\n";
  expect_error(place().run("info scene.xyz"), 1,
               "'scene.xyz' is neither a model nor a cloud (.pcd, .ply, .las, .laz, .off)");
  fs::copy_file(place() / "models/small.treewalk", place() / "small.model");
  EXPECT_NE(place().run("info small.model").out.find("parameters"), std::string::npos);
}

TEST_F(Files, WhatExistsIsReplacedOnlyWhenToldTo) {
  const std::string scene = content(place() / "scene.pcd");
  std::ofstream(place() / "old.pcd") << "old";
  std::ofstream(place() / "old.json") << "old";
  std::ofstream(place() / "old.html") << "old";
  std::ofstream(place() / "old.csr") << "old";
  std::ofstream(place() / "old.treewalk") << "old";
  for (const char* command :
       {"segment scene.pcd -m small -o old.pcd", "segment scene.pcd -m small --json old.json",
        "segment scene.pcd -m small --html old.html", "view scene.pcd -o old.html", "graph scene.pcd -o old.csr",
        "evaluate small --data data --json old.json", "train recipe.json --data data -o old.treewalk"})
    expect_error(place().run(command), 1, "--overwrite");
  expect_error(place().run("segment scene.pcd -m small -o scene.pcd"), 1, "'scene.pcd' exists");
  EXPECT_TRUE(content(place() / "scene.pcd") == scene);
  for (const char* name : {"old.pcd", "old.json", "old.html", "old.csr", "old.treewalk"})
    EXPECT_EQ(content(place() / name), "old") << name;
  ASSERT_EQ(place().run("segment scene.pcd -m small -o old.pcd --json old.json --html old.html --overwrite").status, 0);
  for (const char* name : {"old.pcd", "old.json", "old.html"}) EXPECT_NE(content(place() / name), "old") << name;
}

TEST_F(Files, OutputsInsideTheInputAreNoInputs) {
  fs::create_directories(place() / "many/deep");
  treewalk::write_cloud(place() / "many/a.pcd", table_cloud(4));
  treewalk::write_cloud(place() / "many/deep/b.ply", table_cloud(5));
  Outcome outcome = place().run("segment many -m small -o many/out --quiet");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(files_in("many/out"), 2u);
  outcome = place().run("segment many -m small -o many/out --quiet");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("error: 2 outputs exist, the first is 'many/out/a.pcd'"), std::string::npos)
      << outcome.err;
  outcome = place().run("segment many -m small -o many/out --overwrite --quiet --json many.json");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("warning: clouds in the output folder 'many/out' are not read"), std::string::npos);
  EXPECT_EQ(files_in("many/out"), 2u) << "and no many/out/out";
  EXPECT_EQ(place().json("many.json").size(), 2u);
  expect_error(place().run("segment many/deep -m small -o many/deep"), 1, "'many/deep/b.ply' exists");
}

const char* const kTriangle = "OFF\n3 1 0\n0 0 1\n0.5 0 1\n0 0.5 1\n3 0 1 2\n";

TEST_F(Files, MeshesLieInFoldersAndBecomePcd) {
  fs::create_directories(place() / "meshes");
  std::ofstream(place() / "meshes/a.off") << kTriangle;
  std::ofstream(place() / "meshes/b.off") << kTriangle;
  treewalk::write_cloud(place() / "meshes/b.pcd", table_cloud(6));
  const Outcome outcome = place().run("segment meshes -m small -o labelled_meshes --html pages --quiet");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  for (const char* name : {"labelled_meshes/a.pcd", "labelled_meshes/b.off.pcd", "labelled_meshes/b.pcd",
                           "pages/a.html", "pages/b.off.html", "pages/b.pcd.html"})
    EXPECT_TRUE(fs::exists(place() / name)) << name;
  EXPECT_EQ(treewalk::read_cloud(place() / "labelled_meshes/a.pcd").size(), 2048);
  EXPECT_EQ(treewalk::read_cloud(place() / "labelled_meshes/b.pcd").size(), 2400);
}

/// The exit status of `cat scene.pcd | treewalk ARGUMENTS`.
int piped(const Workplace& place, const std::string& arguments) {
  const std::string command = "cd '" + (place / "").string() +
                              "' && export TREEWALK_MODELS=models && cat scene.pcd | '" + TREEWALK_PROGRAM "' " +
                              arguments + " >out.txt 2>err.txt";
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(Files, CloudsComeThroughPipes) {
  for (const char* command :
       {"segment /dev/stdin -m small -o piped.pcd", "octree /dev/stdin", "graph /dev/stdin -k 2 -o piped.csr",
        "view /dev/stdin -o piped.html", "info /dev/stdin"}) {
    EXPECT_EQ(piped(place(), command), 0) << command << "\n" << content(place() / "err.txt");
    const bool writes = std::string(command).find("-o") != std::string::npos;
    const Outcome outcome = place().run(command + std::string(writes ? " --overwrite" : "") + " <scene.pcd");
    EXPECT_EQ(outcome.status, 0) << "redirected: " << command << "\n" << outcome.err;
  }
  EXPECT_NE(place().run("info /dev/stdin <scene.pcd").out.find("2,400"), std::string::npos);
  ASSERT_EQ(place().run("segment scene.pcd -m small -o direct.pcd").status, 0);
  EXPECT_TRUE(content(place() / "piped.pcd") == content(place() / "direct.pcd"));
  expect_error(place().run("octree /dev/null"), 1, "device");
}

TEST_F(Files, PointsFarFromAllOthersAreUnknownAndSaidOnce) {
  const double places[][2] = {{7e6, 0}, {0, 0}};
  const char* const said[] = {"4 of 2352 points, at (7000000, 0, 0)", "4 of 2352 points, at (0, 0, 0)"};
  for (int k = 0; k < 2; ++k) {
    Cloud scan = table_cloud(8);
    for (std::int64_t i = 0; k == 1 && i < scan.size(); ++i) {  // in UTM coordinates
      const auto at = [&](const char* name) { return scan.view().value(i, *scan.view().find(name)); };
      move_to(scan, i, at("x") + 500000, at("y") + 9400000, at("z") + 100);
    }
    const double nan = std::numeric_limits<double>::quiet_NaN();
    Cloud mixed = scan;
    for (const int i : {0, 7, 1200, 2398}) {
      move_to(scan, i, nan, nan, nan);
      move_to(mixed, i, places[k][0], places[k][1], 0);
    }
    treewalk::write_cloud(place() / "scan.pcd", scan);
    treewalk::write_cloud(place() / "mixed.pcd", mixed);
    for (const char* name : {"scan", "mixed"}) {
      const Outcome outcome = place().run(std::string("segment ") + name + ".pcd -m small -o far_" + name +
                                          ".pcd --json far_" + name + ".json --overwrite --quiet");
      ASSERT_EQ(outcome.status, 0) << outcome.err;
      const auto found = outcome.err.find(said[k]);
      EXPECT_EQ(found != std::string::npos, std::string(name) == "mixed") << outcome.err;
      EXPECT_EQ(outcome.err.find("away from the rest", outcome.err.find("away from the rest") + 1), std::string::npos);
    }
    const Cloud a = treewalk::read_cloud(place() / "far_scan.pcd"), b = treewalk::read_cloud(place() / "far_mixed.pcd");
    ASSERT_EQ(a.size(), b.size());
    for (std::int64_t i = 0; i < a.size(); ++i)
      for (const char* name : {"label", "confidence"})
        ASSERT_EQ(a.view().value(i, *a.view().find(name)), b.view().value(i, *b.view().find(name))) << name << " " << i;
    EXPECT_EQ(b.view().value(7, *b.view().find("label")), 255);
    EXPECT_EQ(b.view().value(7, *b.view().find("confidence")), 0);
  }
}

TEST_F(Files, WhatIsPassedOverIsSaid) {
  std::ofstream(place() / "short.pcd")
      << "VERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH 3\nHEIGHT 1\nFRAME_ID base\nPOINTS 3\n"
      << "DATA ascii\n0.125 0.25 0.5\n1.125 1.25 1.5\n";
  const Outcome outcome = place().run("info short.pcd");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.err.find("treewalk: warning: short.pcd: line 8 begins with 'FRAME_ID'"), std::string::npos);
  EXPECT_NE(outcome.err.find("treewalk: warning: short.pcd: the file ends after 2 of 3 points"), std::string::npos);
}

TEST_F(Files, AFullStandardOutputIsAFailure) {
  for (const char* command : {"info", "segment scene.pcd -m small --json -"}) {
    const Outcome outcome = place().run(std::string(command) + " 2>full.txt >/dev/full; echo $? ");
    EXPECT_EQ(outcome.out, "1\n") << command;
    EXPECT_NE(content(place() / "full.txt").find("treewalk: error: cannot write to standard output\n"),
              std::string::npos)
        << content(place() / "full.txt");
  }
}

TEST_F(Files, AFileInTheWayOfAFolderIsNamed) {
  fs::create_directories(place() / "one");
  fs::copy_file(place() / "scene.pcd", place() / "one/scene.pcd", fs::copy_options::overwrite_existing);
  std::ofstream(place() / "taken") << "a file";
  expect_error(place().run("segment one -m small -o taken"), 1, "cannot create folder 'taken': ");
  EXPECT_EQ(content(place() / "taken"), "a file");
}

TEST_F(Files, SegmentKeepsWhatIsUnknownWhereItIsAskedFor) {
  const Outcome outcome = place().run("segment scene.pcd -m small -o unknown.pcd --keep unknown");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(treewalk::read_cloud(place() / "unknown.pcd").size(), 48) << "those without a finite position";
  EXPECT_NE(outcome.out.find("kept 48 points"), std::string::npos) << outcome.out;
  EXPECT_NE(place().run("segment scene.pcd -m small").out.find("nothing written; -o, --png"), std::string::npos);
}

TEST_F(Files, ThePlaceOfTheCameraChangesThePicture) {
  for (const char* from : {"0,10", "90,60"})
    ASSERT_EQ(place()
                  .run("view scene.pcd --overwrite --from " + std::string(from) + " -o " +
                       (TREEWALK_PICTURES ? std::string("at") + from[0] + ".png" : std::string("at.html")))
                  .status,
              0);
  if (!TREEWALK_PICTURES) GTEST_SKIP() << "built without pictures";
  EXPECT_EQ(content(place() / "at0.png").substr(1, 3), "PNG");
  EXPECT_FALSE(content(place() / "at0.png") == content(place() / "at9.png"));
}

TEST_F(Files, APageStartsWithTheColouringThatIsAskedFor) {
  Cloud cloud = table_cloud(3);
  cloud.set_field("confidence", std::vector<float>(2400, 0.5f));
  cloud.set_field("intensity", std::vector<float>(2400, 7));
  cloud.set_field("rgb", std::vector<std::uint32_t>(2400, 0x00102030u));
  treewalk::write_cloud(place() / "all.pcd", cloud);
  for (const std::string color : {"label", "confidence", "rgb", "intensity", "height"}) {
    ASSERT_EQ(place().run("view all.pcd -o all.html --overwrite --color " + color).status, 0);
    EXPECT_NE(content(place() / "all.html").find("\"mode\":\"" + color + "\""), std::string::npos) << color;
  }
  expect_error(place().run("view scene.pcd -o all.html --overwrite --color rgb"), 1,
               "'scene.pcd' has no rgb to colour by; leave --color out, or say --color height");
}

/// The table with its labels under another name and as floats, and without any for every third point.
Cloud labelled_elsewhere(std::uint64_t seed, const std::string& name) {
  Cloud cloud = table_cloud(seed);
  std::vector<float> label;
  for (std::int64_t i = 0; i < cloud.size(); ++i) {
    const double value = cloud.view().value(i, *cloud.view().find("label"));
    label.push_back(i % 3 == 0 ? (i % 2 == 0 ? -1.0f : std::numeric_limits<float>::quiet_NaN())
                               : static_cast<float>(value));
  }
  cloud.remove_field("label");
  cloud.set_field(name, label);
  return cloud;
}

TEST_F(Files, LabelsOfOtherProgramsAreFoundOrNamed) {
  for (const char* name : {"scalar_Classification", "kind"})
    for (const char* split : {"train", "test"}) {
      fs::create_directories(place() / name / split);
      treewalk::write_cloud(place() / name / split / "scene0.ply", labelled_elsewhere(10, name));
    }
  const std::string train = "train recipe.json --epochs 1 --quiet ";
  Outcome outcome = place().run(train + "--data scalar_Classification -o found.treewalk");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  expect_error(place().run(train + "--data kind -o named.treewalk"), 1, "label");
  outcome = place().run(train + "--data kind -o named.treewalk --label-field kind");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  expect_error(place().run(train + "--data kind -o other.treewalk --label-field sort"), 1, "no field 'sort'");
  ASSERT_EQ(place().run("evaluate small --data scalar_Classification --json found.json").status, 0);
  ASSERT_EQ(place().run("evaluate small --data kind --label-field kind --json named.json").status, 0);
  EXPECT_EQ(place().json("found.json")["confusion"], place().json("named.json")["confusion"]);
  EXPECT_EQ(place().json("found.json")["points"], 2400 / 3 * 2 - 2 * 2400 / 150);  // labels 0 at every 50th are ignored
  outcome = place().run("view scalar_Classification/test/scene0.ply -o found.html");
  EXPECT_NE(content(place() / "found.html").find("no label"), std::string::npos);
}

TEST_F(Files, LabelsThatAreNoWholeNumbersAreNoClass) {
  Cloud cloud = table_cloud(10);
  cloud.remove_field("label");
  cloud.set_field("label", std::vector<float>(2400, 1.5f));
  treewalk::write_cloud(place() / "halves.pcd", cloud);
  expect_error(place().run("evaluate small --data halves.pcd"), 1, "1.5");
  const Outcome outcome = place().run("evaluate small --data halves.pcd --map 1=table,2=box --json halves.json");
  if (outcome.status == 0) {
    EXPECT_EQ(place().json("halves.json")["points"], 0) << "1.5 is not 1";
  }
}

}  // namespace
}  // namespace program_test
