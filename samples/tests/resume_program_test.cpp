// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What is left of a run over a folder that was killed, and the table that a whole run writes.
#include <fcntl.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "folder_cases.h"

namespace program_test {
namespace {

const char* const kManifest = "treewalk-segment.json";

class Resume : public FolderSuite {
 protected:
  static void SetUpTestSuite() {
    made_ = std::make_unique<FolderPlace>();
    cut(place() / "scan.las", place() / "scans", 4);
    place().good("segment scans -m small -o whole --quiet");
  }

  /// Files that a manifest calls finished; -1: there is none.
  static int finished(const std::string& folder) {
    const auto manifest = nlohmann::json::parse(content(place() / folder / kManifest), nullptr, false);
    return manifest.is_object() ? static_cast<int>(manifest["finished"].size()) : -1;
  }

  /// Starts a run, does that when it has finished a few files, but not all, and waits for its end.
  template <class Act>
  static void act_in_the_middle(const std::string& input, const std::string& output, const Act& act, int& status) {
    const std::string folder = (place() / "").string(), models = (place() / "models").string();
    const pid_t child = fork();
    if (child == 0) {
      if (chdir(folder.c_str()) != 0) _exit(9);
      setenv("TREEWALK_MODELS", models.c_str(), 1);
      const int sink = open("/dev/null", O_WRONLY);
      dup2(sink, 1);
      dup2(sink, 2);
      execl(TREEWALK_PROGRAM, "treewalk", "segment", input.c_str(), "-m", "small", "-o", output.c_str(), "--memory",
            "260", "--threads", "1", nullptr);
      _exit(9);
    }
    while (finished(output) < 3) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      ASSERT_EQ(waitpid(child, nullptr, WNOHANG), 0) << "it ended by itself";
    }
    act(child);
    waitpid(child, &status, 0);
  }

  static void kill_in_the_middle(const std::string& input, const std::string& output, int signal = SIGKILL) {
    int status = 0;
    act_in_the_middle(
        input, output, [&](pid_t child) { kill(child, signal); }, status);
    const int files = finished(output);
    ASSERT_GE(files, 3);
    ASSERT_LT(files, 16) << "it was too fast to be killed";
  }

  static void expect_whole(const std::string& output) {
    EXPECT_FALSE(fs::exists(place() / output / kManifest));
    EXPECT_TRUE(contents(place() / output) == contents(place() / "whole"));
  }
};

/// With memory for one file at a time, so that a run takes its time.
class InTheMiddle : public Resume {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer takes several times the memory";
#endif
  }
};

TEST_F(InTheMiddle, AKilledRunGoesOn) {
  kill_in_the_middle("scans", "killed");
  const auto manifest = place().json(std::string("killed/") + kManifest);
  std::map<std::string, fs::file_time_type> made;
  for (const auto& [input, what] : manifest["finished"].items())
    for (const auto& [output, size] : what["outputs"].items()) made[output] = fs::last_write_time(place() / output);
  const std::string gone = made.begin()->first, shorter = std::next(made.begin())->first;
  fs::remove(place() / gone);
  fs::resize_file(place() / shorter, 1000);
  for (const char* part : {"0.las.1-0.part", "deep/7.las.31-2.part", "treewalk-segment.json.5-5.part"})
    std::ofstream(place() / "killed" / part) << "half";
  std::ofstream(place() / "killed/else.las.1-0.part") << "of somebody else";
  expect_error(place().run("segment scans -m small -o killed"), 1, "--resume goes on with it, --overwrite starts anew");
  const Outcome outcome =
      place().good("segment scans -m small -o killed --resume --json resumed.json --csv resumed.csv");
  EXPECT_NE(outcome.out.find("all: 16 files, 40,000 points"), std::string::npos) << outcome.out;
  EXPECT_TRUE(fs::remove(place() / "killed/else.las.1-0.part"));
  expect_whole("killed");
  for (const auto& [output, time] : made)
    EXPECT_EQ(fs::last_write_time(place() / output) == time, output != gone && output != shorter) << output;
  EXPECT_EQ(place().json("resumed.json").size(), 16U);
  EXPECT_NE(place().run("segment scans -m small -o killed --resume").status, 0) << "nothing is left to go on with";
}

