// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Processes that train together. All work is done in processes of its own (forked_ranks.h).
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "core/distributed/piece_tree.h"
#include "tests/support/error_of.h"
#include "tests/support/forked_ranks.h"
#include "tests/support/free_port.h"
#include "tests/support/training_fixture.h"

namespace treewalk {
namespace {

Cloud read_table(const std::filesystem::path& file) { return test::small_table(test::seed_of(file), 500); }

/// Shapes by the names of their entries, like those of a folder.
class Shapes : public test::Objects {
 public:
  using Objects::Objects;
  Cloud read(const DataEntry& entry) const override {
    return test::small_shape(entry.name[0] == 'l', std::stoul(entry.name.substr(7)), 300);
  }
};

class SharedTraining : public test::TrainingTest {
 protected:
  SharedTraining() : TrainingTest(table_recipe()) {
    for (int i = 1; i <= 6; ++i) test::touch(folder / ("data/train/t" + std::to_string(i) + ".pcd"));
    options.data = folder_data(folder / "data", read_table);
    options.threads = 1;
  }
  static Json small(Json recipe) {
    recipe["training"].update({{"batch", 8}, {"epochs", 2}, {"steps_per_epoch", 5}});
    return recipe;
  }
  static Json table_recipe() {
    auto recipe = small(test::small_recipe());
    recipe["training"].update({{"dropout", 0.1}, {"head_dropout", 0.1}, {"feature_dropout", 0.05}});
    return recipe;
  }

  /// Trains in processes; change: of each rank's options. Rank 0's messages are in `said` afterwards.
  std::vector<test::Ended> train_in(int ranks, const std::function<void(int, TrainingOptions&)>& change = {}) {
    const auto place = test::free_address();
    const auto log = folder / "said";
    std::ofstream{log};
    const auto ended = test::in_processes(ranks, [&](int rank) {
      auto own = options;
      if (ranks == 1 && own.changes.empty()) own.changes.push_back("training.pieces=8");
      own.world.size = ranks, own.world.rank = rank, own.world.rendezvous = place, own.world.seconds = 30;
      own.progress = [&](const TrainingProgress& p) {
        if (!p.message.empty()) std::ofstream(log, std::ios::app) << p.message << "\n";
        return true;
      };
      if (change) change(rank, own);
      train(own);
    });
    said = test::content(log);
    return ended;
  }
  void expect_good(const std::vector<test::Ended>& ended) {
    for (const auto& one : ended) {
      EXPECT_EQ(one.error, "");
      EXPECT_FALSE(one.killed);
    }
  }
  /// The model's bytes.
  std::string model_of(int ranks) {
    std::filesystem::remove(options.output);
    expect_good(train_in(ranks));
    EXPECT_FALSE(std::filesystem::exists(checkpoint()));
    return test::content(options.output);
  }
  std::filesystem::path checkpoint() const { return options.output.string() + ".checkpoint"; }

  void expect_same_for_any_number() {
    const auto expected = model_of(1);
    ASSERT_FALSE(expected.empty());
    EXPECT_EQ(said.find("rank"), std::string::npos) << said;
    for (const int ranks : {2, 3, 4}) {
      EXPECT_TRUE(model_of(ranks) == expected) << ranks;
      std::string made = "gradients of clouds that each rank made:";
      for (int r = 0; r < ranks; ++r) {
        const auto own = pieces_of_rank(8, r, ranks).size();
        EXPECT_GE(own, 8 / ranks);
        made += (r == 0 ? " " : ", ") + std::to_string(10 * own);
      }
      EXPECT_NE(said.find(made + "\n"), std::string::npos) << said;
    }
  }

