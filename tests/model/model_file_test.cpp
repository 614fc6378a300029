// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/model/model_file.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <new>
#include <sstream>

#include "core/device/sha256.h"
#include "core/features/feature.h"
#include "core/model/safetensors.h"
#include "tests/support/error_of.h"
#include "tests/support/small_scenes.h"
#include "treewalk/write_file.h"

namespace treewalk {
namespace {

std::string sha256(const void* data, std::size_t size) {
  Sha256 hash;
  hash.add(data, size);
  return hash.digits();
}

TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(sha256("", 0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc", 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string longer = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  EXPECT_EQ(sha256(longer.data(), longer.size()), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, PiecesAreAsGoodAsTheWhole) {
  const std::string text = std::string(1000, 'a') + std::string(77, 'b');
  for (const std::size_t piece : {1, 63, 64, 65, 1000}) {
    Sha256 hash;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      hash.add(text.data() + at, std::min(piece, text.size() - at));
      hash.digits();  // does not end it
    }
    EXPECT_EQ(hash.digits(), sha256(text.data(), text.size())) << piece;
  }
}

class ModelFile : public ::testing::Test {
 protected:
  ModelFile() : recipe(parse_recipe(test::small_recipe())), network(recipe) {
    initial_weights(network.parameters(), 1, &flat);
    write_model(file, recipe, network, flat, {{"data", "made up"}});
    bytes = test::content(file);
    std::memcpy(&length, bytes.data(), sizeof length);
    header = Json::parse(bytes.substr(8, length));
  }
  /// Loads a file with this header and these weights and returns the complaint.
  std::string complaint(const std::string& header_text, const std::string& data) {
    const std::uint64_t size = header_text.size();
    std::string whole(reinterpret_cast<const char*>(&size), sizeof size);
    return complaint(whole + header_text + data);
  }
  std::string complaint(const std::string& whole) {
    std::ofstream(damaged, std::ios::binary) << whole;
    try {
      load_model(damaged);
    } catch (const Error& error) {
      const std::string text = error.what();
      EXPECT_EQ(text.find('\n'), std::string::npos) << text;
      EXPECT_EQ(text.rfind(damaged.string(), 0), 0u) << text;
      return text;
    }
    return "no complaint";
  }
  std::string data() const { return bytes.substr(8 + length); }

  test::TemporaryFolder folder;
  const std::filesystem::path file = folder / "model.treewalk", damaged = folder / "damaged.treewalk";
  Recipe recipe;
  Network network;
  at::Tensor flat;
  std::string bytes;
  std::uint64_t length = 0;
  Json header;
};

#define EXPECT_COMPLAINT(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST_F(ModelFile, RoundTripsEveryBit) {
  const auto model = load_model(file);
  EXPECT_TRUE(at::equal(model->flat, flat));
  const auto& info = model_info(*model);
  EXPECT_EQ(info.task, "segmentation");
  EXPECT_EQ(info.classes[1].name, "box");
  EXPECT_EQ(info.classes[1].id, 9u);
  EXPECT_EQ(info.recipe, recipe.text);
  EXPECT_EQ(Json::parse(info.training_card)["data"], "made up");
  EXPECT_EQ(info.parameters, flat.numel());
  EXPECT_EQ(info.sha256, sha256(bytes.data(), bytes.size()));
}

TEST_F(ModelFile, IsASafetensorsFile) {
  std::uint64_t end = 0;
  for (const auto& spec : network.parameters().all()) {
    const auto& entry = header.at(spec.name);
    EXPECT_EQ(entry["dtype"], "F32");
    EXPECT_EQ(entry["shape"], Json(spec.shape));
    EXPECT_EQ(entry["data_offsets"][0], end);
    end = entry["data_offsets"][1];
  }
  EXPECT_EQ(end, data().size());
  for (const auto& [key, value] : header["__metadata__"].items()) EXPECT_TRUE(value.is_string()) << key;
}

TEST_F(ModelFile, TensorsMayLieInAnyOrder) {
  std::string reversed;
  auto changed = header;
  const auto& all = network.parameters().all();
  for (auto spec = all.rbegin(); spec != all.rend(); ++spec) {
    const std::uint64_t begin = header[spec->name]["data_offsets"][0], end = header[spec->name]["data_offsets"][1];
    changed[spec->name]["data_offsets"] = {reversed.size(), reversed.size() + end - begin};
    reversed += data().substr(begin, end - begin);
  }
  ASSERT_NE(reversed, data());
  EXPECT_EQ(complaint(changed.dump(), reversed), "no complaint");
  const auto model = load_model(damaged);
  EXPECT_TRUE(at::equal(model->flat, flat));
  const auto whole = test::content(damaged);
  EXPECT_EQ(model_info(*model).sha256, sha256(whole.data(), whole.size()));
}

TEST_F(ModelFile, RefusesWhatIsNotAModel) {
  EXPECT_COMPLAINT(complaint(""), "too few");
  EXPECT_COMPLAINT(complaint("treewalk"), "claims");
  EXPECT_COMPLAINT(complaint("{}", ""), "no metadata");
  EXPECT_COMPLAINT(complaint("not json", ""), "not valid JSON");
  EXPECT_COMPLAINT(complaint(R"({"__metadata__": {"format": "pt"}})", ""), "\"pt\"");
  EXPECT_COMPLAINT(complaint(R"({"__metadata__": {}})", ""), "\"format\"");
  EXPECT_THROW(load_model(folder / "absent.treewalk"), Error);
  EXPECT_THROW(load_model(std::filesystem::temp_directory_path()), Error);
}

TEST_F(ModelFile, RefusesATruncatedFileAtEveryLength) {
  for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 97)
    EXPECT_NE(complaint(bytes.substr(0, size)), "no complaint") << size;
  EXPECT_NE(complaint(bytes + "x"), "no complaint");
}

