// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// --memory: what the whole program has in memory at a time, by the system's own count.
#include <sys/resource.h>

#include <cmath>
#include <memory>
#include <random>

#include "run_program.h"

namespace program_test {
namespace {

using treewalk::Cloud;

/// A cloud of 26 bytes a point, whose file is made before anything is measured.
constexpr std::int64_t kPoints = 400000;

class Memory : public testing::Test {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer takes several times the memory";
#endif
  }
  static void SetUpTestSuite() {
    place_ = std::make_unique<Workplace>();
    train_small_model(place());
    Cloud cloud = table_cloud(3, 800, kPoints / 800);
    cloud.remove_field("label");
    const auto view = cloud.view();
    for (std::int64_t i = 0; i < cloud.size(); ++i)  // 6 m by 6 m: a cell of 3 cm has ten points, as a table in a room
      move_to(cloud, i, 10 * view.value(i, view.at("x")), 10 * view.value(i, view.at("y")),
              view.value(i, view.at("z")));
    treewalk::write_cloud(place() / "large.pcd", cloud, false);
  }
  static void TearDownTestSuite() { place_.reset(); }
  static const Workplace& place() { return *place_; }

  /// Runs the program, and tells its VmHWM in MB. What this process has is a part of that, and less.
  static std::pair<Outcome, double> measured(const std::string& arguments) {
    const pid_t child = fork();
    if (child == 0) _exit(place().run(arguments).status);
    int status = 0;
    rusage usage{};
    EXPECT_EQ(wait4(child, &status, 0, &usage), child);
    return {{WIFEXITED(status) ? WEXITSTATUS(status) : -1, content(place() / "out.txt"), content(place() / "err.txt")},
            static_cast<double>(usage.ru_maxrss) / 1024};
  }

  /// All that a run can be asked to make.
  static std::string everything() {
    return "segment large.pcd -m small --quiet --overwrite --objects 0.1 -o out.pcd --html out.html --json out.json" +
           png("out.png") + " --size 640x400 --memory ";
  }

  /// The number behind these words.
  static int number_after(const std::string& words, const std::string& text) {
    const auto at = text.find(words);
    EXPECT_NE(at, std::string::npos) << text;
    return at == std::string::npos ? 0 : std::atoi(text.c_str() + at + words.size());
  }

  /// A limit with which the command, which ends with that option, can read its cloud, and do little more. It differs by
  /// what a machine's libraries take.
  static int enough_to_read(const std::string& command) {
    return number_after("that takes ", measured(command + "1").first.err) + 5;
  }

  /// That the command works with that limit, and its VmHWM.
  static double expect_enough(const std::string& command, int limit) {
    const auto [outcome, peak] = measured(command + std::to_string(limit));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_LE(peak, limit);
    return peak;
  }

