// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <treewalk/io.h>
#include <treewalk/shipped.h>
#include <treewalk/trainer.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "label_map.h"
#include "labels.h"
#include "memory.h"
#include "outputs.h"
#include "program.h"
#include "progress.h"
#include "text.h"
#include "units.h"

namespace program {

namespace {

using nlohmann::ordered_json;
using treewalk::Evaluation;

struct Evaluate {
  std::vector<std::string> models;
  treewalk::EvaluationOptions evaluation;
  std::string json, scale, scratch, label_field = "label";
  std::vector<std::string> map;
  Data data;
  bool quiet = false, overwrite = false;
};

/// JSON has no NaN: figures of classes that do not occur are null.
ordered_json figure(double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(); }

ordered_json to_json(const Evaluation& e) {
  ordered_json per_class = ordered_json::object(), per_cloud = ordered_json::array();
  for (const auto& c : e.per_class)
    per_class[c.name] = {{"iou", figure(c.iou)}, {"accuracy", figure(c.accuracy)}, {"points", c.points}};
  for (const auto& c : e.per_cloud)
    per_cloud.push_back({{"name", c.name},
                         {"points", c.points},
                         {"overall_accuracy", figure(c.overall_accuracy)},
                         {"mean_iou", figure(c.mean_iou)},
                         {"kappa", figure(c.kappa)},
                         {"seconds", c.seconds}});
  ordered_json json = {{"task", e.task},
                       {"clouds", e.clouds},
                       {"points", e.points},
                       {"overall_accuracy", figure(e.overall_accuracy)},
                       {"mean_class_accuracy", figure(e.mean_class_accuracy)},
                       {"mean_iou", figure(e.mean_iou)},
                       {"kappa", figure(e.kappa)},
                       {"expected_calibration_error", figure(e.expected_calibration_error)},
                       {"per_class", per_class},
                       {"confusion", e.confusion},
                       {"points_per_second", figure(e.points_per_second)},
                       {"clouds_per_second", figure(e.clouds_per_second)},
                       {"peak_memory_mb", figure(e.peak_memory_mb)},
                       {"device", e.device},
                       {"threads", e.threads},
                       {"seed", e.seed},
                       {"model_sha256", e.model_sha256}};
  if (e.parts)
    json.update({{"category_accuracy", figure(e.parts->category_accuracy)},
                 {"instance_mean_iou", figure(e.parts->instance_mean_iou)},
                 {"category_mean_iou", figure(e.parts->category_mean_iou)},
                 {"overall_accuracy_given_class", figure(e.parts->overall_accuracy_given_class)},
                 {"instance_mean_iou_given_class", figure(e.parts->instance_mean_iou_given_class)},
                 {"category_mean_iou_given_class", figure(e.parts->category_mean_iou_given_class)}});
  if (e.coarse) json.update({{"coarse_points", e.coarse->points}, {"coarse_accuracy", figure(e.coarse->accuracy)}});
  json["per_cloud"] = per_cloud;
  return json;
}

/// The headline figures of several models (seeds of one recipe, for example).
struct Headline {
  const char* name;
  std::function<double(const Evaluation&)> value;
  enum Of { all, parts, coarse } of = all;
};
const std::vector<Headline>& headlines() {
  static const std::vector<Headline> list{
      {"overall_accuracy", [](const Evaluation& e) { return e.overall_accuracy; }},
      {"mean_class_accuracy", [](const Evaluation& e) { return e.mean_class_accuracy; }},
      {"mean_iou", [](const Evaluation& e) { return e.mean_iou; }},
      {"kappa", [](const Evaluation& e) { return e.kappa; }},
      {"expected_calibration_error", [](const Evaluation& e) { return e.expected_calibration_error; }},
      {"category_accuracy", [](const Evaluation& e) { return e.parts->category_accuracy; }, Headline::parts},
      {"instance_mean_iou", [](const Evaluation& e) { return e.parts->instance_mean_iou; }, Headline::parts},
      {"category_mean_iou", [](const Evaluation& e) { return e.parts->category_mean_iou; }, Headline::parts},
      {"overall_accuracy_given_class", [](const Evaluation& e) { return e.parts->overall_accuracy_given_class; },
       Headline::parts},
      {"instance_mean_iou_given_class", [](const Evaluation& e) { return e.parts->instance_mean_iou_given_class; },
       Headline::parts},
      {"category_mean_iou_given_class", [](const Evaluation& e) { return e.parts->category_mean_iou_given_class; },
       Headline::parts},
      {"coarse_accuracy", [](const Evaluation& e) { return e.coarse->accuracy; }, Headline::coarse},
      {"points_per_second", [](const Evaluation& e) { return e.points_per_second; }},
      {"clouds_per_second", [](const Evaluation& e) { return e.clouds_per_second; }}};
  return list;
}
/// Whether all results have this figure.
bool common_to(const std::vector<Evaluation>& results, const Headline& headline) {
  return std::all_of(results.begin(), results.end(), [&](const auto& e) {
    return headline.of == Headline::all || (headline.of == Headline::parts ? bool(e.parts) : bool(e.coarse));
  });
}

struct Spread {
  double mean = 0, deviation = 0;
};

/// Mean and sample standard deviation (n - 1).
Spread spread(const std::vector<Evaluation>& results, const Headline& headline) {
  Spread s;
  const auto n = static_cast<double>(results.size());
  for (const auto& e : results) s.mean += headline.value(e) / n;
  for (const auto& e : results) s.deviation += std::pow(headline.value(e) - s.mean, 2) / std::max(n - 1, 1.0);
  s.deviation = std::sqrt(s.deviation);
  return s;
}

ordered_json to_json(const std::vector<Evaluation>& results, const std::vector<std::string>& names) {
  if (results.size() == 1) return to_json(results.front());
  ordered_json models = ordered_json::array(), mean = ordered_json::object(), deviation = ordered_json::object();
  for (std::size_t i = 0; i < results.size(); ++i) {
    ordered_json one = {{"model", names[i]}};
    one.update(to_json(results[i]));
    models.push_back(one);
  }
  for (const auto& headline : headlines()) {
    if (!common_to(results, headline)) continue;
    const Spread s = spread(results, headline);
    mean[headline.name] = figure(s.mean);
    deviation[headline.name] = figure(s.deviation);
  }
  return {{"models", models}, {"mean", mean}, {"standard_deviation", deviation}};
}

void print(const Evaluation& e, const std::string& model) {
  const bool clouds = e.task == "classification";
  std::printf("%s on %s, %s%s\n", printable(model).c_str(), plural(e.clouds, "cloud").c_str(),
              plural(e.points, "labelled point").c_str(), clouds ? " (figures over clouds)" : "");
  Table table({"class", clouds ? "clouds" : "points", "IoU", "accuracy"});
  for (std::size_t c = 0; c < e.per_class.size(); ++c) {
    const auto& of = e.per_class[c];
    const bool found = std::any_of(e.confusion.begin(), e.confusion.end(), [c](const auto& row) { return row[c] > 0; });
    table.add({printable(of.name), grouped(of.points), of.points > 0 || found ? percent(of.iou) : "-",
               of.points > 0 ? percent(of.accuracy) : "-"});
  }
  std::fputs(table.text().c_str(), stdout);
  std::printf("  overall accuracy %s, mean class accuracy %s, mean IoU %s, kappa %s\n",
              percent(e.overall_accuracy).c_str(), percent(e.mean_class_accuracy).c_str(), percent(e.mean_iou).c_str(),
              fixed(e.kappa, 4).c_str());
  if (e.parts)
    std::printf(
        "  category found %s; mean IoU of instances %s, of categories %s\n"
        "  category given: overall accuracy %s; mean IoU of instances %s, of categories %s\n",
        percent(e.parts->category_accuracy).c_str(), percent(e.parts->instance_mean_iou).c_str(),
        percent(e.parts->category_mean_iou).c_str(), percent(e.parts->overall_accuracy_given_class).c_str(),
        percent(e.parts->instance_mean_iou_given_class).c_str(),
        percent(e.parts->category_mean_iou_given_class).c_str());
  if (e.coarse)
    std::printf("  of %s with coarse labels, %s got one of their label's classes\n",
                plural(e.coarse->points, "more point").c_str(), percent(e.coarse->accuracy).c_str());
  std::printf("  expected calibration error %s\n", percent(e.expected_calibration_error).c_str());
  std::printf("  %s points/s on %s with %s, peak memory %s MB\n", rate(e.points_per_second).c_str(), e.device.c_str(),
              plural(e.threads, "thread").c_str(), fixed(e.peak_memory_mb, 0).c_str());
}

/// A single labelled cloud, as the split ".".
class OneCloud : public treewalk::DataSet {
 public:
  explicit OneCloud(fs::path file) : file_(std::move(file)) {}
  std::string name() const override { return file_.filename().string(); }
  std::vector<std::string> splits() const override { return {"."}; }
  std::vector<treewalk::DataEntry> list(const std::string&) const override {
    return {{file_.filename().string(), file_}};
  }
  treewalk::Cloud read(const treewalk::DataEntry& entry) const override { return program::read(entry.file); }

