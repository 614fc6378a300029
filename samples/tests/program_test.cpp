// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <cmath>
#include <map>
#include <memory>

#include "run_program.h"

namespace program_test {
namespace {

using treewalk::Cloud;

/// One small model, trained by the program itself, serves all tests.
class Program : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    place_ = std::make_unique<Workplace>();
    train_small_model(*place_);
    treewalk::write_cloud(place() / "scene.pcd", table_cloud(3));
  }
  static void TearDownTestSuite() { place_.reset(); }
  static const Workplace& place() { return *place_; }

 private:
  static std::unique_ptr<Workplace> place_;
};
std::unique_ptr<Workplace> Program::place_;

std::vector<double> values(const Cloud& cloud, const std::string& name) {
  const auto view = cloud.view();
  const auto* field = view.find(name);
  std::vector<double> result;
  for (std::int64_t i = 0; field && i < view.size; ++i) result.push_back(view.value(i, *field));
  return result;
}

/// Bits of every value of a field: NaN compares too.
std::string bytes_of(const Cloud& cloud, const std::string& name) {
  const auto view = cloud.view();
  const auto* field = view.find(name);
  std::string bytes;
  for (std::int64_t i = 0; field && i < cloud.size(); ++i)
    bytes.append(reinterpret_cast<const char*>(&cloud.data[i * cloud.stride + field->offset]),
                 treewalk::size_of(field->type) * field->count);
  return bytes;
}

TEST_F(Program, UsageErrorsGiveStatus2AndOneLine) {
  expect_error(place().run(""), 2, "subcommand");
  expect_error(place().run("paint scene.pcd"), 2, "no subcommand 'paint'. It has segment, classify");
  expect_error(place().run("segmnet scene.pcd"), 2, "did you mean \"segment\"?");
  expect_error(place().run("help segmnet"), 2, "did you mean \"segment\"?");
  expect_error(place().run("--quiet"), 2, "subcommand");
  expect_error(place().run("segment"), 2, "IN");
  expect_error(place().run("segment scene.pcd --keep table --remove box"), 2, "--keep");
  expect_error(place().run("segment scene.pcd --threads many"), 2, "--threads");
  expect_error(place().run("segment scene.pcd -m small --keep chair"), 2, "table, box");
  expect_error(place().run("segment scene.pcd -m small --png out.jpg"), 2, ".png");
  expect_error(place().run("segment scene.pcd -m small --size 10x10 --png out.png"), 2, "--size");
  for (const char* from : {"north", "30", "30;20", "30,91", "nan,2"})
    expect_error(place().run("view scene.pcd -o out.html --from '" + std::string(from) + "'"), 2,
                 "must be AZIMUTH,ELEVATION");
  for (const char* map : {"x=table", "=table", "table", "1.5=table"})
    expect_error(place().run("evaluate small --data data --map " + std::string(map)), 2, "must be VALUE=CLASS");
  for (const char* map : {"1=chair", "'1=table|chair'", "'1=table|'", "1="})
    expect_error(place().run("evaluate small --data data --map " + std::string(map)), 2, "table, box");
  expect_error(place().run("evaluate small --data data --map '1=table|box'"), 2, "all classes of the model");
  expect_error(place().run("evaluate small --data data --map 1=table,1=box"), 2,
               "'1=box': this label was named before");
  expect_error(place().run("graph scene.pcd -o graph.csr -k 0"), 2, "from 1 to 1000000, not '0'");
}

// What a variable of the shell leaves that is not set.
TEST_F(Program, AnEmptyValueIsAnErrorAndNotNoValue) {
  for (const char* option : {"--scratch", "--json", "--csv", "--html", "--scale", "--output", "--model", "--device"})
    expect_error(place().run("segment scene.pcd -m small --quiet " + std::string(option) + " ''"), 2,
                 std::string(option) + ": must not be empty");
  for (const char* command : {"evaluate small --data data", "classify scene.pcd -m small", "raster scene.pcd"})
    expect_error(place().run(command + std::string(" --scratch \"$NO_SUCH_VARIABLE\"")), 2,
                 "--scratch: must not be empty");
  expect_error(place().run("segment scene.pcd -m small --scratch= --json -"), 2, "--scratch= lacks a value after '='");
  expect_error(place().run("segment scene.pcd -m=small -o x.pcd"), 2, "'-m=small': write -m and the value without '='");
  EXPECT_EQ(place().run("evaluate small --data data --quiet --only ''").status, 0) << "it is a pattern of every name";
}

