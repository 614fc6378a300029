// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/distributed/launchers.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/error_of.h"

namespace treewalk {
namespace {

using Variables = std::map<std::string, std::string>;

WorldOptions world_in(const Variables& variables, const std::string& rendezvous = "") {
  return world_of(
      [&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
      },
      rendezvous);
}

std::string error_in(const Variables& variables, const std::string& rendezvous = "") {
  return error_of([&] { world_in(variables, rendezvous); });
}

Variables with(Variables variables, const Variables& more) {
  for (const auto& [name, value] : more) variables[name] = value;
  return variables;
}

const Variables kMaster{{"MASTER_ADDR", "10.0.0.7"}, {"MASTER_PORT", "29500"}};

TEST(Launchers, WithoutVariablesAProcessWorksAlone) {
  const auto world = world_in({});
  EXPECT_EQ(world.size, 1);
  EXPECT_EQ(world.rank, 0);
}

TEST(Launchers, TorchrunsVariablesSayAll) {
  const auto world = world_in(with(kMaster, {{"RANK", "3"}, {"WORLD_SIZE", "4"}, {"LOCAL_RANK", "1"}}));
  EXPECT_EQ(world.rank, 3);
  EXPECT_EQ(world.size, 4);
  EXPECT_EQ(world.rendezvous, "10.0.0.7:29500");
  EXPECT_FALSE(world.hosted);
  EXPECT_EQ(world.seconds, 600);
  const auto agents = world_in(with(kMaster, {{"RANK", "0"},
                                              {"WORLD_SIZE", "2"},
                                              {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                                              {"TORCHELASTIC_RUN_ID", "abc"},
                                              {"TORCHELASTIC_RESTART_COUNT", "1"}}));
  EXPECT_TRUE(agents.hosted) << "torchrun's agent listens there already";
  EXPECT_EQ(agents.run, "abc/1") << "what a process before a restart left there is not read";
}

TEST(Launchers, AnIpv6AddressGetsBrackets) {
  EXPECT_EQ(world_in({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "fd00::1"}, {"MASTER_PORT", "5"}}).rendezvous,
            "[fd00::1]:5");
}

TEST(Launchers, APlaceThatIsGivenWins) {
  const auto world = world_in(with(kMaster, {{"RANK", "0"}, {"WORLD_SIZE", "2"}}), "/shared/run");
  EXPECT_EQ(world.rendezvous, "/shared/run");
  EXPECT_EQ(world_in({{"RANK", "1"}, {"WORLD_SIZE", "2"}}, "node1:7000").rendezvous, "node1:7000");
}

TEST(Launchers, OneProcessOfOneNeedsNoPlace) {
  EXPECT_EQ(world_in({{"RANK", "0"}, {"WORLD_SIZE", "1"}}).size, 1);
  EXPECT_EQ(world_in({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "1"}}).size, 1);
}

TEST(Launchers, MpirunOnOneMachineMeetsOnTheLoopback) {
  const Variables first{{"OMPI_COMM_WORLD_RANK", "2"},
                        {"OMPI_COMM_WORLD_SIZE", "4"},
                        {"OMPI_COMM_WORLD_LOCAL_SIZE", "4"},
                        {"PMIX_NAMESPACE", "1234.1"}};
  const auto world = world_in(first);
  EXPECT_EQ(world.rank, 2);
  EXPECT_EQ(world.size, 4);
  EXPECT_EQ(world.rendezvous.substr(0, 10), "127.0.0.1:");
  EXPECT_EQ(world_in(with(first, {{"OMPI_COMM_WORLD_RANK", "0"}})).rendezvous, world.rendezvous);
  EXPECT_NE(world_in(with(first, {{"PMIX_NAMESPACE", "99.1"}})).rendezvous, world.rendezvous);
  EXPECT_EQ(world_in(with(first, kMaster)).rendezvous, "10.0.0.7:29500");
}

TEST(Launchers, MpirunOnSeveralMachinesAsksWhereToMeet) {
  const Variables variables{
      {"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "4"}, {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}};
  EXPECT_NE(error_in(variables).find("several machines"), std::string::npos) << error_in(variables);
  EXPECT_EQ(world_in(with(variables, kMaster)).rendezvous, "10.0.0.7:29500");
}

TEST(Launchers, SrunMeetsOnTheFirstNodeOfTheStep) {
  const Variables step{{"SLURM_PROCID", "5"},    {"SLURM_STEP_NUM_TASKS", "8"}, {"SLURM_STEP_NODELIST", "gpu[07-09]"},
                       {"SLURM_JOB_ID", "4711"}, {"SLURM_STEP_ID", "0"},        {"SLURM_NTASKS", "16"}};
  const auto world = world_in(step);
  EXPECT_EQ(world.rank, 5);
  EXPECT_EQ(world.size, 8) << "of the step, not of the job";
  EXPECT_EQ(world.rendezvous.substr(0, 6), "gpu07:");
  EXPECT_NE(world_in(with(step, {{"SLURM_STEP_ID", "1"}})).rendezvous, world.rendezvous) << "two steps of a job";
}

TEST(Launchers, TheScriptOfABatchJobIsNoStep) {
  EXPECT_EQ(world_in({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "8"}, {"SLURM_JOB_ID", "1"}}).size, 1);
}

TEST(Launchers, MpirunInASlurmJobCountsItsOwnProcesses) {
  const auto world = world_in({{"OMPI_COMM_WORLD_RANK", "1"},
                               {"OMPI_COMM_WORLD_SIZE", "2"},
                               {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"},
                               {"SLURM_PROCID", "0"},
                               {"SLURM_STEP_NUM_TASKS", "1"},
                               {"SLURM_STEP_NODELIST", "n1"}});
  EXPECT_EQ(world.rank, 1);
  EXPECT_EQ(world.size, 2);
}

TEST(Launchers, WrongAndMissingVariablesAreNamed) {
  const std::pair<Variables, std::string> cases[] = {
      {{{"RANK", "0"}}, "RANK is set, but WORLD_SIZE is not"},
      {{{"WORLD_SIZE", "2"}}, "WORLD_SIZE is set, but RANK is not"},
      {{{"RANK", "one"}, {"WORLD_SIZE", "2"}}, "RANK must be a whole number from 0, but is \"one\""},
      {{{"RANK", "-1"}, {"WORLD_SIZE", "2"}}, "RANK must be a whole number from 0, but is \"-1\""},
      {{{"RANK", "1x"}, {"WORLD_SIZE", "2"}}, "but is \"1x\""},
      {{{"RANK", "99999999999"}, {"WORLD_SIZE", "2"}}, "but is \"99999999999\""},
      {{{"RANK", "0"}, {"WORLD_SIZE", "0"}}, "WORLD_SIZE must be at least 1"},
      {{{"RANK", "2"}, {"WORLD_SIZE", "2"}}, "RANK is 2, but WORLD_SIZE 2 has ranks 0 to 1"},
      {{{"RANK", "0"}, {"WORLD_SIZE", "2"}}, "do not say where the processes meet"},
      {{{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}}, "MASTER_ADDR is set, but MASTER_PORT is not"},
      {{{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_PORT", "1"}}, "MASTER_PORT is set, but MASTER_ADDR is not"},
      {{{"SLURM_STEP_NUM_TASKS", "2"}}, "SLURM_STEP_NUM_TASKS is set, but SLURM_PROCID is not"},
      {{{"SLURM_STEP_NUM_TASKS", "2"}, {"SLURM_PROCID", "1"}}, "SLURM_STEP_NODELIST is not set"},
      {{{"OMPI_COMM_WORLD_RANK", "1"}}, "OMPI_COMM_WORLD_RANK is set, but OMPI_COMM_WORLD_SIZE is not"},
  };
  for (const auto& [variables, part] : cases)
    EXPECT_NE(error_in(variables).find(part), std::string::npos) << error_in(variables) << " / " << part;
  EXPECT_NE(error_in({}, "host:1").find("nobody to meet"), std::string::npos) << error_in({}, "host:1");
}

TEST(Launchers, TheFirstHostOfAListOfSlurm) {
  EXPECT_EQ(first_host("n1"), "n1");
  EXPECT_EQ(first_host("n1,n2"), "n1");
  EXPECT_EQ(first_host("node[007-012,20],other"), "node007");
  EXPECT_EQ(first_host("node[3,7]"), "node3");
  EXPECT_EQ(first_host("node[9]"), "node9");
  EXPECT_EQ(first_host("rack1[0-3]-ib,x"), "rack10-ib");
  EXPECT_EQ(first_host("other,node[1-2]"), "other");
  for (const char* wrong : {"", ",n1", "node[", "node[1"})
    EXPECT_NE(error_of([&] { first_host(wrong); }).find("no list of hosts"), std::string::npos) << wrong;
}

}  // namespace
}  // namespace treewalk
