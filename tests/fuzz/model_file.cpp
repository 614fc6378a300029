// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Any bytes as a model file: it is refused with a sentence, or a model that agrees with itself. A file begins with the
// length of its header, which a fuzzer would rarely keep right; so an input is the header, a NUL byte and the weights,
// or, behind a first byte of 1, the file as it is.
#include "core/model/model_file.h"

#include <cmath>

#include "tests/fuzz/target.h"

using namespace treewalk;

namespace {

std::string file_of(const std::string& input) {
  if (!input.empty() && input.front() == 1) return input.substr(1);
  const std::uint64_t length = std::min(input.find('\0'), input.size());
  std::string file(reinterpret_cast<const char*>(&length), sizeof length);
  file += input.substr(0, length);
  if (length < input.size()) file += input.substr(length + 1);
  return file;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string file = file_of(std::string(reinterpret_cast<const char*>(data), size));
  fuzz::Memory memory(file.data(), file.size());
  std::shared_ptr<const Model> model;
  try {
    model = with_name("fuzz.treewalk", [&] {
      SafetensorsFile opened(memory, file.size());
      return load_model(opened);
    });
  } catch (const Error& error) {
    CLAIM(std::string(error.what()).rfind("fuzz.treewalk: ", 0) == 0 && fuzz::is_one_line(error.what()));
    return 0;
  }
  const ModelInfo& info = model_info(*model);
  CLAIM(info.task == "segmentation" || info.task == "classification");
  CLAIM(!info.classes.empty() && info.classes.size() == model->recipe.classes.size());
  CLAIM(static_cast<std::size_t>(model->network.classes()) == info.classes.size());
  CLAIM(info.temperature >= 1e-3 && info.temperature <= 1e3);
  CLAIM(info.category_temperature >= 1e-3 && info.category_temperature <= 1e3);
  CLAIM(info.sha256.size() == 64 && !info.attention.empty());
  CLAIM(info.parameters == model->network.parameters().numel() && info.parameters == model->flat.numel());
  CLAIM(model->weights.size() == model->network.parameters().all().size());
  CLAIM(static_cast<std::size_t>(info.parameters) * sizeof(float) < file.size());
  const float* weight = model->flat.const_data_ptr<float>();
  for (std::int64_t i = 0; i < info.parameters; ++i) CLAIM(std::isfinite(weight[i]));
  CLAIM(parse_recipe(info.recipe, {}).text == model->recipe.text);
  return 0;
}