TEST_F(Program, JsonToStandardOutputIsAllThatIsWrittenThere) {
  const Outcome outcome = place().run("segment scene.pcd -m small --json -");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(nlohmann::json::parse(outcome.out).at("cloud"), "scene.pcd");
  EXPECT_NE(outcome.err.find("scene.pcd: "), std::string::npos) << outcome.err;
  ASSERT_EQ(place().run("segment scene.pcd -m small --json counts.json").status, 0);
  EXPECT_EQ(nlohmann::json::parse(outcome.out).at("classes"), place().json("counts.json").at("classes"));
  EXPECT_TRUE(nlohmann::json::parse(place().run("classify scene.pcd --json -").out).is_array());
}

TEST_F(Program, FailuresGiveStatus1AndOneLine) {
  std::ofstream(place() / "models/broken.treewalk") << "no model";
  std::ofstream(place() / "broken.pcd") << "VERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\n"
                                        << "WIDTH 4000000000\nHEIGHT 4000000000\nPOINTS 1\nDATA binary\n";
  expect_error(place().run("segment nothing.pcd -m small"), 1, "nothing.pcd");
  expect_error(place().run("segment broken.pcd -m small"), 1, "broken.pcd");
  expect_error(place().run("segment scene.pcd -m broken"), 1, "broken.treewalk");
  expect_error(place().run("segment scene.pcd -m small -o no/such/folder/out.pcd"), 1, "no/such/folder");
  expect_error(place().run("segment scene.pcd -m small --device gpu"), 1, "gpu");
  expect_error(place().run("classify scene.pcd -m small"), 1, "segmentation");
  expect_error(place().run("segment scene.pcd -m small --category chair"), 1, "no model of parts");
  expect_error(place().run("evaluate small --data data --split val"), 1, "--split test");
  fs::rename(place() / "data/test", place() / "data/val");
  expect_error(place().run("evaluate small --data data"), 1, "has no split 'test'");
  EXPECT_NE(place().run("evaluate small --data data").err.find("--split val"), std::string::npos);
  fs::rename(place() / "data/val", place() / "data/test");
  expect_error(place().run("train nothing.json --data data -o new.treewalk"), 1, "nothing.json");
  fs::remove(place() / "models/broken.treewalk");
}

TEST_F(Program, ViewNamesALabelFieldThatIsNotThere) {
  expect_error(place().run("view scene.pcd -o view.html --labels lable"), 1, "'lable', which --labels names; it has x");
  EXPECT_FALSE(fs::exists(place() / "view.html"));
}

TEST_F(Program, AnUnknownModelListsWhatExists) {
  expect_error(place().run("segment scene.pcd -m terrian"), 1, "small");
}

TEST_F(Program, TheOnlyModelForATaskNeedsNoName) {
  const Outcome shape = place().run("classify scene.pcd");  // shapes10, which comes with the libraries
  EXPECT_EQ(shape.status, 0) << shape.err;
  EXPECT_NE(shape.out.find("table"), std::string::npos) << shape.out;
  fs::copy_file(place() / "models/small.treewalk", place() / "models/other.treewalk");
  expect_error(place().run("segment scene.pcd --quiet"), 2, "other, parts, small, tabletop, terrain");
  fs::remove(place() / "models/other.treewalk");
}

