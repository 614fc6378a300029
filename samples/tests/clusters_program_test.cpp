// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Numbers of the pieces that a model sees, as a field of clouds.
#include <treewalk/las.h>
#include <treewalk/session.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>

#include "run_program.h"

namespace program_test {
namespace {

using treewalk::Cloud;
using treewalk::CloudView;
using treewalk::Clustering;

std::vector<std::uint32_t> field(const Cloud& cloud, const std::string& name) {
  const CloudView view = cloud.view();
  const auto& found = view.at(name);
  EXPECT_EQ(found.type, treewalk::Scalar::uint32);
  std::vector<std::uint32_t> result;
  for (std::int64_t i = 0; i < view.size; ++i) result.push_back(static_cast<std::uint32_t>(view.value(i, found)));
  return result;
}

/// One network whose clusters are learned and one whose nodes are cells serve all tests.
class ClustersProgram : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    place_ = std::make_unique<Workplace>();
    train_small_model(place());
    const Outcome outcome =
        place().run("train recipe.json --data data --set network.hierarchy=learned -o models/learned.treewalk --quiet");
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    treewalk::write_cloud(place() / "scan.pcd", table_cloud(3));
  }
  static void TearDownTestSuite() { place_.reset(); }
  static const Workplace& place() { return *place_; }
  static Clustering clusters(const std::string& model, const Cloud& cloud, int level) {
    return treewalk::Session(treewalk::load_model(place() / ("models/" + model + ".treewalk")))
        .clusters(cloud.view(), level);
  }

 private:
  static std::unique_ptr<Workplace> place_;
};
std::unique_ptr<Workplace> ClustersProgram::place_;

TEST_F(ClustersProgram, CellsAreThoseOfTheCoordinates) {
  place().good("clusters scan.pcd -m small --level 2 -o cells.pcd");
  const Cloud before = table_cloud(3), after = treewalk::read_cloud(place() / "cells.pcd");
  ASSERT_EQ(after.size(), before.size());
  const auto number = field(after, "cluster");
  const CloudView view = before.view();
  std::map<std::array<std::int64_t, 3>, std::uint32_t> cells;
  std::set<std::uint32_t> numbers;
  std::int64_t compared = 0;
  for (std::int64_t i = 0; i < view.size; ++i) {
    const auto index = static_cast<std::size_t>(i);
    if (!std::isfinite(view.value(i, view.at("z")))) {
      EXPECT_EQ(number[index], Clustering::none);
      continue;
    }
    numbers.insert(number[index]);
    std::array<std::int64_t, 3> cell{};
    bool at_an_edge = false;  // by less than coordinates are rounded
    for (std::size_t a = 0; a < 3; ++a) {
      const double at = view.value(i, view.fields[a]) / 0.12;
      cell[a] = static_cast<std::int64_t>(std::floor(at));
      at_an_edge |= std::abs(at - std::round(at)) < 1e-3;
    }
    if (at_an_edge) continue;
    ++compared;
    EXPECT_EQ(cells.emplace(cell, number[index]).first->second, number[index]);
  }
  EXPECT_GT(compared, 2000);
  EXPECT_EQ(cells.size(), numbers.size());
  EXPECT_EQ(*numbers.rbegin() + 1, numbers.size());
}

TEST_F(ClustersProgram, EveryPointGetsItsNumberAndKeepsAllElse) {
  const Cloud before = table_cloud(3);
  const auto expected = clusters("learned", before, 1);
  const Outcome outcome =
      place().good("clusters scan.pcd -m learned -o learned.pcd" + png("learned.png") + " --html learned.html");
  Cloud after = treewalk::read_cloud(place() / "learned.pcd");
  EXPECT_EQ(field(after, "cluster"), expected.cluster);
  EXPECT_EQ(after.width, before.width);
  EXPECT_EQ(after.height, before.height);
  after.remove_field("cluster");
  EXPECT_EQ(after.data, before.data);
  const auto in_some = before.size() - std::count(expected.cluster.begin(), expected.cluster.end(), Clustering::none);
  char mean[32];
  std::snprintf(mean, sizeof mean, "%.1f", static_cast<double>(in_some) / expected.count);
  const auto line = "  " + std::to_string(expected.count) + " clusters of level 1, with " + mean +
                    " points each in the mean\n  hierarchy: learned clusters";
  EXPECT_NE(outcome.out.find(line), std::string::npos) << outcome.out << line;
  EXPECT_NE(outcome.out.find("  in no cluster (4294967295): 48 points\n"), std::string::npos) << outcome.out;
  EXPECT_GT(content(place() / "learned.html").size(), 10000u);
  if (TREEWALK_PICTURES) {
    EXPECT_GT(content(place() / "learned.png").size(), 1000u);
  }
  EXPECT_EQ(place().good("clusters scan.pcd -m learned -o quiet.pcd --quiet").out, "");
}

