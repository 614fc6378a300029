// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/checkpoint.h"

#include "core/model/safetensors.h"
#include "core/recipe/strict_json.h"

namespace treewalk {

namespace {

const char* const kCheckpointFormat = "treewalk-checkpoint-2";

}  // namespace

std::string fingerprint(const Recipe& recipe, const std::vector<DataItem>& items, std::uint64_t seed,
                        std::int64_t steps) {
  Json json{{"recipe", Json::parse(recipe.text)}, {"seed", seed}, {"steps", steps}, {"clouds", Json::array()}};
  for (const auto& item : items) json["clouds"].push_back(item.name);
  return json.dump();
}

void write_checkpoint(const std::filesystem::path& file, const std::string& print, const Optimizer& optimizer,
                      const Progress& progress) {
  const auto state = optimizer.state();
  // JSON numbers round-trip doubles exactly.
  const Json json{{"step", progress.step},
                  {"loss_sum", progress.loss_sum},
                  {"loss_count", progress.loss_count},
                  {"seconds", progress.seconds}};
  write_safetensors(file, {{"format", kCheckpointFormat}, {"fingerprint", print}, {"progress", json.dump()}},
                    {{"state", {4, state.size(1)}}}, state);
}

Progress read_checkpoint(const std::filesystem::path& file, const std::string& print, Optimizer& optimizer,
                         std::int64_t numel) {
  return with_name(file.string(), [&] {
    SafetensorsFile content(file);
    const auto& metadata = content.metadata();
    const auto get = [&](const char* key) { return metadata.count(key) ? metadata.at(key) : std::string(); };
    if (get("format") != kCheckpointFormat) throw Error("this is not a checkpoint of this program");
    if (get("fingerprint") != print)
      throw Error(
          "the checkpoint belongs to another recipe, seed, number of epochs or set of training clouds; "
          "train without --resume to start anew");
    const auto state = content.read({{"state", {4, numel}}});
    const auto json = Json::parse(get("progress"));
    Progress progress;
    progress.step = json.at("step");
    progress.loss_sum = json.at("loss_sum");
    progress.loss_count = json.at("loss_count");
    progress.seconds = json.at("seconds");
    optimizer.restore(state, progress.step);
    return progress;
  });
}

}  // namespace treewalk