TEST_F(Program, SegmentKeepsEveryFieldOrderAndOrganisation) {
  const Cloud input = treewalk::read_cloud(place() / "scene.pcd");
  ASSERT_EQ(place().run("segment scene.pcd -m small -o out.pcd").status, 0);
  const Cloud output = treewalk::read_cloud(place() / "out.pcd");
  EXPECT_EQ(output.width, input.width);
  EXPECT_EQ(output.height, input.height);
  for (const char* name : {"x", "y", "z", "tag"}) EXPECT_EQ(bytes_of(output, name), bytes_of(input, name)) << name;
  EXPECT_EQ(bytes_of(output, "label_input"), bytes_of(input, "label")) << "labels of the input are set aside";
  const auto z = values(input, "z"), label = values(output, "label"), confidence = values(output, "confidence");
  ASSERT_EQ(label.size(), z.size());
  for (std::size_t i = 0; i < z.size(); ++i) {
    EXPECT_TRUE(std::isnan(z[i]) ? label[i] == 255 && confidence[i] == 0
                                 : (label[i] == 7 || label[i] == 9) && confidence[i] >= 0.5 && confidence[i] <= 1)
        << i;
  }
}

TEST_F(Program, LaterRunsKeepEveryEarlierLabel) {
  const Cloud input = treewalk::read_cloud(place() / "scene.pcd");
  ASSERT_EQ(place().run("segment scene.pcd -m small -o twice.pcd").status, 0);
  const Cloud once = treewalk::read_cloud(place() / "twice.pcd");
  ASSERT_EQ(place().run("segment twice.pcd -m small -o twice.pcd --overwrite").status, 0) << "in place";
  ASSERT_EQ(place().run("segment twice.pcd -m small -o thrice.ply --min-confidence 0.9").status, 0);
  const Cloud output = treewalk::read_cloud(place() / "thrice.ply");
  EXPECT_EQ(values(output, "label_input"), values(input, "label"));
  for (const char* label : {"label_input_2", "label_input_3"}) EXPECT_EQ(values(output, label), values(once, "label"));
  for (const char* confidence : {"confidence_input", "confidence_input_2"})
    EXPECT_EQ(bytes_of(output, confidence), bytes_of(once, "confidence"));
  EXPECT_EQ(output.fields.size(), input.fields.size() + 6);
}

TEST_F(Program, KeepAndRemoveSplitTheFinitePoints) {
  ASSERT_EQ(place().run("segment scene.pcd -m small -o all.pcd").status, 0);
  ASSERT_EQ(place().run("segment scene.pcd -m small -o kept.ply --keep table").status, 0);
  ASSERT_EQ(place().run("segment scene.pcd -m small -o rest.ply --remove 7").status, 0);
  std::map<double, double> label_of_tag;
  const Cloud all = treewalk::read_cloud(place() / "all.pcd");
  const auto tag = values(all, "tag"), label = values(all, "label");
  std::size_t finite = 0;
  for (std::size_t i = 0; i < tag.size(); ++i) {
    label_of_tag[tag[i]] = label[i];
    finite += label[i] != 255;
  }
  const auto kept = values(treewalk::read_cloud(place() / "kept.ply"), "tag");
  const auto rest = values(treewalk::read_cloud(place() / "rest.ply"), "tag");
  EXPECT_EQ(kept.size() + rest.size(), finite);
  for (double t : kept) EXPECT_EQ(label_of_tag[t], 7);
  for (double t : rest) EXPECT_EQ(label_of_tag[t], 9);
  EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
}

TEST_F(Program, MinConfidenceMakesDoubtfulPointsUnknown) {
  ASSERT_EQ(place().run("segment scene.pcd -m small -o sure.pcd --min-confidence 1").status, 0);
  const Cloud sure = treewalk::read_cloud(place() / "sure.pcd");
  const auto label = values(sure, "label"), confidence = values(sure, "confidence");
  for (std::size_t i = 0; i < label.size(); ++i) EXPECT_EQ(label[i] == 255, confidence[i] < 1) << i;
}