TEST_F(InTheMiddle, AnInterruptedRunGoesOnToo) {
  kill_in_the_middle("scans", "interrupted", SIGINT);
  for (const auto& [name, bytes] : contents(place() / "interrupted"))
    EXPECT_NE(fs::path(name).extension(), ".part") << "Ctrl-C leaves nothing half-written";
  place().good("segment scans -m small -o interrupted --resume --quiet");
  expect_whole("interrupted");
}

TEST_F(InTheMiddle, AnInputThatChangesMeanwhileIsAnError) {
  fs::copy(place() / "scans", place() / "moving", fs::copy_options::recursive);
  const fs::path last = place() / "moving/deep/9.las";
  ASSERT_TRUE(fs::exists(place() / "moving/9.las") || fs::exists(last));
  const fs::path changed = fs::exists(last) ? last : place() / "moving/9.las";
  int status = 0;
  std::string output;
  act_in_the_middle(
      "moving", "moved",
      [&](pid_t) {
        fs::last_write_time(changed, fs::last_write_time(changed) + std::chrono::seconds(5));
        output = (place() / "moved" / changed.lexically_relative(place() / "moving")).string();
        EXPECT_FALSE(fs::exists(output)) << "its turn has come already";
      },
      status);
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_FALSE(fs::exists(output));
  EXPECT_EQ(finished("moved"), 15);
}

TEST_F(InTheMiddle, WhatIsNotTheSameRunIsRefused) {
  fs::copy(place() / "scans", place() / "changing", fs::copy_options::recursive);
  kill_in_the_middle("changing", "refused");
  const std::string resume = "segment changing -o refused --resume -m ";
  expect_error(place().run(resume + "small --min-confidence 0.75"), 1,
               "was made with --min-confidence '0.0', and now it is '0.75'; give what it was, or --overwrite");
  expect_error(place().run(resume + "small --keep-classified 6"), 1, "--keep-classified '[]', and now it is '[6]'");
  expect_error(place().run(resume + "small --per-cluster 1"), 1,
               "was made without --per-cluster, and now it is '1'; give what it was");
  fs::copy(place() / "models/small.treewalk", place() / "models/other.treewalk");
  ASSERT_EQ(place().run("train recipe.json --data data -o models/third.treewalk --quiet --epochs 1").status, 0);
  expect_error(place().run(resume + "third"), 1, "was made with another model");
  expect_error(place().run(resume + "small --overwrite"), 2, "--resume and --overwrite");
  expect_error(place().run("segment scan.las -m small -o other.las --resume"), 2, "--resume");
  const auto time = fs::last_write_time(place() / "changing/0.las");
  fs::last_write_time(place() / "changing/0.las", time + std::chrono::seconds(5));
  expect_error(place().run(resume + "small"), 1, "'changing/0.las' has changed since the run in 'refused' began");
  fs::last_write_time(place() / "changing/0.las", time);
  fs::copy(place() / "scan.las", place() / "changing/new.las");
  expect_error(place().run(resume + "small"), 1, "'changing/new.las' is new since the run in 'refused' began");
  fs::remove(place() / "changing/new.las");
  fs::rename(place() / "changing/2.las", place() / "aside.las");
  expect_error(place().run(resume + "small"), 1, "'changing/2.las' is gone since the run in 'refused' began");
  fs::rename(place() / "aside.las", place() / "changing/2.las");
  place().good(resume + "other");  // the same model by another name
  expect_whole("refused");
}

TEST_F(Resume, StartingAnewNeedsToBeSaid) {
  fs::create_directories(place() / "anew");
  std::ofstream(place() / "anew" / kManifest) << "{}";
  expect_error(place().run("segment scans -m small -o anew"), 1, "of a run that did not end");
  expect_error(place().run("segment scans -m small -o anew --resume"), 1, "is no manifest");
  place().good("segment scans -m small -o anew --overwrite --quiet");
  expect_whole("anew");
  place().good("segment scans -m small -o fresh --resume --quiet");  // there is nothing to go on with yet
  expect_whole("fresh");
}

