// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What a surveyor does: a LAS file in, the same file with classes out.
#include <treewalk/las.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "run_program.h"

namespace program_test {
namespace {

using treewalk::Cloud;
using treewalk::CloudView;

/// A table with a box that has what LAS holds: classes of before (1, a few 7 and 6), intensity, flags, and one more.
Cloud scan(std::uint64_t seed = 3) {
  const Cloud all = table_cloud(seed);
  const CloudView view = all.view();
  Cloud cloud;
  cloud.fields = all.fields;
  cloud.stride = all.stride;
  for (std::int64_t i = 0; i < all.size(); ++i) {
    if (!std::isfinite(view.value(i, view.at("z")))) continue;
    const auto at = all.data.begin() + i * static_cast<std::int64_t>(all.stride);
    cloud.data.insert(cloud.data.end(), at, at + static_cast<std::int64_t>(all.stride));
    ++cloud.width;
  }
  cloud.remove_field("label");
  const auto size = static_cast<std::size_t>(cloud.size());
  std::vector<std::uint32_t> code(size, 1), intensity(size), flags(size);
  for (std::size_t i = 0; i < size; ++i) {
    if (i % 40 == 3) code[i] = 7;
    if (i % 40 == 5) code[i] = 6;
    if (i % 40 == 7) flags[i] = 4;  // withheld
    intensity[i] = static_cast<std::uint32_t>(i);
  }
  cloud.set_field("classification", code);
  cloud.set_field("classification_flags", flags);
  cloud.set_field("intensity", intensity);
  return cloud;
}

/// Numbers of a field.
std::vector<double> values(const Cloud& cloud, const std::string& field) {
  const CloudView view = cloud.view();
  std::vector<double> result;
  for (std::int64_t i = 0; i < view.size; ++i) result.push_back(view.value(i, view.at(field)));
  return result;
}

class Las : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    place_ = std::make_unique<Workplace>();
    for (int i = 0; i < 2; ++i) {
      fs::create_directories(place() / "data/train");
      treewalk::write_cloud(place() / "data/train" / ("scene" + std::to_string(i) + ".pcd"), table_cloud(10 + i));
    }
    std::string recipe = small_recipe();
    recipe.replace(recipe.find("\"id\": 7"), 7, "\"id\": 2");
    recipe.replace(recipe.find("\"id\": 9"), 7, "\"id\": 40");
    std::ofstream(place() / "recipe.json") << recipe;
    ASSERT_EQ(place().run("train recipe.json --data data -o models/small.treewalk --quiet").status, 0);
    treewalk::write_cloud(place() / "scan.las", scan());
  }
  static void TearDownTestSuite() { place_.reset(); }
  static const Workplace& place() { return *place_; }

 private:
  static std::unique_ptr<Workplace> place_;
};
std::unique_ptr<Workplace> Las::place_;

std::string out() { return treewalk::knows_laz() ? "out.laz" : "out.las"; }

TEST_F(Las, OnlyClassesChangeAndASecondRunChangesNothing) {
  const Outcome first = place().good("segment scan.las -m small --overwrite -o " + out());
  EXPECT_NE(first.out.find("left as they were: 118 points of noise or withheld"), std::string::npos) << first.out;
  EXPECT_NE(first.out.find("points changed their class"), std::string::npos) << first.out;
  const Cloud before = treewalk::read_cloud(place() / "scan.las"), after = treewalk::read_cloud(place() / out());
  for (const char* field : {"x", "y", "z", "intensity", "classification_flags", "tag"})
    EXPECT_EQ(values(before, field), values(after, field)) << field;
  const auto code = values(after, "classification"), confidence = values(after, "confidence");
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (i % 40 == 3 || i % 40 == 7) {
      EXPECT_EQ(code[i], i % 40 == 3 ? 7 : 1);
      EXPECT_EQ(confidence[i], 0);
    } else {
      EXPECT_TRUE(code[i] == 2 || code[i] == 40) << code[i];
      EXPECT_GT(confidence[i], 0.4);
    }
  }
  const Outcome second = place().good("segment " + out() + " -m small --overwrite -o again_" + out());
  EXPECT_NE(second.out.find("  0 points changed their class"), std::string::npos) << second.out;
  EXPECT_TRUE(content(place() / out()) == content(place() / ("again_" + out())));
}