TEST_F(Program, ObjectsAreNumberedAndOfOneClass) {
  ASSERT_EQ(place()
                .run("segment scene.pcd -m small -o objects.pcd --objects 0.1 --min-size 30 --json objects.json" +
                     png("objects.png"))
                .status,
            0);
  const Cloud output = treewalk::read_cloud(place() / "objects.pcd");
  const auto object = values(output, "object"), label = values(output, "label"), z = values(output, "z");
  const auto report = place().json("objects.json")["objects"];
  ASSERT_GE(report.size(), 2u) << "a table and a box, at least";
  std::vector<std::int64_t> points(report.size() + 1);
  for (std::size_t i = 0; i < object.size(); ++i) {
    ASSERT_LE(object[i], static_cast<double>(report.size()));
    ++points[static_cast<std::size_t>(object[i])];
    if (object[i] == 0) continue;
    const auto& row = report[static_cast<std::size_t>(object[i]) - 1];
    EXPECT_EQ(row["label"], label[i]);
    EXPECT_GE(z[i], row["lower"][2].get<double>());
    EXPECT_LE(z[i], row["upper"][2].get<double>());
  }
  for (std::size_t n = 0; n < report.size(); ++n) {
    EXPECT_EQ(report[n]["points"], points[n + 1]);
    EXPECT_GE(points[n + 1], 30);
  }
  ASSERT_EQ(place().run("segment scene.pcd -m small -o boxes.pcd --objects 0.1 --keep box --json boxes.json").status,
            0);
  for (const auto& row : place().json("boxes.json")["objects"]) EXPECT_EQ(row["label"], 9);
  expect_error(place().run("segment scene.pcd -m small --objects -1"), 2, "--objects");
  expect_error(place().run("segment scene.pcd -m small --min-size 9"), 2, "--objects");
}

TEST_F(Program, SegmentReportsCountsAsJson) {
  ASSERT_EQ(place().run("segment scene.pcd -m small --json report.json --quiet").status, 0);
  const auto report = place().json("report.json");
  EXPECT_EQ(report["points"], 2400);
  std::int64_t sum = 0;
  for (const auto& c : report["classes"]) sum += c["points"].get<std::int64_t>();
  EXPECT_EQ(sum, 2400);
  EXPECT_EQ(report["classes"].back()["points"], 48);
}

TEST_F(Program, AFolderKeepsItsLayoutAndOneBadCloudStopsNoOther) {
  fs::create_directories(place() / "many/deep");
  treewalk::write_cloud(place() / "many/a.pcd", table_cloud(4));
  treewalk::write_cloud(place() / "many/deep/b.ply", table_cloud(5));
  Outcome outcome = place().run("segment many -m small -o labelled --json many.json" + png("pictures"));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  for (const char* file : {"labelled/a.pcd", "labelled/deep/b.ply"}) EXPECT_TRUE(fs::exists(place() / file)) << file;
  for (const char* file : {"pictures/a.png", "pictures/deep/b.png"})
    EXPECT_EQ(fs::exists(place() / file), TREEWALK_PICTURES) << file;
  EXPECT_EQ(place().json("many.json").size(), 2u);

  std::ofstream(place() / "many/ab.pcd") << "nonsense";
  fs::remove_all(place() / "labelled");
  outcome = place().run("segment many -m small -o labelled --quiet");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("treewalk: error: 1 of 3 clouds failed"), std::string::npos) << outcome.err;
  EXPECT_TRUE(fs::exists(place() / "labelled/deep/b.ply"));
  EXPECT_FALSE(fs::exists(place() / "labelled/ab.pcd"));
  expect_error(place().run("segment many -m small -o one.pcd"), 2, "folder");
}

TEST_F(Program, AnEmptyCloudGivesAnEmptyResult) {
  Cloud empty = table_cloud(1);
  empty.width = 0;
  empty.height = 1;
  empty.data.clear();
  treewalk::write_cloud(place() / "empty.pcd", empty);
  for (const std::string& command : {"segment empty.pcd -m small -o none.pcd --html none.html" + png("none.png"),
                                     std::string("octree empty.pcd"), std::string("graph empty.pcd -o none.csr"),
                                     std::string("graph empty.pcd --walks 4"), std::string("info empty.pcd")})
    place().good(command);
  EXPECT_EQ(treewalk::read_cloud(place() / "none.pcd").size(), 0);
}

