// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Several processes of the program as one training; how they share it is tested in tests/training.
#include <arpa/inet.h>
#include <sys/socket.h>

#include "run_program.h"

namespace program_test {
namespace {

/// A port of the loopback that nobody listens on.
int free_port() {
  const int number = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(number, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(number, reinterpret_cast<sockaddr*>(&address), &size), 0);
  close(number);
  return ntohs(address.sin_port);
}

class Distributed : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    place_ = std::make_unique<Workplace>();
    fs::create_directories(place() / "data/train");
    for (int i = 0; i < 3; ++i)
      treewalk::write_cloud(place() / "data/train" / ("scene" + std::to_string(i) + ".pcd"),
                            table_cloud(static_cast<std::uint64_t>(i), 30, 30));
    auto recipe = nlohmann::json::parse(small_recipe());
    recipe["training"].update({{"batch", 4}, {"dropout", 0.1}});
    std::ofstream(place() / "recipe.json") << recipe;
    place().good("train recipe.json --data data -o one.treewalk --set training.pieces=4 --quiet");
  }
  static void TearDownTestSuite() { place_.reset(); }
  static const Workplace& place() { return *place_; }

  /// Runs a line of the shell in the folder, in which treewalk is the program; fails after a minute.
  static Outcome shell(const std::string& line) {
    const std::string command = "cd '" + (place() / "").string() +
                                "' && export TREEWALK='" TREEWALK_PROGRAM "' && timeout 60 bash -c '" + line +
                                "' >out.txt 2>err.txt";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content(place() / "out.txt"), content(place() / "err.txt")};
  }
  /// RANK=0 and so on before the program, each in the background but the first; what rank r says is in err-r.txt.
  static Outcome ranks(int count, const std::string& arguments) {
    std::string line = "export MASTER_ADDR=127.0.0.1 MASTER_PORT=" + std::to_string(free_port()) +
                       " WORLD_SIZE=" + std::to_string(count) + "; ";
    for (int r = count - 1; r >= 0; --r)
      line += "RANK=" + std::to_string(r) + " $TREEWALK " + arguments + " 2>err-" + std::to_string(r) + ".txt" +
              (r > 0 ? " & " : "; status=$?; wait; exit $status");
    return shell(line);
  }
  static std::string said(int rank) { return content(place() / ("err-" + std::to_string(rank) + ".txt")); }
  static void expect_model_of_one(const std::string& name) {
    EXPECT_TRUE(content(place() / name) == content(place() / "one.treewalk")) << name;
  }

 private:
  static std::unique_ptr<Workplace> place_;
};
std::unique_ptr<Workplace> Distributed::place_;

TEST_F(Distributed, SeveralProcessesWriteTheModelOfOne) {
  for (const int count : {2, 4}) {
    const std::string name = "of" + std::to_string(count) + ".treewalk";
    EXPECT_EQ(ranks(count, "train recipe.json --data data -o " + name).status, 0) << said(0);
    expect_model_of_one(name);
    EXPECT_NE(said(0).find(std::to_string(count) + " processes on "), std::string::npos) << said(0);
    EXPECT_NE(said(0).find("gradients of clouds that each rank made: "), std::string::npos) << said(0);
    for (int r = 1; r < count; ++r) EXPECT_EQ(said(r), "") << "one process speaks for all";
  }
}

TEST_F(Distributed, TheyMeetInASharedFolderToo) {
  fs::create_directory(place() / "meet");
  EXPECT_EQ(ranks(2, "train recipe.json --data data -o folder.treewalk --rendezvous ./meet").status, 0) << said(0);
  expect_model_of_one("folder.treewalk");
}

TEST_F(Distributed, MpirunStartsThem) {
  if (std::system("command -v mpirun >/dev/null 2>&1") != 0) GTEST_SKIP() << "mpirun is not on this machine";
  const auto outcome = shell(
      "export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; "
      "mpirun --oversubscribe -np 2 $TREEWALK train recipe.json --data data -o mpi.treewalk");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  expect_model_of_one("mpi.treewalk");
}

TEST_F(Distributed, WrongAndMissingVariablesAreOneSentence) {
  const std::string train = "$TREEWALK train recipe.json --data data -o wrong.treewalk";
  const std::pair<std::string, std::string> cases[] = {
      {"RANK=0 " + train, "RANK is set, but WORLD_SIZE is not"},
      {"RANK=2 WORLD_SIZE=2 " + train, "RANK is 2, but WORLD_SIZE 2 has ranks 0 to 1"},
      {"RANK=0 WORLD_SIZE=2 " + train, "do not say where the processes meet"},
      {"RANK=0 WORLD_SIZE=2 " + train + " --rendezvous nowhere", "must look like HOST:PORT"},
      {train + " --rendezvous 127.0.0.1:1", "nobody to meet"},
      {"RANK=1 WORLD_SIZE=2 " + train + " --wait 1 --rendezvous 127.0.0.1:" + std::to_string(free_port()),
       "rank 1 found nobody at 127.0.0.1:"},
      {"RANK=0 WORLD_SIZE=2 " + train + " --wait 1 --rendezvous 127.0.0.1:" + std::to_string(free_port()),
       "rank 1 of 2 did not come within 1 s"},
  };
  for (const auto& [line, part] : cases) expect_error(shell(line), 1, part);
  EXPECT_FALSE(fs::exists(place() / "wrong.treewalk"));
}

TEST_F(Distributed, ABatchOfOneCannotBeSharedOut) {
  EXPECT_EQ(ranks(2, "train recipe.json --data data -o wrong.treewalk --set training.batch=1").status, 1);
  for (int r = 0; r < 2; ++r)
    EXPECT_NE(said(r).find("a batch of 1 cannot be shared out among 2 processes"), std::string::npos) << said(r);
}

}  // namespace
}  // namespace program_test
