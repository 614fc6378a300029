// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <treewalk/cloud.h>
#include <treewalk/session.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// What the subcommands share: options, files, models by name, errors.
namespace program {

namespace fs = std::filesystem;

/// A command line that cannot be obeyed: exit status 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The work that the command line asked for; main() runs it once parsing has succeeded.
using Task = std::function<void()>;

void add_segment(CLI::App& app, Task& task);
void add_classify(CLI::App& app, Task& task);
void add_train(CLI::App& app, Task& task);
void add_evaluate(CLI::App& app, Task& task);
void add_graph(CLI::App& app, Task& task);
void add_octree(CLI::App& app, Task& task);
void add_view(CLI::App& app, Task& task);
void add_info(CLI::App& app, Task& task);

/// Options that every subcommand understands.
struct Common {
  std::string device = "auto";
  int threads = 0;
  std::int64_t memory_mb = 0;
  bool quiet = false;

  treewalk::RunOptions run_options() const;
};
void add_common(CLI::App& command, Common& common);

/// Checks for option values; the help texts say in words what is right.
template <class T>
CLI::Validator within(T low, T high) {
  return CLI::Range(low, high).description("");
}
inline CLI::Validator one_of(const std::vector<std::string>& values) { return CLI::IsMember(values).description(""); }

/// From now on Ctrl-C (and a polite kill) sets a flag that progress callbacks look at; a second one ends the program.
void catch_interrupts();
bool interrupted();
/// Throws treewalk::Cancelled after Ctrl-C.
void check_interrupted();

/// The file itself, or every .pcd and .ply below a folder, sorted. Throws Error when there is none.
std::vector<fs::path> clouds_at(const fs::path& file_or_folder);
/// Reads a cloud; errors name the file.
treewalk::Cloud read(const fs::path& file);

/// Throws UsageError unless the file ends in one of the given extensions (".png"), Error unless its folder exists.
void check_output(const fs::path& file, const std::vector<std::string>& extensions, const std::string& option);
/// Creates the folder (and those above it) or throws Error.
void make_folder(const fs::path& folder);
/// Writes beside the file, then renames: the file appears whole or not at all. Throws Error.
void write_file(const fs::path& file, std::string_view bytes);

/// A model file for a path or for the name of a shipped model; the error lists what exists.
fs::path find_model(const std::string& name);
/// A recipe for a path or for the name of a shipped recipe; the error lists what exists.
fs::path find_recipe(const std::string& name);
/// Shipped models that do this task ("" for all), by name.
std::vector<std::string> shipped_models(const std::string& task = "");
/// The named model, or with an empty name the only shipped one for the task. Throws UsageError when there are several.
std::shared_ptr<const treewalk::Model> model_for(const std::string& task, const std::string& name);

}  // namespace program