TEST_F(Program, ResultsDoNotDependOnThreads) {
  ASSERT_EQ(place().run("segment scene.pcd -m small -o one.pcd --threads 1" + png("one.png")).status, 0);
  ASSERT_EQ(place().run("segment scene.pcd -m small -o four.pcd --threads 4" + png("four.png")).status, 0);
  EXPECT_EQ(content(place() / "one.pcd"), content(place() / "four.pcd"));
  EXPECT_EQ(content(place() / "one.png"), content(place() / "four.png"));
}

TEST_F(Program, EvaluateWritesTheAgreedKeys) {
  ASSERT_EQ(place().run("evaluate small --data data --json figures.json").status, 0);
  const auto figures = place().json("figures.json");
  for (const char* key :
       {"task", "clouds", "points", "overall_accuracy", "mean_class_accuracy", "mean_iou", "kappa",
        "expected_calibration_error", "per_class", "confusion", "points_per_second", "clouds_per_second",
        "peak_memory_mb", "device", "threads", "seed", "model_sha256", "per_cloud"})
    EXPECT_TRUE(figures.contains(key)) << key;
  EXPECT_EQ(figures["clouds"], 2);
  EXPECT_EQ(figures["points"], 2 * 2400 - 2 * 48);
  for (const char* key : {"iou", "accuracy", "points"}) EXPECT_TRUE(figures["per_class"]["box"].contains(key)) << key;
  EXPECT_EQ(figures["per_cloud"].size(), 2u);
  std::int64_t sum = 0;
  for (const auto& row : figures["confusion"])
    for (const auto& cell : row) sum += cell.get<std::int64_t>();
  EXPECT_EQ(sum, figures["points"]);
}

TEST_F(Program, SeveralModelsGiveMeanAndDeviation) {
  ASSERT_EQ(place().run("evaluate small small --data data --only scene0 --json two.json").status, 0);
  const auto figures = place().json("two.json");
  ASSERT_EQ(figures["models"].size(), 2u);
  EXPECT_EQ(figures["models"][0]["clouds"], 1);
  EXPECT_DOUBLE_EQ(figures["mean"]["mean_iou"], figures["models"][0]["mean_iou"]);
  EXPECT_EQ(figures["standard_deviation"]["kappa"], 0);
}

TEST_F(Program, EvaluateTakesOneCloudWithLabelsOfAnotherKind) {
  Cloud cloud = table_cloud(10);  // data/test/scene0.pcd
  std::vector<float> kind;
  for (double label : values(cloud, "label")) kind.push_back(label == 2 ? -5.f : label == 1 ? 3.f : 8.f);
  cloud.remove_field("label");
  cloud.set_field("kind", kind);
  treewalk::write_cloud(place() / "kinds.pcd", cloud);
  ASSERT_EQ(place().run("evaluate small --data data --only scene0 --json plain.json").status, 0);
  const Outcome outcome =
      place().run("evaluate small --data kinds.pcd --label-field kind --map 3=table,-5=box --json mapped.json");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(place().json("mapped.json")["confusion"], place().json("plain.json")["confusion"]);
}

TEST_F(Program, EvaluateTakesLabelsThatMayMeanAnyOfSeveralClasses) {
  auto recipe = nlohmann::json::parse(small_recipe());
  recipe["classes"].push_back({{"id", 11}, {"name", "low wall"}, {"color", "#111111"}, {"from", {"3"}}});
  std::ofstream(place() / "three.json") << recipe;
  ASSERT_EQ(place().run("train three.json --data data -o models/three.treewalk --epochs 1 --quiet").status, 0);
  ASSERT_EQ(place().run("segment data/test/scene0.pcd -m three -o three.pcd --quiet").status, 0);
  const Cloud cloud = treewalk::read_cloud(place() / "three.pcd");
  const auto truth = values(cloud, "label_input"), found = values(cloud, "label");
  std::int64_t tables = 0, right = 0, boxes = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (found[i] == 255) continue;  // no coordinates
    tables += truth[i] == 1;
    right += truth[i] == 1 && found[i] != 9;
    boxes += truth[i] == 2;
  }
  ASSERT_GT(tables, 100);
  const Outcome outcome = place().run(
      "evaluate three --data data/test/scene0.pcd --map '1=low wall|table,2=box' --json any.json --threads 1");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto figures = place().json("any.json");
  EXPECT_EQ(figures["coarse_points"], tables);
  EXPECT_DOUBLE_EQ(figures["coarse_accuracy"], static_cast<double>(right) / static_cast<double>(tables));
  EXPECT_EQ(figures["points"], boxes);
  EXPECT_NE(outcome.out.find("with coarse labels, "), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("low wall"), std::string::npos) << outcome.out;
  fs::remove(place() / "models/three.treewalk");
}

