// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/model/model_file.h"

#include <utility>

#include "core/features/feature.h"
#include "core/network/reach.h"
#include "core/recipe/attention_recipe.h"
#include "core/recipe/strict_json.h"

namespace treewalk {
namespace {

const char* const kFormat = "treewalk-1";

Json class_table(const Recipe& recipe) {
  Json table = Json::array();
  for (const auto& c : recipe.classes) table.push_back({{"id", c.id}, {"name", c.name}, {"color", c.color}});
  return table;
}

void read_calibration(const std::string& text, ModelInfo& info) {
  const auto json = parse_json(text, "calibration");
  const auto temperature = [&](const char* key) {
    if (!json.is_object() || !json.contains(key)) return 1.0;
    if (!json[key].is_number() || !(json[key].get<double>() >= 1e-3 && json[key].get<double>() <= 1e3))
      throw Error(std::string("calibration: \"") + key + "\" must be a number from 0.001 to 1000, but is " +
                  json[key].dump());
    return json[key].get<double>();
  };
  info.temperature = temperature("temperature");
  info.category_temperature = temperature("category_temperature");
  info.calibration = text;
}

/// "spacing": [0.5, 2.5] of the training card; empty where there is no such thing.
MeasureRange range_of(const Json& card, const char* key) {
  MeasureRange range;
  if (!card.is_object() || !card.contains(key) || !card[key].is_array()) return range;
  for (const auto& value : card[key])
    if (value.is_number()) range.add(value.get<double>());
  return range;
}

const std::string& text_of(const Metadata& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) throw Error("the header holds no \"" + key + "\"; this is not a treewalk model");
  return found->second;
}

/// Files did not name the first version.
int version_of_features(const Metadata& metadata) {
  const auto found = metadata.find("features");
  if (found == metadata.end()) return 1;
  const auto& text = found->second;
  const bool number = !text.empty() && text.size() < 6 && text.find_first_not_of("0123456789") == std::string::npos;
  if (!number || std::stoi(text) < 1)
    throw Error("\"features\" must be the number of a version, but is \"" + text.substr(0, 40) + "\"");
  if (std::stoi(text) > kFeatureVersion)
    throw Error("the model was trained with version " + text + " of the features; this program knows them up to " +
                std::to_string(kFeatureVersion) + ": use a newer one");
  return std::stoi(text);
}

}  // namespace

Model::Model(const Recipe& recipe_read, ModelInfo description)
    : recipe(recipe_read), network(recipe_read), info(std::move(description)) {
  info.task = recipe.task;
  info.attention = attention_in_words(recipe);
  info.hierarchy = hierarchy_in_words(recipe);
  info.levels = recipe.scene.levels;
  info.classes = recipe.classes;
  info.unknown_id = recipe.unknown_id;
  info.required_fields = recipe.required_fields;
  info.optional_fields = recipe.optional_fields;
  info.categories = recipe.categories;
  info.reach = label_reach(recipe, network);
  if (info.features == 0) info.features = kFeatureVersion;
}

std::vector<TensorEntry> tensor_entries(const ParameterTable& table) {
  std::vector<TensorEntry> entries;
  for (const auto& spec : table.all()) entries.push_back({spec.name, spec.shape});
  return entries;
}

void write_model(const std::filesystem::path& file, const Recipe& recipe, const Network& network,
                 const at::Tensor& flat, const Json& training_card, const Calibration& calibration) {
  Json calibrated = Json::parse(calibration.note);
  calibrated["temperature"] = calibration.temperature;
  if (!recipe.categories.empty()) calibrated["category_temperature"] = calibration.category_temperature;
  write_safetensors(file,
                    {{"format", kFormat},
                     {"library_version", TREEWALK_VERSION},
                     {"features", std::to_string(kFeatureVersion)},
                     {"task", recipe.task},
                     {"recipe", recipe.text},
                     {"classes", class_table(recipe).dump()},
                     {"calibration", calibrated.dump()},
                     {"training_card", training_card.dump()}},
                    tensor_entries(network.parameters()), flat);
}

std::shared_ptr<const Model> load_model(SafetensorsFile& file) {
  const auto& metadata = file.metadata();
  const auto& format = text_of(metadata, "format");
  if (format != kFormat)
    throw Error("the format is \"" + format.substr(0, 40) + "\", this program reads \"" + kFormat + "\"");
  ModelInfo info;
  info.recipe = text_of(metadata, "recipe");
  info.training_card = text_of(metadata, "training_card");
  info.library_version = text_of(metadata, "library_version");
  info.features = version_of_features(metadata);
  if (metadata.count("calibration")) read_calibration(metadata.at("calibration"), info);
  const auto recipe = parse_recipe(parse_json(info.recipe, "recipe"));
  auto model = std::make_shared<Model>(recipe, std::move(info));
  model->flat = file.read(tensor_entries(model->network.parameters()));
  model->weights = weight_views(model->network.parameters(), model->flat);
  const auto card = Json::parse(model->info.training_card, nullptr, false);
  model->spacing = range_of(card, "spacing");
  model->extent = range_of(card, "extent");
  model->info.parameters = model->flat.numel();
  model->info.sha256 = file.sha256();
  return model;
}

std::shared_ptr<const Model> load_model(const std::filesystem::path& file) {
  return with_name(file.string(), [&] {
    SafetensorsFile opened(file);
    return load_model(opened);
  });
}

const ModelInfo& model_info(const Model& model) { return model.info; }

}  // namespace treewalk
