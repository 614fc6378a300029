// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <treewalk/io.h>
#include <treewalk/structure.h>
#include <treewalk/walks.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "program.h"
#include "progress.h"
#include "text.h"

namespace program {

namespace {

struct Graph {
  std::string input, output, kind = "directed", fields;
  int neighbours = 16;
  std::optional<int> walkers;  ///< none: no mask is asked for
  treewalk::WalkOptions walks;
  double decay = 0.6;
  bool overwrite = false;
  Common common;
};

const char* format_help =
    "OUT.csr is a safetensors file with the tensors offset [N+1] int64, column [E] int32 and squared_distance [E]\n"
    "float32: the neighbours of point i are column[offset[i]] to column[offset[i+1]-1].";

treewalk::GraphKind kind_of(const std::string& name) {
  if (name == "union") return treewalk::GraphKind::united;
  return name == "mutual" ? treewalk::GraphKind::mutual : treewalk::GraphKind::directed;
}

/// x,y,z,rgb*0.5
std::vector<treewalk::SearchField> fields_of(const std::string& text) {
  std::vector<treewalk::SearchField> fields;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string one = text.substr(begin, end - begin);
    const std::size_t star = std::min(one.find('*'), one.size());
    treewalk::SearchField field{one.substr(0, star)};
    if (star < one.size()) {
      const auto weight = number_in(one.substr(star + 1));
      if (!weight || !std::isfinite(*weight))
        throw UsageError("graph: '" + one + "' in --fields is no field and its weight, such as rgb*0.5");
      field.weight = *weight;
    }
    if (field.name.empty())
      throw UsageError("graph: --fields names a field without a name; it takes a list such as x,y,z,rgb*0.5");
    fields.push_back(field);
    begin = end + 1;
  }
  return fields;
}

template <class T>
void write_values(std::ostream& out, const std::vector<T>& values) {
  out.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
}

void write_graph(const fs::path& file, const treewalk::KnnGraphArrays& graph, const Graph& options) {
  nlohmann::ordered_json header;
  header["__metadata__"] = {
      {"format", "treewalk graph 1"}, {"kind", options.kind}, {"k", std::to_string(options.neighbours)}};
  if (!options.fields.empty()) header["__metadata__"]["fields"] = options.fields;
  std::uint64_t at = 0;
  const auto describe = [&](const char* name, const char* type, std::size_t count, std::size_t size) {
    header[name] = {{"dtype", type}, {"shape", {count}}, {"data_offsets", {at, at + count * size}}};
    at += count * size;
  };
  describe("offset", "I64", graph.offset.size(), 8);
  describe("column", "I32", graph.column.size(), 4);
  describe("squared_distance", "F32", graph.squared_distance.size(), 4);
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // aligns the data
  treewalk::write_file(file, [&](std::ostream& out) {
    write_values(out, std::vector<std::uint64_t>{text.size()});
    out << text;
    write_values(out, graph.offset);
    write_values(out, graph.column);
    write_values(out, graph.squared_distance);
  });
}

void print_statistics(const treewalk::KnnGraphArrays& graph, double seconds) {
  const std::size_t points = graph.offset.size() - 1;
  std::int64_t alone = 0, most = 0;
  double mean_distance = 0;
  for (std::size_t i = 0; i < points; ++i) {
    const std::int64_t degree = graph.offset[i + 1] - graph.offset[i];
    alone += degree == 0;
    most = std::max(most, degree);
  }
  for (float d : graph.squared_distance) mean_distance += std::sqrt(static_cast<double>(d));
  const auto edges = static_cast<double>(graph.column.size());
  Table table({"points", "edges", "edges/point", "most", "without", "mean distance", "time"});
  table.add({grouped(static_cast<std::int64_t>(points)), grouped(static_cast<std::int64_t>(graph.column.size())),
             points ? fixed(edges / static_cast<double>(points), 2) : "-", grouped(most), grouped(alone),
             edges > 0 ? fixed(mean_distance / edges, 4) : "-", duration(seconds)});
  std::fputs(table.text().c_str(), stdout);
}

/// The mask that walks on the graph give, and how far it is from what it estimates.
void print_walks(const treewalk::KnnGraphArrays& graph, const Graph& options) {
  auto walks = options.walks;
  walks.walkers = *options.walkers;
  for (int t = 0; t <= walks.hops; ++t) walks.modulation.push_back(std::pow(options.decay, t));
  const auto mask = treewalk::walk_mask(graph, walks, options.common.run.threads);
  check_interrupted();
  const double error = treewalk::walk_mask_error(graph, walks, mask);
  const auto points = static_cast<double>(std::max<std::size_t>(1, graph.offset.size() - 1));
  const auto entries = static_cast<double>(mask.column.size());
  char relative[32];
  std::snprintf(relative, sizeof relative, "%.2e", error);
  Table table({"mask", "entries/point", "of all", "squared error", "walks", "mask", "bytes/point"});
  table.add({walks.walkers > 0 ? std::to_string(walks.walkers) + " walkers"
             : walks.exact()   ? "exact"
                               : "thinned",
             fixed(entries / points, 1), percent(entries / points / points), relative, duration(mask.walk_seconds),
             duration(mask.mask_seconds), fixed(static_cast<double>(mask.walk_bytes + mask.mask_bytes) / points, 0)});
  std::fputs(table.text().c_str(), stdout);
}

void run(const Graph& options) {
  if (options.output.empty() && !options.walkers) throw UsageError("graph: -o FILE or --walks N is needed");
  if (!options.output.empty()) check_output(options.output, {".csr"}, "-o", options.overwrite);
  if (options.walks.symmetric && options.kind == "directed")
    throw UsageError("graph: a symmetric mask needs edges that go both ways; add --kind union or --kind mutual");
  if (options.walks.frontier > 0 && options.walkers.value_or(0) > 0)
    throw UsageError("graph: --frontier belongs to masks without walks; give --walks 0");
  const auto fields = options.fields.empty() ? std::vector<treewalk::SearchField>() : fields_of(options.fields);
  const auto cloud = read(options.input);
  const ProgressLine clock(options.input, cloud.size(), options.common.quiet);
  const auto kind = kind_of(options.kind);
  const int threads = options.common.run.threads;
  const auto graph = fields.empty() ? treewalk::knn_graph(cloud.view(), options.neighbours, kind, threads)
                                    : treewalk::knn_graph(cloud.view(), fields, options.neighbours, kind, threads);
  const double seconds = clock.seconds();
  check_interrupted();
  if (!options.output.empty()) write_graph(options.output, graph, options);
  if (!options.common.quiet) print_statistics(graph, seconds);
  if (options.walkers) print_walks(graph, options);
}

}  // namespace