/// Cells of a CSV file, as RFC 4180 has them.
std::vector<std::vector<std::string>> parse_csv(const std::string& text) {
  std::vector<std::vector<std::string>> rows(1, std::vector<std::string>(1));
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string& cell = rows.back().back();
    if (quoted && text[i] == '"' && i + 1 < text.size() && text[i + 1] == '"')
      cell += text[++i];
    else if (text[i] == '"')
      quoted = !quoted;
    else if (!quoted && text[i] == ',')
      rows.back().emplace_back();
    else if (!quoted && text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n' && ++i)
      rows.emplace_back(1);
    else
      cell += text[i];
  }
  EXPECT_EQ(rows.back(), std::vector<std::string>{""}) << "the last line ends";
  rows.pop_back();
  return rows;
}

TEST_F(Resume, ATableTellsOfEveryFile) {
  fs::create_directories(place() / "named");
  fs::copy(place() / "scans/0.las", place() / "named/a, \"b\".las");
  fs::copy(place() / "scans/3.las", place() / "named/c.las");
  const Outcome outcome = place().good("segment named -m small -o of_named --csv table.csv --json table.json");
  const auto table = parse_csv(content(place() / "table.csv"));
  ASSERT_EQ(table.size(), 3U);
  EXPECT_EQ(table[0],
            (std::vector<std::string>{"file", "points", "share_table", "share_box", "share_unknown", "area_m2",
                                      "points_per_m2", "mean_confidence", "changed_points", "seconds"}));
  std::int64_t points = 0;
  for (std::size_t r = 1; r < 3; ++r) {
    const auto& row = table[r];
    ASSERT_EQ(row.size(), table[0].size());
    const std::string name = fs::path(row[0]).filename().string();
    EXPECT_EQ(name, r == 1 ? "a, \"b\".las" : "c.las");
    const Cloud before = treewalk::read_cloud(place() / "named" / name);
    const Cloud after = treewalk::read_cloud(place() / "of_named" / name);
    const auto was = values(before, "classification"), is = values(after, "classification");
    const auto x = values(after, "x"), y = values(after, "y"), flags = values(after, "classification_flags");
    std::int64_t changed = 0;
    std::map<std::pair<double, double>, int> squares;
    std::map<double, double> share;
    for (std::size_t i = 0; i < is.size(); ++i) {
      changed += was[i] != is[i];
      if (is[i] != 7 && flags[i] != 4) ++squares[{std::floor(x[i] / 2), std::floor(y[i] / 2)}];
      share[is[i] == 2 || is[i] == 40 ? is[i] : 0] += 1.0 / static_cast<double>(is.size());
    }
    points += after.size();
    EXPECT_EQ(std::stoll(row[1]), after.size());
    EXPECT_NEAR(std::stod(row[2]), share[2], 1e-9);
    EXPECT_NEAR(std::stod(row[3]), share[40], 1e-9);
    EXPECT_NEAR(std::stod(row[4]), share[0], 1e-9);
    EXPECT_EQ(std::stod(row[5]), 4.0 * static_cast<double>(squares.size()));
    EXPECT_NEAR(std::stod(row[6]), static_cast<double>(after.size()) / std::stod(row[5]), 1e-9);
    EXPECT_GT(std::stod(row[7]), 0.3);
    EXPECT_EQ(std::stoll(row[8]), changed);
    EXPECT_GE(std::stod(row[9]), 0);
    EXPECT_EQ(place().json("table.json")[r - 1]["area_m2"], std::stod(row[5]));
  }
  EXPECT_NE(outcome.out.find("all: 2 files, " + std::to_string(points / 1000) + ","), std::string::npos) << outcome.out;
  expect_error(place().run("segment named -m small --csv table.csv"), 1, "--overwrite");
  expect_error(place().run("segment named -m small --csv table.txt"), 2, ".csv");
  place().good("segment scan.las -m small --csv one.csv");
  EXPECT_EQ(parse_csv(content(place() / "one.csv")).size(), 2U);
}

}  // namespace
}  // namespace program_test
