// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Graphs and octrees, which need no model.
#include <algorithm>
#include <cstring>
#include <sstream>

#include "run_program.h"

namespace program_test {
namespace {

class StructureProgram : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    place_ = std::make_unique<Workplace>();
    treewalk::write_cloud(place() / "scene.pcd", table_cloud(3));
  }
  static void TearDownTestSuite() { place_.reset(); }
  static const Workplace& place() { return *place_; }

 private:
  static std::unique_ptr<Workplace> place_;
};
std::unique_ptr<Workplace> StructureProgram::place_;

TEST_F(StructureProgram, GraphIsAReadableFileOfTensors) {
  const Outcome outcome = place().run("graph scene.pcd -o graph.csr -k 4");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const std::string file = content(place() / "graph.csr");
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), 8);
  const auto header = nlohmann::json::parse(file.substr(8, length));
  EXPECT_EQ(header["offset"]["shape"][0], 2401);
  EXPECT_EQ(header["column"]["shape"][0], 4 * (2400 - 48));
  const std::uint64_t end = header["squared_distance"]["data_offsets"][1];
  EXPECT_EQ(file.size(), 8 + length + end);
  std::int64_t last = 0;
  std::memcpy(&last, file.data() + 8 + length + 2400 * 8, 8);
  EXPECT_EQ(last, header["column"]["shape"][0]);
}

TEST_F(StructureProgram, GraphIsOfTheFieldsThatAreNamed) {
  const auto graph = [](const std::string& options) {  // the header and the tensors
    const Outcome outcome = place().run("graph scene.pcd -o fields.csr --overwrite -k 4 " + options);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const std::string file = content(place() / "fields.csr");
    std::uint64_t length = 0;
    std::memcpy(&length, file.data(), 8);
    return std::pair(nlohmann::json::parse(file.substr(8, length)), file.substr(8 + length));
  };
  const auto plain = graph(""), same = graph("--fields x,y,z"), flat = graph("--fields 'x,y,z*0.1'");
  EXPECT_EQ(same.second, plain.second);
  EXPECT_NE(flat.second, plain.second);
  EXPECT_EQ(flat.first["__metadata__"]["fields"], "x,y,z*0.1");
  EXPECT_FALSE(plain.first["__metadata__"].contains("fields"));
  expect_error(place().run("graph scene.pcd -o no.csr --fields x,,y"), 2, "without a name");
  expect_error(place().run("graph scene.pcd -o no.csr --fields 'x,z*much'"), 2, "'z*much'");
  expect_error(place().run("graph scene.pcd -o no.csr --fields x,height"), 1, "no field 'height'");
}

TEST_F(StructureProgram, GraphReportsMasksOfWalks) {
  const auto mask = [](const std::string& options) {  // entries a point and squared error
    const Outcome outcome = place().run("graph scene.pcd -k 4 " + options);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    std::istringstream row(outcome.out.substr(outcome.out.rfind('\n', outcome.out.size() - 2) + 1));
    std::string word;
    std::vector<std::string> words;
    while (row >> word) words.push_back(word);
    const auto first =
        std::find_if(words.begin(), words.end(), [](const std::string& w) { return w.find('.') != std::string::npos; });
    EXPECT_LT(first + 3, words.end()) << outcome.out;
    return std::pair(std::stod(*first), std::stod(*(first + 3)));
  };
  const auto exact = mask("--walks 0 --hops 3"), walked = mask("--walks 4 --hops 3"),
             again = mask("--walks 4 --hops 3 --threads 1"), other = mask("--walks 4 --hops 3 --seed 1"),
             thinned = mask("--walks 0 --hops 3 --frontier 6 --entries 8");
  EXPECT_GT(exact.first, 8);
  EXPECT_LT(exact.second, 1e-9);
  EXPECT_EQ(walked, again);
  EXPECT_NE(walked, other);
  EXPECT_LE(thinned.first, 9);
  EXPECT_GT(thinned.second, 1e-4);
  EXPECT_LT(thinned.second, walked.second);
  expect_error(place().run("graph scene.pcd"), 2, "-o FILE or --walks N");
  expect_error(place().run("graph scene.pcd --walks 4 --frontier 3"), 2, "--walks 0");
  expect_error(place().run("graph scene.pcd --walks 4 --mask symmetric"), 2, "--kind union");
  expect_error(place().run("graph scene.pcd --walks 4 --halt 0.9 --halting antithetic"), 1, "halt <= 0.5");
}

TEST_F(StructureProgram, OctreeShowsEveryLevel) {
  const Outcome outcome = place().run("octree scene.pcd --depth 5");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 1 + 6 + 1) << outcome.out;
}

}  // namespace
}  // namespace program_test
