// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <treewalk/cloud.h>
#include <treewalk/dataset.h>
#include <treewalk/io.h>
#include <treewalk/layouts.h>
#include <treewalk/session.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "command_line.h"

/// What the subcommands share: options, files, models by name, errors.
namespace program {

namespace fs = std::filesystem;

void add_segment(CommandLine& line);
void add_classify(CommandLine& line);
void add_clusters(CommandLine& line);
void add_train(CommandLine& line);
void add_evaluate(CommandLine& line);
void add_graph(CommandLine& line);
void add_octree(CommandLine& line);
void add_raster(CommandLine& line);
void add_view(CommandLine& line);
void add_info(CommandLine& line);

/// Options of every subcommand that works on clouds.
struct Common {
  treewalk::RunOptions run;
  std::string scratch;  ///< a folder for what memory has no room for; empty: none
  bool quiet = false;
};
void add_common(Command& command, Common& common);
/// Those that work without a model and on the CPU obey: threads and quiet.
void add_threads(Command& command, int& threads, bool& quiet);
/// The same where the options are held by what is called.
void add_common(Command& command, treewalk::RunOptions& run, std::string& scratch, bool& quiet);
/// What a training obeys beside threads and quiet.
void add_scratch(Command& command, std::string& folder);
void add_device(Command& command, std::string& device);

/// --scale, and what it says: factors of x, y and z. Throws UsageError for what is no number above 0, or two with a
/// comma.
void add_scale(Command& command, std::string& scale);
std::array<double, 3> scale_of(const std::string& scale);

/// Where labelled clouds are, and how they are laid out.
struct Data {
  std::string folder;
  treewalk::LayoutOptions layout;

  std::shared_ptr<const treewalk::DataSet> open() const { return treewalk::open_data(folder, layout); }
};
void add_data(Command& command, Data& data, const std::string& help);

/// From now on Ctrl-C (and a polite kill) sets a flag that progress callbacks look at; a second one ends the program.
void catch_interrupts();
bool interrupted();
/// Throws treewalk::Cancelled after Ctrl-C.
void check_interrupted();

/// The file itself, or every .pcd, .ply, .las, .laz and .off below a folder, sorted, but for those in the folder
/// `left_out`, of which a warning tells. Throws Error when there is none.
std::vector<fs::path> clouds_at(const fs::path& file_or_folder, const fs::path& left_out = {});
/// Reads a cloud; errors name the file, and warnings tell what it holds and the cloud does not. threads: 0 for all
/// cores.
treewalk::Cloud read(const fs::path& file, const treewalk::ReadOptions& options = {});

void warn(const std::string& sentence);
/// What a model noticed about a cloud.
void warn_about(const fs::path& cloud, const std::vector<std::string>& warnings);

/// The option without which no file is replaced.
void add_overwrite(Command& command, bool& overwrite);
/// Throws UsageError unless the file ends in one of the given extensions (".png"), Error unless its folder exists, and
/// for a file that exists unless `overwrite`.
void check_output(const fs::path& file, const std::vector<std::string>& extensions, const std::string& option,
                  bool overwrite);
/// Creates the folder (and those above it) or throws Error.
void make_folder(const fs::path& folder);
/// Writes beside the file, then renames: the file appears whole or not at all. Throws Error.
void write_file(const fs::path& file, std::string_view bytes);

/// Shipped models that do this task ("" for all), by name.
std::vector<std::string> shipped_models(const std::string& task = "");
/// The named model, or with an empty name the only shipped one for the task. Throws UsageError when there are several.
std::shared_ptr<const treewalk::Model> model_for(const std::string& task, const std::string& name);

/// Throws UsageError for a level that the model's hierarchy does not have; option: its name.
void check_level(const std::string& option, int level, const treewalk::ModelInfo& info);

}  // namespace program