TEST_F(ModelFile, RefusesALengthBeyondTheFileBeforeAllocating) {
  auto text = bytes;
  for (const std::uint64_t claim : {std::uint64_t(1) << 62, ~std::uint64_t(0), std::uint64_t(bytes.size())}) {
    std::memcpy(text.data(), &claim, sizeof claim);
    EXPECT_COMPLAINT(complaint(text), "claims");
  }
}

TEST_F(ModelFile, RefusesAStreamThatHoldsLessThanItsSize) {
  const auto complaint_of = [](const std::string& text, std::uint64_t size) {
    std::istringstream stream(text);
    return error_of([&] { SafetensorsFile(stream, size).read({{"w", {100}}}); });
  };
  EXPECT_EQ(complaint_of("tree", 8), "the file is cut short");
  const std::string text = R"({"__metadata__":{},"w":{"dtype":"F32","shape":[100],"data_offsets":[0,400]}})";
  const std::uint64_t length = text.size();
  const std::string front = std::string(reinterpret_cast<const char*>(&length), sizeof length) + text;
  EXPECT_EQ(complaint_of(front.substr(0, 20), front.size() + 400), "the header is cut short");
  EXPECT_EQ(complaint_of(front + std::string(399, 'x'), front.size() + 400), "the weights are cut short");
  EXPECT_EQ(complaint_of(front, std::uint64_t{1} << 33), "8589934592 bytes are more than a treewalk file may have");
  EXPECT_EQ(complaint_of(front + std::string(400, '\0'), front.size() + 400), "");
}

TEST(ModelFileErrors, OfEveryKindAreOneSentenceThatNamesTheFile) {
  const auto sentence_of = [](const auto& fail) {
    return error_of([&] {
      try {
        fail();
      } catch (...) {
        rethrow_with_name("m.treewalk");
      }
    });
  };
  EXPECT_EQ(sentence_of([] { throw Error("is\nodd"); }), "m.treewalk: is odd");
  EXPECT_EQ(sentence_of([] { throw Error("m.treewalk: is odd"); }), "m.treewalk: is odd") << "named already";
  EXPECT_EQ(sentence_of([] { throw std::bad_alloc(); }), "m.treewalk: not enough memory");
  EXPECT_EQ(sentence_of([] { TORCH_CHECK(false, "too many numbers"); }), "m.treewalk: too many numbers");
}

TEST_F(ModelFile, RefusesWrongTensors) {
  const auto name = network.parameters().all()[0].name, other = network.parameters().all()[2].name;
  const auto with = [&](const std::function<void(Json&)>& change) {
    auto changed = header;
    change(changed);
    return complaint(changed.dump(), data());
  };
  EXPECT_COMPLAINT(with([&](Json& h) { h.erase(name); }), "missing");
  EXPECT_COMPLAINT(with([&](Json& h) { h["extra"] = h[name]; }), "\"extra\"");
  EXPECT_COMPLAINT(with([&](Json& h) { h[name]["dtype"] = "F64"; }), "F32");
  EXPECT_COMPLAINT(with([&](Json& h) { h[name]["shape"][0] = 1 << 30; }), "shape");
  EXPECT_COMPLAINT(with([&](Json& h) { h[name]["data_offsets"] = {0, 4}; }), "covers");
  EXPECT_COMPLAINT(with([&](Json& h) { h[name]["data_offsets"] = {-8, 4}; }), "data_offsets");
  EXPECT_COMPLAINT(with([&](Json& h) { h[name]["data_offsets"] = "all"; }), "data_offsets");
  const std::uint64_t begin = header[name]["data_offsets"][0],
                      size = header[other]["data_offsets"][1].get<std::uint64_t>() -
                             header[other]["data_offsets"][0].get<std::uint64_t>();
  EXPECT_COMPLAINT(with([&](Json& h) { h[other]["data_offsets"] = {begin, begin + size}; }), "overlap");
}

TEST_F(ModelFile, RefusesAHeaderThatIsNestedTooDeeply) {
  const std::string deep(200000, '[');
  EXPECT_COMPLAINT(complaint("{\"__metadata__\": " + deep, ""), "levels deep");
  auto changed = header;
  changed["__metadata__"]["recipe"] = "{\"task\": " + deep;
  EXPECT_COMPLAINT(complaint(changed.dump(), data()), "levels deep");
}

