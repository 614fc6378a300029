// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Usage: released_benchmark [TABLE...] [MODEL.treewalk | RECIPE.json]... [--threads N] [--repeat N] [--sizes N,N,...]
//                           [--levels N] [--batch N] [--cloud-each] [--memory MB] [--seconds S]
//
// Time, memory and size of networks for one cloud against its number of points: the release of Sequoia (TMLR 2024) as
// specified (tests/sequoia_reference), plain full attention by LibTorch, and treewalk's. All get the same made-up
// surfaces, points and normals, in memory; the time runs from there to the scores, trees and features included. The
// tables, all of them unless some are named:
//
// classification  the release as it is, repaired, with treewalk's search, and at its best (released_side.h), beside
//                 treewalk with as many parameters, at least, and all points, and with width 128 throughout
//                 (equal_recipes.h), its trees of --levels (5) levels
// segmentation    the same for a label of each point
// training        the same for steps of --batch (24) clouds of the first size, an update of the weights included
// full-attention  plain full attention beside treewalk of its width and depth: scores, and a loss with gradients
// one-block       one block of either, what treewalk needs of octree, neighbours and families included
// one-layer       the same for the attention in it alone, without projections and MLP
//
// A MODEL or RECIPE (with fresh weights, which take the same time) has a row of its own in classification or
// segmentation, and a recipe of classification one in training.
//
// --cloud-each    a cloud for each thread, and not all threads on one
// --memory        largest estimated memory of a row of the release (6000); it is also the limit of its process
// --seconds       longest time of such a row, all its runs together, going by its last two sizes (120)
//
// Every row runs in a process of its own and says how many parameters the network has, how many of the points it really
// saw, and how many leaves or points its finest level had. Peak memory is what comes on top of network and clouds.
// Processor time (of all threads) tells more than wall time on a busy machine; "times" compares that with the row of
// treewalk that the table ends with.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "core/device/cpu.h"
#include "tests/benchmark/equal_recipes.h"
#include "tests/benchmark/full_attention.h"
#include "tests/benchmark/our_side.h"
#include "tests/benchmark/released_side.h"
#include "treewalk/session.h"

using namespace treewalk;

namespace {

const std::vector<std::string> kTables{"classification", "segmentation", "training",
                                       "full-attention", "one-block",    "one-layer"};
constexpr Release kReleases[] = {Release::as_it_is, Release::repaired, Release::with_our_search, Release::at_its_best};

struct Settings {
  Run run;
  int batch = 24, levels = 5;
  double seconds = 120;
  std::vector<std::string> tables, models;
  std::vector<std::int64_t> sizes{1024, 2048, 4096, 8192};

  bool has(const std::string& table) const {
    return tables.empty() || std::find(tables.begin(), tables.end(), table) != tables.end();
  }
};

/// A row of a table, or why there is none.
struct Row {
  std::string name, reason;
  std::optional<Figures> figures;
};

Row row_of(const std::string& name, const std::function<Figures()>& work) {
  Row row{name, "", in_a_process_of_its_own(work)};
  if (!row.figures) row.reason = "failed";
  return row;
}

void print_head(const std::string& what) {
  std::printf("\n%s\n%7s  %-34s %11s %9s %9s %11s %11s %10s %9s %7s\n", what.c_str(), "points", "network", "parameters",
              "saw", "leaves", "wall ms", "user ms", "system ms", "peak MB", "times");
}

/// Compares all rows with the last one.
void print_rows(std::int64_t points, const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    std::printf("%7ld  %-34s", static_cast<long>(points), row.name.c_str());
    if (!row.figures) {
      std::printf(" %s\n", row.reason.c_str());
      continue;
    }
    const auto& f = *row.figures;
    std::printf(" %11ld %9.0f %9.0f %11.2f %11.2f %10.2f %9.1f", static_cast<long>(f.parameters), f.seen, f.tokens,
                1e3 * f.seconds, 1e3 * (f.processor - f.system), 1e3 * f.system, f.peak_mb);
    if (rows.back().figures) std::printf(" %7.2f", f.processor / rows.back().figures->processor);
    std::printf("\n");
  }
  std::fflush(stdout);
}