 private:
  static std::unique_ptr<Workplace> place_;
};
std::unique_ptr<Workplace> Memory::place_;

TEST_F(Memory, TheWholeProgramStaysBelowTheLimit) {
  const auto [refused, peak] = measured(everything() + std::to_string(enough_to_read(everything())));
  const int least = number_after("at least ", refused.err);
  for (const int limit : {least + 5, least + 25, 600}) {
    expect_enough(everything(), limit);
    EXPECT_EQ(treewalk::read_cloud(place() / "out.pcd").size(), kPoints);
  }
}

/// What everything() wrote.
std::vector<std::string> written(const Workplace& place) {
  std::vector<std::string> files;
  for (const char* file : {"out.pcd", "out.html", "out.png"})
    if (fs::exists(place / file)) files.push_back(content(place / file));
  return files;
}

TEST_F(Memory, ALimitChangesNothingThatIsWritten) {
  ASSERT_EQ(place().run(everything() + "0").status, 0);
  const auto files = written(place());
  ASSERT_EQ(place().run(everything() + "5000").status, 0);
  EXPECT_TRUE(written(place()) == files);
}

TEST_F(Memory, ACloudThatDoesNotFitIsNotRead) {
  const auto [outcome, peak] = measured(everything() + "100");
  expect_error(outcome, 1, "--memory 100 is too little to read 'large.pcd'");
  const int enough = number_after("for all of the work ", outcome.err);
  EXPECT_LT(peak, expect_enough(everything(), enough));
}

TEST_F(Memory, OfACloudThatIsSeenWholeTheLeastIsNamedThatIsKnownUnread) {
  auto recipe = nlohmann::json::parse(small_recipe());
  recipe["features"].push_back("plane");
  std::ofstream(place() / "whole.json") << recipe;
  ASSERT_EQ(place().run("train whole.json --data data -o models/whole.treewalk --epochs 1 --quiet").status, 0);
  const std::string command = "segment large.pcd -m whole --quiet --overwrite -o whole.pcd --memory ";
  const auto [outcome, peak] = measured(command + "100");
  expect_error(outcome, 1, "--memory 100 is too little to read 'large.pcd'");
  const int least = number_after("for all of the work at least ", outcome.err);
  EXPECT_LT(peak, least);
  expect_error(place().run(command + std::to_string(least - 10)), 1, "at least ");
}

TEST_F(Memory, TheLeastLimitThatIsNamedIsEnough) {
  const std::string limit = std::to_string(enough_to_read(everything()));
  const auto [refused, peak] = measured(everything() + limit);
  expect_error(refused, 1,
               "--memory " + limit + " is too little for 'large.pcd' and what is to be made of it: at least ");
  const int least = number_after("at least ", refused.err);
  expect_enough(everything(), least);
  expect_error(place().run(everything() + std::to_string(least - 10)), 1, "at least ");
}

TEST_F(Memory, OfModelsWithClustersTooAndChangesNothing) {
  for (const std::string& hierarchy : {std::string("position"), std::string("learned")}) {
    const auto trained = place().run("train recipe.json --data data --set network.hierarchy=" + hierarchy +
                                     " -o models/" + hierarchy + ".treewalk --epochs 1 --quiet");
    ASSERT_EQ(trained.status, 0) << trained.err;
    for (const std::string& command :
         {"clusters large.pcd -m " + hierarchy, "segment large.pcd -m " + hierarchy + " --per-cluster 1"}) {
      const std::string run = command + " --quiet --overwrite -o ", limited = run + "limited.pcd --memory ";
      ASSERT_EQ(place().run(run + "free.pcd").status, 0);
      const auto [refused, peak] = measured(limited + std::to_string(enough_to_read(limited)));
      expect_error(refused, 1, "at least ");
      expect_enough(limited, number_after("at least ", refused.err));
      EXPECT_TRUE(content(place() / "limited.pcd") == content(place() / "free.pcd")) << command;
    }
  }
}

// Almost every point is a leaf cell by itself, and the levels that are seen at once are most of the work.
TEST_F(Memory, TheLeastLimitIsEnoughForASparseScanInTiles) {
  std::mt19937 random(1);
  const auto uniform = [&] { return static_cast<double>(random() >> 8) * 0x1p-24; };
  Cloud scan = table_cloud(3, 300, 500);
  const double side = std::sqrt(static_cast<double>(scan.size()) / 0.3);  // of square metres
  for (std::int64_t i = 0; i < scan.size(); ++i) {
    const double x = side * uniform(), y = side * uniform(), bush = uniform() < 0.3 ? 8 * uniform() : 0;
    move_to(scan, i, x, y, 3 * std::sin(x / 60) * std::cos(y / 45) + bush);
  }
  treewalk::write_cloud(place() / "sparse.pcd", scan, false);
  const std::string command = "segment sparse.pcd -m airborne --quiet --overwrite -o labelled.pcd --memory ";
  const auto [refused, peak] = measured(command + "260");
  expect_error(refused, 1, "--memory 260 is too little for 'sparse.pcd' and what is to be made of it: at least ");
  expect_enough(command, number_after("at least ", refused.err));
}

TEST_F(Memory, OfAFolderToo) {
  const Cloud cloud = treewalk::read_cloud(place() / "large.pcd");
  fs::create_directories(place() / "tiles");
  for (int strip = 0; strip < 4; ++strip) {
    Cloud part = cloud;
    part.height = 1;
    part.width = 0;
    part.data.clear();
    for (std::int64_t i = 0; i < kPoints; ++i) {
      const double x = cloud.view().value(i, cloud.view().at("x"));
      if (std::min(3, static_cast<int>((x + 3) / 1.5)) != strip) continue;
      const auto at = cloud.data.begin() + i * static_cast<std::int64_t>(cloud.stride);
      part.data.insert(part.data.end(), at, at + static_cast<std::int64_t>(cloud.stride));
      ++part.width;
    }
    treewalk::write_cloud(place() / "tiles" / (std::to_string(strip) + ".pcd"), part, false);
  }
  const std::string command =
      "segment tiles -m small --tiles --quiet --overwrite -o labelled --json tiles.json --memory ";
  for (const int limit : {250, 900}) {
    expect_enough(command, limit);
    const int batches = place().json("tiles.json").back()["batch"];
    EXPECT_EQ(batches, limit == 900 ? 1 : 4) << limit;
  }
}

/// A folder on a disk, which that of temporary files need not be on.
class OnDisk {
 public:
  OnDisk() {
    std::string pattern = (fs::current_path() / "scratch-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~OnDisk() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }
  std::string option() const { return " --scratch '" + path_.string() + "' "; }

 private:
  fs::path path_;
};

TEST_F(Memory, AScratchTakesWhatMemoryHasNoRoomFor) {
  Cloud cloud = treewalk::read_cloud(place() / "large.pcd");
  const auto one = cloud.data;
  for (int copy = 1; copy < 4; ++copy) {  // side by side, seven metres apart
    cloud.data.insert(cloud.data.end(), one.begin(), one.end());
    cloud.height += kPoints / cloud.width;
    const auto view = cloud.view();
    for (std::int64_t i = copy * kPoints; i < cloud.size(); ++i)
      move_to(cloud, i, view.value(i, view.at("x")) + 7 * copy, view.value(i, view.at("y")),
              view.value(i, view.at("z")));
  }
  treewalk::write_cloud(place() / "larger.pcd", cloud, false);
  const std::string command = "segment larger.pcd -m small --quiet --overwrite -o ";
  ASSERT_EQ(place().run(command + "all.pcd").status, 0);
  const auto [refused, before] = measured(command + "some.pcd --memory 300");
  expect_error(refused, 1, "; --scratch DIR keeps ");
  const OnDisk disk;
  expect_enough(command + "some.pcd" + disk.option() + "--memory ", 300);
  EXPECT_TRUE(content(place() / "some.pcd") == content(place() / "all.pcd"));
  EXPECT_TRUE(fs::is_empty(disk.path()));
}

TEST_F(Memory, AScratchChangesNothingThatIsWritten) {
  ASSERT_EQ(place().run(everything() + "0").status, 0);
  const auto files = written(place());
  const OnDisk disk;
  ASSERT_EQ(place().run(everything() + "0" + disk.option()).status, 0);
  EXPECT_TRUE(written(place()) == files);
  std::string limited = everything();
  limited.insert(limited.find(" --memory"), disk.option());
  expect_enough(limited, 280);
  EXPECT_TRUE(written(place()) == files);
}

TEST_F(Memory, AScratchThatCannotBeIsASentence) {
  expect_error(place().run("segment large.pcd -m small --scratch none"), 1, "'none' is no folder for arrays: No such");
  expect_error(place().run("classify large.pcd -m shapes10 --scratch large.pcd"), 1, "is no folder for arrays: Not a");
  // What is worked on is in memory.
  const OnDisk disk;
  for (const char* command : {"classify large.pcd -m shapes10", "segment large.pcd -m small",
                              "raster large.pcd --ground 1 --noise 2 --label-field tag --dsm a.tif"}) {
    const auto [outcome, peak] = measured(command + disk.option() + "--memory 20");
    expect_error(outcome, 1, "--memory 20 is too little to read 'large.pcd': at least ");
  }
  EXPECT_TRUE(fs::is_empty(disk.path()));
  // A shell's limit on the size of files stands for a full disk.
  const std::string full = place()
                               .run("--version >version.txt; ulimit -f 4096; '" TREEWALK_PROGRAM
                                    "' segment large.pcd -m models/small.treewalk" +
                                    disk.option())
                               .err;
  EXPECT_NE(full.find("the folder for arrays has no place for "), std::string::npos) << full;
}

TEST_F(Memory, OfClassifyingToo) {
  const std::string classify = "classify large.pcd -m shapes10 --memory ";
  const int held = number_after("that takes ", place().run(classify + "50").err);
  const auto [refused, peak] = measured(classify + std::to_string(held + 1));
  expect_error(refused, 1, "is too little for 'large.pcd': at least ");
  EXPECT_LE(peak, held + 1);
  const int least = number_after("at least ", refused.err);
  expect_enough(classify, least);
}

TEST_F(Memory, IsNoOptionOfATraining) {
  expect_error(place().run("train small --data data -o new.treewalk --memory 100"), 2, "--memory");
}

}  // namespace
}  // namespace program_test