TEST_F(ModelFile, RefusesANameThatStandsTwice) {
  auto text = header.dump();
  text.insert(text.size() - 1, R"(,"__metadata__":{})");
  EXPECT_COMPLAINT(complaint(text, data()), "twice");
}

TEST_F(ModelFile, RefusesWeightsThatAreNotFinite) {
  auto weights = data();
  const float nan = NAN;
  std::memcpy(weights.data() + 40, &nan, sizeof nan);
  EXPECT_COMPLAINT(complaint(header.dump(), weights), "not a finite number");
}

TEST_F(ModelFile, RefusesARecipeThatDoesNotParse) {
  auto changed = header;
  changed["__metadata__"]["recipe"] = R"({"task": "segmentation"})";
  EXPECT_COMPLAINT(complaint(changed.dump(), data()), "recipe");
  changed["__metadata__"]["recipe"] = "{";
  EXPECT_COMPLAINT(complaint(changed.dump(), data()), "JSON");
}

TEST_F(ModelFile, RoundTripsTheCalibration) {
  const auto parts = parse_recipe(test::small_parts_recipe());
  const Network parts_network(parts);
  at::Tensor weights;
  initial_weights(parts_network.parameters(), 1, &weights);
  write_model(file, parts, parts_network, weights, Json::object(), {1.375, 0.625, R"({"split": "val"})"});
  const auto model = load_model(file);
  const auto& info = model_info(*model);
  EXPECT_EQ(info.temperature, 1.375);
  EXPECT_EQ(info.category_temperature, 0.625);
  EXPECT_EQ(Json::parse(info.calibration)["split"], "val");
  EXPECT_EQ(info.categories, (std::vector<std::string>{"house", "lolly"}));
  EXPECT_EQ(info.classes[2].category, "lolly");
}

TEST_F(ModelFile, WithoutACalibrationHasTemperatureOne) {
  auto changed = header;
  ASSERT_EQ(changed["__metadata__"].erase("calibration"), 1u);
  EXPECT_EQ(complaint(changed.dump(), data()), "no complaint");
  const auto model = load_model(damaged);
  const auto& info = model_info(*model);
  EXPECT_EQ(info.temperature, 1);
  EXPECT_EQ(info.category_temperature, 1);
  EXPECT_EQ(info.calibration, "");
  EXPECT_TRUE(info.categories.empty());
}

TEST_F(ModelFile, RefusesAbsurdTemperatures) {
  auto changed = header;
  for (const char* text : {R"({"temperature": 0})", R"({"temperature": -1})", R"({"temperature": 1e9})",
                           R"({"temperature": "hot"})", R"({"temperature": null})", R"({"temperature": 1e999})"}) {
    changed["__metadata__"]["calibration"] = text;
    EXPECT_COMPLAINT(complaint(changed.dump(), data()), "calibration") << text;
  }
  changed["__metadata__"]["calibration"] = R"({"category_temperature": 0})";
  EXPECT_COMPLAINT(complaint(changed.dump(), data()), "\"category_temperature\" must be a number from 0.001 to 1000");
  changed["__metadata__"]["calibration"] = "{";
  EXPECT_COMPLAINT(complaint(changed.dump(), data()), "JSON");
}

TEST_F(ModelFile, LeavesNoHalfFile) {
  EXPECT_THROW(write_model(folder / "no/such/folder.treewalk", recipe, network, flat, Json::object()), Error);
  EXPECT_THROW(write_file(folder / "half",
                          [](std::ostream& out) {
                            out << "half";
                            throw Error("stopped");
                          }),
               Error);
  EXPECT_FALSE(std::filesystem::exists(folder / "half"));
  for (const auto& entry : std::filesystem::directory_iterator(file.parent_path()))
    EXPECT_EQ(entry.path().string().find(".part"), std::string::npos) << entry.path();
}

TEST_F(ModelFile, AFailedWriteKeepsTheOldFile) {
  EXPECT_THROW(write_file(file, [](std::ostream&) { throw Error("disk full"); }), Error);
  EXPECT_EQ(test::content(file), bytes);
}

TEST_F(ModelFile, NamesTheVersionOfItsFeatures) {
  EXPECT_EQ(load_model(file)->info.features, kFeatureVersion);
  auto changed = header;
  ASSERT_EQ(changed["__metadata__"].erase("features"), 1u);  // as in files of the first version
  EXPECT_EQ(complaint(changed.dump(), data()), "no complaint");
  EXPECT_EQ(load_model(damaged)->info.features, 1);
  for (const char* text : {"", "0", "-1", "two", "2.5", "99999999"}) {
    changed["__metadata__"]["features"] = text;
    EXPECT_COMPLAINT(complaint(changed.dump(), data()), "number of a version");
  }
  changed["__metadata__"]["features"] = std::to_string(kFeatureVersion + 1);
  EXPECT_COMPLAINT(complaint(changed.dump(), data()), "use a newer one");
}

}  // namespace
}  // namespace treewalk