TEST_F(ClustersProgram, AFieldThatIsThereIsKeptAndLevelsStandSideBySide) {
  place().good("clusters scan.pcd -m learned --level 1 -o one.ply");
  place().good("clusters one.ply -m learned --level 2 -o two.pcd");
  const Cloud two = treewalk::read_cloud(place() / "two.pcd");
  const Cloud cloud = table_cloud(3);
  EXPECT_EQ(field(two, "cluster"), clusters("learned", cloud, 2).cluster);
  const auto view = two.view();
  const auto one = clusters("learned", cloud, 1).cluster;
  for (std::int64_t i = 0; i < two.size(); ++i)
    ASSERT_EQ(static_cast<std::uint32_t>(static_cast<std::int64_t>(view.value(i, view.at("cluster_input")))),
              one[static_cast<std::size_t>(i)]);
  const Outcome outcome = place().good("view two.pcd --labels cluster -o two.html");
  EXPECT_NE(content(place() / "two.html").find("cluster 3"), std::string::npos);
}

TEST_F(ClustersProgram, AColourThatTheCloudLacksIsMissedBeforeItIsLabelled) {
  for (const char* command : {"segment scan.pcd -m small", "clusters scan.pcd -m small"})
    expect_error(place().run(command + std::string(" -o coloured.pcd --html coloured.html --color rgb")), 1,
                 "'scan.pcd' has no rgb to colour by; leave --color out, or say --color height");
  EXPECT_FALSE(fs::exists(place() / "coloured.pcd"));
}

TEST_F(ClustersProgram, AFractionIsNoWholeNumber) {
  for (const char* option : {"--memory", "--threads", "--most"})
    expect_error(place().run("segment scan.pcd -m small --html x.html " + std::string(option) + " 1.5"), 2,
                 std::string(option) + ": must be a whole number, not '1.5'");
  expect_error(place().run("graph scan.pcd -o graph.csr -k 7.5"), 2, "must be a whole number, not '7.5'");
}

TEST_F(ClustersProgram, AWholeNumberMayHaveAnyForm) {
  const std::string command = "graph scan.pcd --overwrite -o graph.csr -k ";
  place().good(command + "10");
  const auto ten = content(place() / "graph.csr");
  for (const char* form : {"010", "1e1", "10.", "0xa", "0010"}) {
    place().good(command + "3");
    place().good(command + form);
    EXPECT_TRUE(content(place() / "graph.csr") == ten) << form;
  }
}

TEST_F(ClustersProgram, ALasFileGoesOnWithOneMoreDimension) {
  const Cloud all = table_cloud(3);
  Cloud cloud = all;
  std::int64_t finite = 0;
  for (std::int64_t i = 0; i < all.size(); ++i) {
    if (!std::isfinite(all.view().value(i, all.view().at("z")))) continue;
    std::memcpy(&cloud.data[static_cast<std::size_t>(finite++) * cloud.stride],
                &all.data[static_cast<std::size_t>(i) * all.stride], all.stride);
  }
  cloud.data.resize(static_cast<std::size_t>(finite) * cloud.stride);
  cloud.width = finite, cloud.height = 1;
  cloud.remove_field("label");
  std::vector<std::uint32_t> code(static_cast<std::size_t>(finite), 1);
  for (std::size_t i = 0; i < code.size(); i += 40) code[i] = 7;
  cloud.set_field("classification", code);
  cloud.set_field("classification_flags", std::vector<std::uint32_t>(code.size(), 0));
  treewalk::write_cloud(place() / "scan.las", cloud);

  const Outcome outcome = place().good("clusters scan.las -m learned -o out.las");
  EXPECT_NE(outcome.out.find("points of noise or withheld"), std::string::npos) << outcome.out;
  const auto info = treewalk::las_info(place() / "out.las");
  EXPECT_EQ(std::count(info.extra.begin(), info.extra.end(), "cluster"), 1);
  Cloud before = treewalk::read_cloud(place() / "scan.las"), after = treewalk::read_cloud(place() / "out.las");
  const auto number = field(after, "cluster");
  Cloud seen = before;  // noise has no place
  for (std::size_t i = 0; i < code.size(); i += 40) {
    EXPECT_EQ(number[i], Clustering::none);
    move_to(seen, static_cast<std::int64_t>(i), NAN, 0, 0);
  }
  EXPECT_EQ(number, clusters("learned", seen, 1).cluster);
  after.remove_field("cluster");
  EXPECT_EQ(after.data, before.data);
  place().good("clusters scan.las -m learned --use-noise -o noise.pcd");
  EXPECT_EQ(field(treewalk::read_cloud(place() / "noise.pcd"), "cluster"), clusters("learned", before, 1).cluster);
}