/// What a row of the release took at the sizes before.
using Known = std::vector<std::pair<std::int64_t, double>>;

/// Seconds of one run by a power law through the last two sizes; 0 while there are fewer.
double extrapolated(const Known& known, std::int64_t points) {
  if (known.size() < 2) return 0;
  const auto& [n1, t1] = known[known.size() - 2];
  const auto& [n2, t2] = known.back();
  const double power = std::log(t2 / t1) / std::log(double(n2) / double(n1));
  return t2 * std::pow(double(points) / double(n2), power);
}

/// A row of the release, unless it would need too much memory or time.
Row released_row(const Settings& settings, const std::string& task, Release release, std::int64_t points,
                 Known& known) {
  Row row{name_of(release), "", std::nullopt};
  const int together = settings.run.cloud_each ? settings.run.threads : 1;
  const double mb = estimated_mb(release, points) * together;
  const double seconds = extrapolated(known, points) * (settings.run.repeat + 1) * together;
  char reason[64] = "";
  if (mb > settings.run.memory_mb)
    std::snprintf(reason, sizeof reason, "skipped: needs about %.0f MB", mb);
  else if (seconds > settings.seconds)
    std::snprintf(reason, sizeof reason, "skipped: would take about %.0f s", seconds);
  row.reason = reason;
  if (!row.reason.empty()) return row;
  row = row_of(row.name, [&] { return released_inference(settings.run, task, release, points); });
  if (row.figures) known.emplace_back(points, row.figures->seconds);
  return row;
}

const char* name_of(Size size) { return size == Size::equal ? "treewalk, width 128 to 1024" : "treewalk, width 128"; }

/// Only in a child: a process that has used threads cannot be forked safely.
std::shared_ptr<const Model> model_of(const std::string& file) {
  return std::filesystem::path(file).extension() == ".json" ? fresh_model(read_recipe(file)) : load_model(file);
}

Row model_row(const Settings& settings, const std::string& file, std::int64_t points) {
  return row_of(std::filesystem::path(file).filename().string(),
                [&] { return our_inference(settings.run, model_of(file), points); });
}

void inference_table(const Settings& settings, const std::string& task) {
  print_head(task + ", one cloud, to the scores");
  std::map<Release, Known> known;
  for (const std::int64_t points : settings.sizes) {
    std::vector<Row> rows;
    for (const Release release : kReleases)
      rows.push_back(released_row(settings, task, release, points, known[release]));
    for (const auto& file : settings.models) rows.push_back(model_row(settings, file, points));
    for (const Size size : {Size::narrow, Size::equal})
      rows.push_back(row_of(name_of(size), [&] {
        return our_inference(settings.run, fresh_model(recipe_of_size(task, size, settings.levels)), points);
      }));
    print_rows(points, rows);
  }
}

void training_table(const Settings& settings) {
  const std::int64_t points = settings.sizes.front();
  print_head("training, classification, steps of " + std::to_string(settings.batch) + " clouds: a cloud's share");
  std::vector<Row> rows;
  const int batch = settings.batch;
  for (const Release release : kReleases)
    rows.push_back(row_of(name_of(release), [&] { return released_training(settings.run, release, batch, points); }));
  for (const auto& file : settings.models)
    if (std::filesystem::path(file).extension() == ".json")
      rows.push_back(row_of(std::filesystem::path(file).filename().string() + ", its augmentation",
                            [&] { return our_training(settings.run, read_recipe(file), batch, points); }));
  for (const Size size : {Size::narrow, Size::equal})
    rows.push_back(row_of(name_of(size), [&] {
      return our_training(settings.run, recipe_of_size("classification", size, settings.levels), batch, points);
    }));
  print_rows(points, rows);
}