TEST_F(Las, NoiseHasNoPartInWhatOthersGet) {
  Cloud cloud = scan();
  const auto size = static_cast<std::size_t>(cloud.size());
  for (std::size_t i = 0; i < size; ++i)
    if (i % 40 == 3) move_to(cloud, static_cast<std::int64_t>(i), 0.01 * static_cast<double>(i % 7), 0, 0.7);
  treewalk::write_cloud(place() / "moved.las", cloud);
  place().good("segment scan.las -m small --overwrite -o here.las");
  place().good("segment moved.las -m small --overwrite -o there.las");
  const Cloud here = treewalk::read_cloud(place() / "here.las"), there = treewalk::read_cloud(place() / "there.las");
  EXPECT_EQ(values(here, "classification"), values(there, "classification"));
  EXPECT_EQ(values(here, "confidence"), values(there, "confidence"));
  place().good("segment moved.las -m small --use-noise --overwrite -o used.las");
  const auto code = values(treewalk::read_cloud(place() / "used.las"), "classification");
  EXPECT_EQ(std::count(code.begin(), code.end(), 7), 0);
}

TEST_F(Las, ClassesCanBeKeptAndTheOldOnesToo) {
  const Outcome outcome =
      place().good("segment scan.las -m small --keep-classified 6,12 --keep-input-classes --overwrite -o " + out() +
                   " --json kept.json");
  EXPECT_NE(outcome.out.find("left as they were: 59 points of --keep-classified"), std::string::npos) << outcome.out;
  const Cloud before = treewalk::read_cloud(place() / "scan.las"), after = treewalk::read_cloud(place() / out());
  EXPECT_EQ(values(before, "classification"), values(after, "classification_input"));
  const auto old = values(before, "classification"), code = values(after, "classification");
  std::int64_t changed = 0;
  for (std::size_t i = 0; i < code.size(); ++i) {
    EXPECT_TRUE(old[i] != 6 || code[i] == 6);
    changed += code[i] != old[i];
  }
  EXPECT_EQ(place().json("kept.json")["changed_classes"], changed);
  treewalk::write_cloud(place() / "plain.pcd", table_cloud(3));
  expect_error(place().run("segment plain.pcd -m small --keep-classified 6 -o plain_out.pcd"), 1,
               "needs points with a classification");
}

TEST_F(Las, PointsOfAClassAloneAreAFileOfTheirOwn) {
  place().good("segment scan.las -m small --keep table --overwrite -o " + out());
  const Cloud table = treewalk::read_cloud(place() / out());
  const auto code = values(table, "classification");
  EXPECT_EQ(static_cast<std::size_t>(std::count(code.begin(), code.end(), 2)), code.size());
  EXPECT_GT(code.size(), 100U);
  EXPECT_EQ(treewalk::las_info(place() / out()).points, table.size());
}

TEST_F(Las, OtherOutputsHaveTheFieldsAndAnOtherInputBecomesLas) {
  place().good("segment scan.las -m small --overwrite -o labelled.pcd");
  const Cloud cloud = treewalk::read_cloud(place() / "labelled.pcd");
  for (const char* field : {"label", "confidence", "classification", "return_number", "tag"})
    EXPECT_NE(cloud.view().find(field), nullptr) << field;
  place().good("segment labelled.pcd -m small --overwrite -o from_pcd.las");
  const Cloud las = treewalk::read_cloud(place() / "from_pcd.las");
  EXPECT_NE(las.view().find("classification_input"), nullptr);
  for (const double code : values(las, "classification")) EXPECT_TRUE(code == 2 || code == 40 || code == 1) << code;
  for (const char* command : {"info scan.las", "octree scan.las", "graph scan.las -k 3 -o scan.csr",
                              "view scan.las -o scan.html", "view from_pcd.las -m small -o from_pcd.html"})
    place().good(command);
}

TEST_F(Las, SingleObjectsHaveTheirNumbers) {
  place().good("segment scan.las -m small --objects 0.05 --min-size 5 --overwrite -o objects.las --json objects.json");
  const auto number = values(treewalk::read_cloud(place() / "objects.las"), "object");
  EXPECT_EQ(*std::max_element(number.begin(), number.end()), place().json("objects.json")["objects"].size());
}

TEST_F(Las, WhatCannotBeIsRefusedBeforeAnyWork) {
  std::string old = content(place() / "scan.las");  // the same points as LAS 1.4 of format 1
  const auto record = static_cast<std::uint16_t>(28);
  old[104] = 1;
  std::memcpy(&old[105], &record, 2);
  std::ofstream(place() / "old.las", std::ios::binary) << old;
  expect_error(place().run("segment old.las -m small -o refused.las"), 1,
               "class 'box' has the code 40, but point format 1 of 'old.las' holds codes up to 31");
  treewalk::write_cloud(place() / "holes.pcd", table_cloud(3));
  expect_error(place().run("segment holes.pcd -m small -o refused.las"), 1, "48 points without finite coordinates");
  EXPECT_FALSE(fs::exists(place() / "refused.las"));
}

}  // namespace
}  // namespace program_test