 private:
  fs::path file_;
};

/// The data, which may also be a single labelled cloud, or a folder of clouds without folders for splits.
std::shared_ptr<const treewalk::DataSet> open(const Evaluate& options, std::string& split) {
  const std::string& place = options.data.folder;
  if (!fs::exists(place)) throw treewalk::Error("there is no file or folder '" + place + "'");
  std::shared_ptr<const treewalk::DataSet> data;
  if (!fs::is_directory(place))
    data = std::make_shared<OneCloud>(place);
  else
    data = options.data.open();
  const auto splits = data->splits();
  const auto has = [&](const std::string& name) {
    return std::find(splits.begin(), splits.end(), name) != splits.end();
  };
  if (has(split)) return data;
  if (!has(".")) {
    const std::string other = has("val") || splits.empty() ? "val" : has("test") ? "test" : splits.back();
    throw treewalk::Error("'" + place + "' has no split '" + split + "' but " + joined(splits) +
                          "; choose one, for example with --split " + other);
  }
  split = ".";
  return data;
}

/// What reading the largest of these clouds takes.
std::int64_t largest(const std::vector<treewalk::DataEntry>& entries) {
  std::uintmax_t most = 0;
  for (const auto& entry : entries) {
    std::error_code error;
    const bool cloud = entry.index < 0 && treewalk::is_cloud_file(entry.file);
    const std::uintmax_t bytes = cloud ? treewalk::cloud_size(entry.file).to_read : fs::file_size(entry.file, error);
    if (!error) most = std::max(most, bytes);
  }
  return static_cast<std::int64_t>(most);
}

/// What the coordinates of all clouds are multiplied by: one run of a model takes one. Throws Error where their units
/// differ.
std::array<double, 3> scale_of_all(const std::vector<treewalk::DataEntry>& entries, Units units) {
  std::optional<std::array<double, 3>> scale;
  for (const auto& entry : entries) {
    const auto here = units.scale(entry.file);
    if (!scale) scale = here;
    for (int k = 0; k < 3; ++k)
      if (std::abs(here[k] - (*scale)[k]) > 1e-5 * here[k])
        throw treewalk::Error(entry.file.string() + ": its unit of length is another than that of '" +
                              entries.front().file.string() + "'; evaluate them one after the other");
  }
  return scale.value_or(std::array<double, 3>{1, 1, 1});
}

void run(const Evaluate& options) {
  prepare_json(options.json, options.overwrite);
  const MemoryLimit limit(options.evaluation.run, options.scratch);
  std::vector<Evaluation> results;
  for (const auto& name : options.models) {
    const auto model = treewalk::load_model(treewalk::find_model(name));
    auto evaluation = options.evaluation;
    int clouds = 0;
    const auto map = label_map(options.map, treewalk::model_info(*model));
    const auto data = with_labels(open(options, evaluation.split), options.label_field, map.change);
    evaluation.meaning = map.meaning;
    evaluation.run.scale =
        scale_of_all(data->list(evaluation.split), Units(options.scale, treewalk::model_info(*model)));
    evaluation.data = read_by(data, [&](const treewalk::DataEntry& entry) {
      check_interrupted();
      ++clouds;
      return data->read(entry);
    });
    ProgressLine line("evaluate", 0, options.quiet);
    evaluation.run.progress = [&](double fraction, const std::string& stage) {
      return line.show_text("cloud " + std::to_string(clouds) + "  " + percent(fraction) + "  " + stage);
    };
    const bool asked = evaluation.run.memory_mb > 0 || !options.scratch.empty();
    const std::int64_t reading = asked ? largest(data->list(evaluation.split)) : 0;
    limit.run("for the largest cloud", reading, 0, evaluation.run, [&](const auto& run) {
      evaluation.run = run;
      results.push_back(treewalk::evaluate(model, evaluation));
    });
    line.clear();
    check_interrupted();
    for (const auto& warning : results.back().warnings) warn(warning);
    print(results.back(), name);
  }
  if (results.size() > 1) {
    std::printf("mean and standard deviation of %zu models\n", results.size());
    for (const auto& headline : headlines()) {
      if (!common_to(results, headline)) continue;
      const Spread s = spread(results, headline);
      const bool speed = s.mean > 1;  // all other figures are shares
      std::printf("  %-30s %s +- %s\n", headline.name, speed ? rate(s.mean).c_str() : fixed(s.mean, 4).c_str(),
                  speed ? rate(s.deviation).c_str() : fixed(s.deviation, 4).c_str());
    }
  }
  if (!options.json.empty()) write_json(options.json, to_json(results, options.models));
}

}  // namespace

void add_evaluate(CommandLine& line) {
  auto options = std::make_shared<Evaluate>();
  auto& evaluation = options->evaluation;
  Command command = line.add("evaluate", "Measure models on labelled clouds.");
  command.positional("MODEL", options->models, "models: files or shipped names; several give mean and deviation")
      .required();
  add_data(command, options->data, "folder of labelled clouds in splits, a folder of clouds, or one cloud");
  command.option("--split", evaluation.split, "NAME", "train, val, test, or another that the data have");
  command.option("--only", evaluation.only, "REGEX", "only clouds whose name (no extension) this matches");
  command.option("--without", evaluation.without, "REGEX", "no clouds whose name this matches");
  command.option("--label-field", options->label_field, "FIELD", label_field_help);
  command
      .option("--map", options->map, "VALUE=CLASS",
              "what label values mean, with commas; all others are left out; VALUE=CLASS|CLASS: any of several")
      .separated(',');
  command.option("--json", options->json, "FILE", "write all figures; -: to standard output");
  add_overwrite(command, options->overwrite);
  add_scale(command, options->scale);
  add_common(command, evaluation.run, options->scratch, options->quiet);
  command.example("treewalk evaluate terrain --data FOLDER --split val");
  command.does([options] { run(*options); });
}

}  // namespace program