  std::string said;
};

TEST_F(SharedTraining, SegmentationIsTheSameForAnyNumberOfProcesses) { expect_same_for_any_number(); }

TEST_F(SharedTraining, ClassificationIsTheSameForAnyNumberOfProcesses) {
  auto recipe = small(test::small_classification_recipe());
  recipe["classes"] = Json::parse(R"([{"id": 1, "name": "house"}, {"id": 2, "name": "lolly"}])");
  recipe["network"]["standardise"] = true;
  write_recipe(recipe);
  options.data = std::make_shared<Shapes>(5, 4);
  expect_same_for_any_number();
}

TEST_F(SharedTraining, PartsAreTheSameForAnyNumberOfProcesses) {
  write_recipe(small(test::small_parts_recipe()));
  options.data = std::make_shared<test::Objects>(5, 4);
  expect_same_for_any_number();
}

TEST_F(SharedTraining, LargerPiecesAreTheSameForAnyNumberOfProcessesToo) {
  const auto by_clouds = model_of(1);
  options.changes = {"training.pieces=3"};
  const auto expected = model_of(1);
  EXPECT_FALSE(expected == by_clouds);
  for (const int ranks : {2, 3}) EXPECT_TRUE(model_of(ranks) == expected) << ranks;
  EXPECT_NE(said.find("gradients of clouds that each rank made: 20, 30, 30\n"), std::string::npos) << said;
  for (const auto& one : train_in(4))
    EXPECT_NE(one.error.find("a batch in 3 pieces cannot be shared out among 4 processes"), std::string::npos)
        << one.error;
}

TEST_F(SharedTraining, OneLineSaysWhoTrainsAndTheOthersAreSilent) {
  std::vector<std::string> told;
  expect_good(train_in(2, [&](int rank, TrainingOptions& own) {
    if (rank == 1)
      own.progress = [](const TrainingProgress& p) {
        if (!p.message.empty()) throw Error("rank 1 was told: " + p.message);
        return true;
      };
  }));
  std::istringstream lines(said);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line.find("2 processes on "), 0U) << line;
  EXPECT_NE(line.find("(ranks 0 1) share out the 8 clouds of a step, in 8 pieces"), std::string::npos) << line;
  EXPECT_EQ(said.find("processes on", 5), std::string::npos) << "once\n" << said;
}

TEST_F(SharedTraining, GoesOnWithAnotherNumberOfProcesses) {
  const auto expected = model_of(1);
  const auto stop_at = [](int step) {
    return [step](int rank, TrainingOptions& own) {
      if (rank == 0) own.progress = [step](const TrainingProgress& p) { return p.step != step; };
    };
  };
  for (const auto& one : train_in(4, stop_at(3)))
    EXPECT_NE(one.error.find("cancelled"), std::string::npos) << one.error;
  ASSERT_TRUE(std::filesystem::exists(checkpoint()));
  options.resume = true;
  for (const auto& one : train_in(2, stop_at(7)))
    EXPECT_NE(one.error.find("cancelled"), std::string::npos) << one.error;
  EXPECT_EQ(said.find("no checkpoint"), std::string::npos) << said;
  expect_good(test::in_processes(1, [&](int) { train(options); }));  // which finds out that it was one of many
  EXPECT_TRUE(test::content(options.output) == expected);
}

TEST_F(SharedTraining, AnyProcessMayStopAllOfThem) {
  const auto ended = train_in(3, [](int rank, TrainingOptions& own) {
    if (rank == 2) own.progress = [](const TrainingProgress& p) { return p.step != 4; };
  });
  for (const auto& one : ended) EXPECT_NE(one.error.find("cancelled"), std::string::npos) << one.error;
  options.resume = true;
  expect_good(train_in(3));
  EXPECT_NE(said.find("continues after step 4"), std::string::npos) << said;
}

TEST_F(SharedTraining, ATrainingOfOtherGradientsIsNotGoneOnWith) {
  for (const auto& one : test::in_processes(1, [&](int) {
         auto own = options;
         own.progress = [](const TrainingProgress& p) { return p.step != 3; };
         train(own);
       }))
    EXPECT_NE(one.error.find("cancelled"), std::string::npos) << one.error;
  options.resume = true;
  for (const auto& one : train_in(2))
    EXPECT_NE(one.error.find("cut into 1 pieces, and this one's into 8"), std::string::npos) << one.error;
}

class KilledRank : public SharedTraining, public ::testing::WithParamInterface<int> {};

TEST_P(KilledRank, EndsTheOthersAndTheSameCommandGoesOn) {
  const auto expected = model_of(1);
  std::filesystem::remove(options.output);
  const int victim = GetParam();
  const auto ended = train_in(3, [&](int rank, TrainingOptions& own) {
    if (rank == victim)
      own.progress = [](const TrainingProgress& p) {
        if (p.step == 6) raise(SIGKILL);
        return true;
      };
  });
  for (int rank = 0; rank < 3; ++rank) {
    const auto& one = ended[static_cast<std::size_t>(rank)];
    EXPECT_FALSE(one.late);
    EXPECT_EQ(one.killed, rank == victim);
    if (rank == victim) continue;
    EXPECT_NE(one.error.find("rank " + std::to_string(rank) + " of 3 lost another process"), std::string::npos)
        << one.error;
  }
  EXPECT_FALSE(std::filesystem::exists(options.output));
  EXPECT_EQ(std::filesystem::exists(checkpoint()), victim != 0) << "rank 0 leaves what it has";
  for (const auto& entry : std::filesystem::directory_iterator(folder / ""))
    EXPECT_NE(entry.path().extension(), ".part") << entry.path();
  options.resume = true;
  expect_good(train_in(3));
  EXPECT_NE(said.find(victim != 0 ? "continues after step 6" : "starts anew"), std::string::npos) << said;
  EXPECT_TRUE(test::content(options.output) == expected);
}

INSTANTIATE_TEST_SUITE_P(Ranks, KilledRank, ::testing::Values(0, 1, 2));

TEST_F(SharedTraining, ABatchThatIsTooSmallIsSaid) {
  options.changes = {"training.batch=1"};
  for (const auto& one : train_in(2))
    EXPECT_NE(one.error.find("a batch of 1 cannot be shared out among 2 processes"), std::string::npos) << one.error;
  options.changes = {"training.batch=3"};
  for (const auto& one : train_in(4))
    EXPECT_NE(one.error.find("a batch of 3 cannot be shared out among 4 processes"), std::string::npos) << one.error;
}

TEST_F(SharedTraining, WhatOneProcessCannotDoAllSay) {
  auto ended = train_in(2, [](int rank, TrainingOptions& own) {
    if (rank == 1) own.recipe = "/no/such/recipe.json";
  });
  EXPECT_NE(ended[1].error.find("/no/such/recipe.json"), std::string::npos) << ended[1].error;
  EXPECT_EQ(ended[0].error, "rank 1 cannot go on: " + ended[1].error);
  ended = train_in(2, [](int rank, TrainingOptions& own) {
    if (rank == 1) own.seed = 77;
  });
  for (const auto& one : ended)
    EXPECT_NE(one.error.find("rank 1 has another recipe, seed"), std::string::npos) << one.error;
}

TEST_F(SharedTraining, ACloudThatOneProcessCannotReadEndsAll) {
  const auto ended = train_in(2, [&](int rank, TrainingOptions& own) {
    if (rank == 1)
      own.data = folder_data(folder / "data", [](const std::filesystem::path& file) {
        if (test::seed_of(file) == 5) throw Error("the disk of rank 1 is gone");
        return read_table(file);
      });
  });
  EXPECT_NE(ended[1].error.find("the disk of rank 1 is gone"), std::string::npos) << ended[1].error;
  EXPECT_NE(ended[0].error.find("rank 1 "), std::string::npos) << ended[0].error;
  EXPECT_NE(ended[0].error.find("says why"), std::string::npos) << ended[0].error;
}

TEST_F(SharedTraining, AMissingProcessIsSaidWithinTheLimit) {
  const auto place = test::free_address();
  const auto ended = test::in_processes(2, [&](int rank) {
    auto own = options;
    own.world.size = 3, own.world.rank = rank, own.world.rendezvous = place, own.world.seconds = 1;
    train(own);
  });
  for (const auto& one : ended)
    EXPECT_NE(one.error.find("rank 2 of 3 did not come within 1 s"), std::string::npos) << one.error;
}

}  // namespace
}  // namespace treewalk
