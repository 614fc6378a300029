// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "memory.h"
#include "outputs.h"
#include "program.h"
#include "progress.h"
#include "text.h"

namespace program {

namespace {

using nlohmann::ordered_json;

struct Classify {
  std::vector<std::string> inputs;
  std::string model, json;
  int top = 3;
  float min_confidence = 0;
  bool overwrite = false;
  Common common;
};

ordered_json to_json(const std::vector<treewalk::ClassScore>& scores, const fs::path& input) {
  ordered_json classes = ordered_json::array();
  for (const auto& s : scores) classes.push_back({{"id", s.id}, {"name", s.name}, {"probability", s.probability}});
  return {{"cloud", input.string()}, {"classes", classes}};
}

void run(const Classify& options) {
  prepare_json(options.json, options.overwrite);
  const auto model = model_for("classification", options.model);
  const treewalk::Session session(model, options.common.run);
  const MemoryLimit limit(options.common.run, options.common.scratch);
  ordered_json results = ordered_json::array();
  for (const auto& input : options.inputs)
    for_each_cloud(clouds_at(input), fs::is_directory(input), [&](const fs::path& file) {
      limit.check_reading(file, {}, bytes_to_classify, true);
      const auto cloud = read(file);
      limit.check(file, bytes_to_classify(cloud.size(), cloud.stride));
      treewalk::RunNotes notes;
      auto scores = session.classify(cloud.view(), &notes);
      check_interrupted();
      warn_about(file, notes.warnings);
      const bool unknown = !scores.empty() && scores.front().probability < options.min_confidence;
      if (options.top > 0 && scores.size() > static_cast<std::size_t>(options.top)) scores.resize(options.top);
      results.push_back(to_json(scores, file));
      results.back()["name"] = scores.empty() || unknown ? "unknown" : scores.front().name;
      std::string line = printable(file.string());
      if (unknown) line += "  unknown:";
      for (const auto& s : scores) line += "  " + printable(s.name) + " " + fixed(s.probability, 3);
      if (scores.empty()) line += "  -";
      std::printf("%s\n", line.c_str());
    });
  if (!options.json.empty()) write_json(options.json, results);
}

}  // namespace

void add_classify(CommandLine& line) {
  auto options = std::make_shared<Classify>();
  Command command = line.add("classify", "Say what each cloud shows: classes with probabilities.");
  command
      .positional("IN", options->inputs,
                  "clouds (.pcd, .ply, .las, .laz, .off), also from a pipe, or folders of clouds")
      .required();
  command.option("-m,--model", options->model, "MODEL", "model file, or the name of a shipped model");
  command.option("--top", options->top, "K", "how many classes to show; 0: all").range(0, 1e6);
  command.option("--min-confidence", options->min_confidence, "P", "clouds whose best class is less likely are unknown")
      .range(0, 1);
  command.option("--json", options->json, "FILE", "write the results to this file; -: to standard output");
  add_overwrite(command, options->overwrite);
  add_common(command, options->common);
  command.example("treewalk classify chair.ply -m shapes10");
  command.does([options] { run(*options); });
}

}  // namespace program
