// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/checkpoint.h"

#include <algorithm>

#include "core/model/safetensors.h"
#include "core/recipe/strict_json.h"

namespace treewalk {

namespace {

const char* const kCheckpointFormat = "treewalk-checkpoint-2";

/// Into how many pieces a training cuts its batches, by its fingerprint; 0: it does not say.
int pieces_of(const Json& print) {
  try {
    return print.at("recipe").at("training").value("pieces", 0);
  } catch (const Json::exception&) {
    return 0;
  }
}

using Reading = std::map<std::string, std::string>;

/// "--scale 0.3048", or that it is not given.
std::string said(const Reading& reading, const std::string& option) {
  const auto found = reading.find(option);
  return found == reading.end() ? "without " + option : "with " + option + " " + found->second;
}

/// In what a checkpoint differs. Both are fingerprints, but the first may be any text of a file.
std::string difference(const std::string& before, const std::string& now) {
  const std::string any = "the checkpoint belongs to another recipe, seed, number of epochs or set of training clouds";
  Json old = Json::parse(before, nullptr, false), own = Json::parse(now);
  if (!old.is_object()) return any;
  const auto taken = [](Json& from) {
    Reading reading;
    const Json options = from.value("reading", Json());
    for (const auto& item : options.items())
      if (item.value().is_string()) reading[item.key()] = item.value();
    from.erase("reading");
    return reading;
  };
  const Reading was = taken(old), is = taken(own);
  if (const int before = std::max(1, pieces_of(old)), now = std::max(1, pieces_of(own)); before != now)
    return "the checkpoint is of a training whose batches are cut into " + std::to_string(before) +
           " pieces, and this one's into " + std::to_string(now) +
           " (training.pieces), as many processes need more than one";
  if (old != own) return any;
  for (const Reading& one : {was, is})
    for (const auto& [option, value] : one)
      if (said(was, option) != said(is, option))
        return "the checkpoint is of a training " + said(was, option) + ", and this one is " + said(is, option);
  return any;
}

}  // namespace

std::string fingerprint(const Recipe& recipe, const std::vector<DataItem>& items, std::uint64_t seed,
                        std::int64_t steps, const std::map<std::string, std::string>& reading) {
  Json json{{"recipe", Json::parse(recipe.text)}, {"seed", seed}, {"steps", steps}, {"clouds", Json::array()}};
  for (const auto& item : items) json["clouds"].push_back(item.name);
  if (!reading.empty()) json["reading"] = reading;
  return json.dump();
}

int checkpoint_pieces(const std::filesystem::path& file) {
  try {
    const SafetensorsFile content(file);
    const auto found = content.metadata().find("fingerprint");
    return found == content.metadata().end() ? 0 : pieces_of(Json::parse(found->second, nullptr, false));
  } catch (const Error&) {
    return 0;
  }
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
      throw Error(difference(get("fingerprint"), print) + "; train without --resume to start anew");
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