TEST_F(Program, InfoTellsWhatAFileHolds) {
  const std::string cloud = place().run("info scene.pcd").out;
  for (const char* part : {"2,400", "60 x 40", "48 points", "float64", "uint16"})
    EXPECT_NE(cloud.find(part), std::string::npos) << part << "\n" << cloud;
  const std::string model = place().run("info small").out;
  for (const char* part : {"segmentation", "table", "#3080d0", "epochs"})
    EXPECT_NE(model.find(part), std::string::npos) << part << "\n" << model;
  Cloud cloudless = table_cloud(3);
  cloudless.remove_field("z");
  treewalk::write_cloud(place() / "flat.pcd", cloudless);
  EXPECT_NE(place().run("info flat.pcd").out.find("position        no fields x, y and z"), std::string::npos);
  const Outcome all = place().run("info");
  EXPECT_EQ(all.status, 0);
  EXPECT_NE(all.out.find("small"), std::string::npos) << all.out;
}

TEST_F(Program, InfoTellsWhatRecipesMaySay) {
  const Outcome all = place().run("info --recipe");
  EXPECT_EQ(all.status, 0) << all.err;
  for (const char* part : {"cell_size", "passes over the data", "plane_height"})
    EXPECT_NE(all.out.find(part), std::string::npos) << part;
  const Outcome one = place().run("info --recipe training.epochs");
  EXPECT_EQ(one.out.find("training.epochs"), 0u) << one.out;
  EXPECT_EQ(std::count(one.out.begin(), one.out.end(), '\n'), 2) << one.out;
  EXPECT_EQ(place().run("info --recipe --markdown").out.find("# What a recipe may hold"), 0u);
  const auto schema = nlohmann::json::parse(place().run("info --recipe --schema").out);
  EXPECT_TRUE(schema["properties"]["training"]["properties"].contains("epochs"));
  expect_error(place().run("info --recipe training.epoch"), 1, "did you mean \"epochs\"?");
  expect_error(place().run("info --recipe epochs"), 1, "belongs to \"training\"");
  expect_error(place().run("info --schema"), 2, "--recipe");
  expect_error(place().run("info --recipe --schema training"), 2, "training");
  expect_error(place().run("train recipe.json --data data -o new.treewalk --set network.epochs=3"), 1,
               "belongs to \"training\"");
}

TEST_F(Program, APageHoldsEverythingAndHostileNamesStayText) {
  fs::copy_file(place() / "scene.pcd", place() / "<script>alert(1)&\".pcd");
  ASSERT_EQ(place().run("view '<script>alert(1)&\".pcd' -o page.html -m small").status, 0);
  const std::string page = content(place() / "page.html");
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_NE(page.find("<title>&lt;script&gt;alert(1)&amp;&quot;.pcd</title>"), std::string::npos);
  for (const char* part : {"http:", "https:", "@META@", "@DATA@", "src="})
    EXPECT_EQ(page.find(part), std::string::npos) << part;
}

TEST_F(Program, NothingIsLeftBesideAnOutputThatFailed) {
  fs::create_directory(place() / "shut");
  fs::create_directory(place() / "shut/out.pcd");  // a folder in the output's place
  expect_error(place().run("segment scene.pcd -m small -o shut/out.pcd"), 1, "out.pcd");
  EXPECT_EQ(std::distance(fs::directory_iterator(place() / "shut"), {}), 1);
}

}  // namespace
}  // namespace program_test
