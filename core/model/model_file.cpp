// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/model/model_file.h"

#include <utility>

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

const std::string& text_of(const Metadata& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) throw Error("the header holds no \"" + key + "\"; this is not a treewalk model");
  return found->second;
}

}  // namespace

Model::Model(const Recipe& recipe_read, ModelInfo description)
    : recipe(recipe_read), network(recipe_read), info(std::move(description)) {
  info.task = recipe.task;
  info.attention = attention_in_words(recipe);
  info.classes = recipe.classes;
  info.unknown_id = recipe.unknown_id;
  info.required_fields = recipe.required_fields;
  info.optional_fields = recipe.optional_fields;
  info.categories = recipe.categories;
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
  if (metadata.count("calibration")) read_calibration(metadata.at("calibration"), info);
  const auto recipe = parse_recipe(parse_json(info.recipe, "recipe"));
  auto model = std::make_shared<Model>(recipe, std::move(info));
  model->flat = file.read(tensor_entries(model->network.parameters()));
  model->weights = weight_views(model->network.parameters(), model->flat);
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
