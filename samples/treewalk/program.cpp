// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "program.h"

#include <treewalk/layouts.h>
#include <treewalk/shipped.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <ostream>

#include "text.h"

namespace program {

namespace {

volatile std::sig_atomic_t interrupt_flag = 0;

extern "C" void on_interrupt(int) { interrupt_flag = 1; }

}  // namespace

void add_common(Command& command, Common& common) { add_common(command, common.run, common.scratch, common.quiet); }

void add_common(Command& command, treewalk::RunOptions& run, std::string& scratch, bool& quiet) {
  add_device(command, run.device);
  command
      .option(
          "--memory", run.memory_mb, "MB",
          "megabytes that the program may have in memory at a time, all told; 0: three quarters of what is free for "
          "each run of a model. On a GPU, those of the GPU")
      .range(0, 1e12);
  add_scratch(command, scratch);
  add_threads(command, run.threads, quiet);
}

void add_scratch(Command& command, std::string& folder) {
  command.group("Common options");
  command.option("--scratch", folder, "DIR",
                 "keep what memory has no room for in files without a name in this folder, which the system removes at "
                 "the end; for clouds of any size");
}

void add_device(Command& command, std::string& device) {
  command.group("Common options");
  command.option("--device", device, "DEVICE", "auto, cpu, cuda or cuda:INDEX");
}

void add_threads(Command& command, int& threads, bool& quiet) {
  command.group("Common options");
  command.option("--threads", threads, "N", "threads to use; 0: as many as the machine has cores").range(0, 4096);
  command.flag("--quiet", quiet, "no progress line, no summary");
}

void add_scale(Command& command, std::string& scale) {
  command.option("--scale", scale, "XY[,Z]",
                 "multiply coordinates by this for the model, where they are in other units than its training data, "
                 "such as 0.3048 for feet; Z: heights by another factor");
}

std::array<double, 3> scale_of(const std::string& scale) {
  const auto comma = scale.find(',');
  const auto number = [&](const std::string& word) {
    const auto value = number_in(word);
    if (!value || !(*value > 0) || !std::isfinite(*value))
      throw UsageError("--scale takes a number above 0, or two with a comma for x, y and for z, not '" + scale + "'");
    return *value;
  };
  if (scale.empty()) return {1, 1, 1};
  const double plane = number(scale.substr(0, comma));
  return {plane, plane, comma == std::string::npos ? plane : number(scale.substr(comma + 1))};
}

void add_data(Command& command, Data& data, const std::string& help) {
  command.option("--data", data.folder, "DIR", help).required();
  command.option("--layout", data.layout.layout, "NAME", "how the folder is laid out (see below); auto: as it looks");
  command.option("--points", data.layout.points, "N", "points to sample on each mesh").range(1, 1e9);
  command.footer("Layouts that --data may have, each as the data set is unpacked:\n" + treewalk::layout_help());
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // the second signal has its usual effect
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return interrupt_flag != 0; }

void check_interrupted() {
  if (interrupted()) throw treewalk::Cancelled();
}

std::vector<fs::path> clouds_at(const fs::path& file_or_folder, const fs::path& left_out) {
  std::error_code error, other;
  if (!fs::exists(file_or_folder, error)) throw treewalk::Error("there is no file '" + file_or_folder.string() + "'");
  if (!fs::is_directory(file_or_folder, error)) return {file_or_folder};
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator it(file_or_folder, error), end; !error && it != end; it.increment(error)) {
    if (it->is_regular_file(error) && treewalk::is_cloud_file(it->path())) files.push_back(it->path());
    if (left_out.empty() || !it->is_directory(other) || !fs::equivalent(it->path(), left_out, other)) continue;
    it.disable_recursion_pending();
    warn("clouds in the output folder '" + left_out.string() + "' are not read");
  }
  if (error) throw treewalk::Error("cannot read folder '" + file_or_folder.string() + "': " + error.message());
  if (files.empty())
    throw treewalk::Error("folder '" + file_or_folder.string() + "' holds no .pcd, .ply, .las, .laz or .off file");
  std::sort(files.begin(), files.end());
  return files;
}

treewalk::Cloud read(const fs::path& file, const treewalk::ReadOptions& options) {
  check_interrupted();
  std::vector<std::string> warnings;
  treewalk::Cloud cloud = treewalk::read_cloud_with_warnings(file, warnings, options);
  for (const std::string& warning : warnings) warn(warning);
  return cloud;
}

void warn(const std::string& sentence) { std::fprintf(stderr, "treewalk: warning: %s\n", printable(sentence).c_str()); }

void warn_about(const fs::path& cloud, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) warn(cloud.string() + ": " + warning);
}

void add_overwrite(Command& command, bool& overwrite) {
  command.flag("--overwrite", overwrite, "replace outputs that exist");
}

void check_output(const fs::path& file, const std::vector<std::string>& extensions, const std::string& option,
                  bool overwrite) {
  const std::string extension = lower_case(file.extension().string());
  if (std::find(extensions.begin(), extensions.end(), extension) == extensions.end())
    throw UsageError(option + " '" + file.string() + "' must end in " + joined(extensions, " or "));
  std::error_code error;
  const fs::path folder = fs::absolute(file).parent_path();
  if (!fs::is_directory(folder, error))
    throw treewalk::Error("cannot write '" + file.string() + "': there is no folder '" + folder.string() + "'");
  if (fs::is_directory(file, error)) throw treewalk::Error("cannot write '" + file.string() + "': it is a folder");
  if (!overwrite && fs::exists(file, error))
    throw treewalk::Error("'" + file.string() + "' exists; give another name, or --overwrite to replace it");
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!fs::is_directory(folder))
    throw treewalk::Error("cannot create folder '" + folder.string() +
                          "': " + (error ? error.message() : std::string("a file has this name")));
}

void write_file(const fs::path& file, std::string_view bytes) {
  check_interrupted();
  treewalk::write_file(
      file, [bytes](std::ostream& out) { out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())); });
}

std::vector<std::string> shipped_models(const std::string& task) {
  std::vector<std::string> names;
  for (const auto& [name, file] : treewalk::shipped_models())
    if (task.empty() || treewalk::model_info(*treewalk::load_model(file)).task == task) names.push_back(name);
  return names;
}

std::shared_ptr<const treewalk::Model> model_for(const std::string& task, const std::string& name) {
  if (!name.empty()) {
    auto model = treewalk::load_model(treewalk::find_model(name));
    const std::string found = treewalk::model_info(*model).task;
    if (found != task) throw treewalk::Error("model '" + name + "' is for " + found + ", not for " + task);
    return model;
  }
  const auto names = shipped_models(task);
  if (names.size() == 1) return treewalk::load_model(treewalk::find_model(names.front()));
  throw UsageError("name the model with -m " +
                   (names.empty() ? "(no model for " + task + " is installed)" : "(shipped: " + joined(names) + ")"));
}

void check_level(const std::string& option, int level, const treewalk::ModelInfo& info) {
  if (level < info.levels) return;
  throw UsageError(option + " " + std::to_string(level) +
                   ": the levels of the model's hierarchy are 0, its leaf cells" +
                   (info.levels > 1 ? ", to " + std::to_string(info.levels - 1) : ", alone"));
}

}  // namespace program