/// How the processor times of two rivals grew, and where the first becomes the slower one.
class Crossing {
 public:
  void add(std::int64_t points, const std::vector<Row>& rows) {
    if (!rows[0].figures || !rows[1].figures) return;
    const double log_ratio = std::log(rows[0].figures->processor / rows[1].figures->processor);
    const double log_points = std::log(static_cast<double>(points));
    if (known_ && log_ratio_ < 0 && log_ratio >= 0)
      at_ = std::exp(log_points_ + (log_points - log_points_) * -log_ratio_ / (log_ratio - log_ratio_));
    known_ = true;
    log_ratio_ = log_ratio;
    log_points_ = log_points;
  }
  void print() const {
    if (at_ > 0)
      std::printf("level at about %.0f points\n", at_);
    else if (known_)
      std::printf("not level within these sizes\n");
  }

 private:
  bool known_ = false;
  double log_ratio_ = 0, log_points_ = 0, at_ = 0;
};

enum class Part { network, block, layer };
const std::map<std::string, Part> kParts{
    {"full-attention", Part::network}, {"one-block", Part::block}, {"one-layer", Part::layer}};

void full_attention_tables(const Settings& settings, Part part) {
  const bool network = part == Part::network, block = part == Part::block;
  for (const bool backward : {false, true}) {
    print_head(std::string(network ? "whole network of width 128 and 4 blocks"
                           : block ? "one block of width 128"
                                   : "attention of width 128 alone") +
               (backward ? ", forward and backward" : ", forward"));
    Crossing crossing;
    for (const std::int64_t points : settings.sizes) {
      const auto recipe = [&] { return recipe_of_size("classification", Size::narrow, settings.levels); };
      const Run& run = settings.run;
      const auto theirs = [&] {
        return network ? full_attention(run, points, backward) : full_attention_layer(run, points, block, backward);
      };
      const auto ours = [&] {
        return !network   ? our_layer(run, recipe(), points, block, backward)
               : backward ? our_training(run, recipe(), 1, points, false)
                          : our_inference(run, fresh_model(recipe()), points);
      };
      const std::vector<Row> rows{row_of("full attention", theirs), row_of(name_of(Size::narrow), ours)};
      print_rows(points, rows);
      crossing.add(points, rows);
    }
    crossing.print();
  }
}

std::vector<std::int64_t> sizes_of(const std::string& list) {
  std::vector<std::int64_t> sizes;
  std::stringstream stream(list);
  for (std::string size; std::getline(stream, size, ',');) sizes.push_back(std::stoll(size));
  if (sizes.empty()) throw Error("--sizes needs a number of points");
  return sizes;
}

Settings settings_of(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&] {
      if (i + 1 >= argc) throw Error(word + " needs a value");
      return std::string(argv[++i]);
    };
    if (word == "--threads") {
      settings.run.threads = std::stoi(value());
    } else if (word == "--repeat") {
      settings.run.repeat = std::max(1, std::stoi(value()));
    } else if (word == "--cloud-each") {
      settings.run.cloud_each = true;
    } else if (word == "--memory") {
      settings.run.memory_mb = std::stod(value());
    } else if (word == "--seconds") {
      settings.seconds = std::stod(value());
    } else if (word == "--sizes") {
      settings.sizes = sizes_of(value());
    } else if (word == "--levels") {
      settings.levels = std::max(4, std::stoi(value()));
    } else if (word == "--batch") {
      settings.batch = std::stoi(value());
    } else if (std::find(kTables.begin(), kTables.end(), word) != kTables.end()) {
      settings.tables.push_back(word);
    } else if (word[0] != '-' && std::filesystem::is_regular_file(word)) {
      settings.models.push_back(word);
    } else {
      throw Error("unknown argument " + word + "; the head of tests/benchmark/released_benchmark.cpp lists them");
    }
  }
  return settings;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Settings settings = settings_of(argc, argv);
    std::printf("%s, %d threads%s, medians of %d\n", cpu_capability(), settings.run.threads,
                settings.run.cloud_each ? ", a cloud for each" : "", settings.run.repeat);
    for (const std::string task : {"classification", "segmentation"})
      if (settings.has(task)) inference_table(settings, task);
    if (settings.has("training")) training_table(settings);
    for (const auto& [table, part] : kParts)
      if (settings.has(table)) full_attention_tables(settings, part);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