TEST_F(ClustersProgram, AFolderGivesAFolder) {
  place().good("clusters data/test -m small -o numbered");
  for (const char* name : {"scene0.pcd", "scene1.pcd"}) {
    const Cloud cloud = treewalk::read_cloud(place() / "data/test" / name);
    EXPECT_EQ(field(treewalk::read_cloud(place() / "numbered" / name), "cluster"), clusters("small", cloud, 1).cluster);
  }
}

TEST_F(ClustersProgram, ScaleIsFromTheCloudsUnitToTheModels) {
  Cloud feet = table_cloud(3);
  for (std::int64_t i = 0; i < feet.size(); ++i) {
    const auto view = feet.view();
    const auto at = [&](const char* name) { return view.value(i, view.at(name)) * 2; };
    move_to(feet, i, at("x"), at("y"), at("z"));
  }
  treewalk::write_cloud(place() / "feet.pcd", feet);
  place().good("clusters feet.pcd -m learned --scale 0.5 -o feet_out.pcd");
  EXPECT_EQ(field(treewalk::read_cloud(place() / "feet_out.pcd"), "cluster"),
            clusters("learned", table_cloud(3), 1).cluster);
}

TEST_F(ClustersProgram, PointsOfAClusterGetOneLabel) {
  const Cloud cloud = table_cloud(3);
  treewalk::RunOptions options;
  options.probabilities = true;
  const auto model = treewalk::load_model(place() / "models/learned.treewalk");
  const treewalk::Session session(model, options);
  const auto found = session.clusters(cloud.view(), 2);
  auto expected = session.segment(cloud.view());
  const auto before = expected.confidence;
  treewalk::label_by_cluster(found, treewalk::model_info(*model), expected);
  const Outcome outcome = place().good("segment scan.pcd -m learned --per-cluster 2 -o per_cluster.pcd");
  const Cloud labelled = treewalk::read_cloud(place() / "per_cluster.pcd");
  const CloudView view = labelled.view();
  const auto label = field(labelled, "label");
  EXPECT_EQ(label, expected.label);
  for (std::int64_t i = 0; i < view.size; ++i)
    ASSERT_EQ(static_cast<float>(view.value(i, view.at("confidence"))),
              expected.confidence[static_cast<std::size_t>(i)]);
  std::map<std::uint32_t, std::uint32_t> of_cluster;
  for (std::size_t i = 0; i < label.size(); ++i)
    if (found.cluster[i] != Clustering::none) {
      EXPECT_EQ(of_cluster.emplace(found.cluster[i], label[i]).first->second, label[i]);
    }
  EXPECT_NE(expected.confidence, before);
  expect_error(place().run("segment scan.pcd -m learned --per-cluster 3"), 2, "--per-cluster 3: the levels");
}

TEST_F(ClustersProgram, SaysWhatIsWrongBeforeAnyWork) {
  expect_error(place().run("clusters scan.pcd -m learned --level 3 -o x.pcd"), 2,
               "--level 3: the levels of the model's hierarchy are 0, its leaf cells, to 2");
  expect_error(place().run("clusters scan.pcd -m learned --level -1 -o x.pcd"), 2, "--level");
  expect_error(place().run("clusters scan.pcd -o x.pcd"), 2, "--model");
  expect_error(place().run("clusters scan.pcd -m learned"), 2, "--output");
  expect_error(place().run("clusters scan.pcd -m learned -o x.txt"), 2, ".pcd");
  expect_error(place().run("clusters scan.pcd -m nobody -o x.pcd"), 1, "nobody");
  expect_error(place().run("clusters none.pcd -m learned -o x.pcd"), 1, "none.pcd");
  expect_error(place().run("clusters scan.pcd -m learned -o scan.pcd"), 1, "--overwrite");
  expect_error(place().run("clusters scan.pcd -m learned -o x.laz"), 1, "without finite coordinates");
  expect_error(place().run("clusters scan.pcd -m learned --memory 1 -o x.pcd"), 1, "--memory 1 is too little");
  EXPECT_FALSE(fs::exists(place() / "x.pcd"));
}

TEST_F(ClustersProgram, MemoryThatASentenceNamesIsEnough) {
  const Outcome refused = place().run("clusters scan.pcd -m learned --memory 1 -o memory.pcd");
  ASSERT_EQ(refused.status, 1);
  std::int64_t most = 0;
  for (std::size_t at = 0; (at = refused.err.find(" MB", at)) != std::string::npos; ++at) {
    const auto begin = refused.err.find_last_of(' ', at - 1) + 1;
    most = std::max<std::int64_t>(most, std::atoll(refused.err.substr(begin, at - begin).c_str()));
  }
  most = std::max<std::int64_t>(most, 300);
  place().good("clusters scan.pcd -m learned --memory " + std::to_string(most) + " -o memory.pcd");
  place().good("clusters scan.pcd -m learned --scratch . -o scratch.pcd");
  EXPECT_EQ(content(place() / "memory.pcd"), content(place() / "scratch.pcd"));
}

}  // namespace
}  // namespace program_test