void add_graph(CommandLine& line) {
  auto options = std::make_shared<Graph>();
  auto& walks = options->walks;
  Command command = line.add("graph", "Build the exact k-nearest-neighbour graph of a cloud.");
  command.footer(format_help);
  command.positional("IN", options->input, "cloud (.pcd, .ply, .las, .laz, .off), also from a pipe").required();
  command.option("-o,--output", options->output, "FILE", "the graph (.csr)");
  add_overwrite(command, options->overwrite);
  command.option("-k,--neighbours", options->neighbours, "K", "neighbours of each point").range(1, 1e6);
  command.option("--kind", options->kind, "KIND", "directed, union (either direction) or mutual (both directions)")
      .one_of({"directed", "union", "mutual"});
  command.option("--fields", options->fields, "LIST",
                 "near by these fields, each with a weight: x,y,z,rgb*0.5 (rgb: red, green, blue from 0 to 1)");
  command.option("--walks", options->walkers, "N", "report the attention mask of N walks a point; 0: of the powers")
      .range(0, 4096);
  command.option("--frontier", walks.frontier, "N", "without walks: points a hop may start from, thinned; 0: all")
      .range(0, 1e6);
  command.option("--entries", walks.entries, "N", "points a row of Phi may have, thinned without bias; 0: all")
      .range(0, 1e6);
  command.option("--hops", walks.hops, "L", "longest walk").range(0, 64);
  command.option("--decay", options->decay, "F", "the mask's weight of t hops is F^t").range(0, 10);
  command.option("--halt", walks.halt, "P", "probability of halting before each hop; 0: walks have L hops")
      .range(0, 0.99);
  command.choice("--moves", walks.repelling, {"independent", "repelling"}, "KIND",
                 "repelling: walkers at one point part; independent");
  command.choice("--halting", walks.antithetic, {"independent", "antithetic"}, "KIND",
                 "independent, or antithetic: in opposite pairs");
  command.flag("--expected-last-hop", walks.expected_last_hop, "the expectation of the last hop, not one hop");
  command.choice("--mask", walks.symmetric, {"one-sided", "symmetric"}, "KIND",
                 "one-sided: Phi; symmetric: Phi times its transpose");
  command.option("--seed", walks.seed, "S", "of the walks");
  add_threads(command, options->common.run.threads, options->common.quiet);
  command.example("treewalk graph scan.pcd -k 16 -o scan.csr");
  command.does([options] { run(*options); });
}

}  // namespace program
