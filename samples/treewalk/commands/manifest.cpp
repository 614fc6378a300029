// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "commands/manifest.h"

#include <treewalk/write_file.h>

#include <fstream>
#include <ostream>
#include <set>
#include <utility>

#include "commands/segment.h"

namespace program {

using nlohmann::ordered_json;

namespace {

ordered_json to_json(const FileState& state) { return {{"size", state.size}, {"modified", state.modified}}; }

/// What differs, as the end of a sentence.
const char* const kOr = ", or --overwrite to start anew";

void check_options(const std::string& run, const ordered_json& before, const ordered_json& now) {
  const auto told = [](const ordered_json& value) {
    if (value.is_null()) return std::string("missing");
    return "'" + (value.is_string() ? value.get<std::string>() : value.dump()) + "'";
  };
  for (const auto& [name, value] : now.items()) {
    const ordered_json old = before.contains(name) ? before[name] : ordered_json();
    if (old != value)
      throw treewalk::Error(run + " was made with" +
                            (old.is_null() ? "out --" + name : " --" + name + " " + told(old)) + ", and now it is " +
                            told(value) + "; give what it was" + kOr);
  }
}

void check_inputs(const std::string& run, const ordered_json& before, const ordered_json& now) {
  const auto refuse = [&](const std::string& input, const std::string& what) {
    throw treewalk::Error("'" + input + "' " + what + " since " + run +
                          " began, and labels of files around it depend on it; restore it" + kOr);
  };
  for (const auto& [input, state] : now.items()) {
    if (!before.contains(input)) refuse(input, "is new");
    if (before[input] != state) refuse(input, "has changed");
  }
  for (const auto& [input, state] : before.items())
    if (!now.contains(input)) refuse(input, "is gone");
}

}  // namespace

FileState state_of(const fs::path& file) {
  std::error_code error, other;
  const auto size = fs::file_size(file, error);
  const auto modified = fs::last_write_time(file, other);
  if (error || other)
    throw treewalk::Error("cannot read '" + file.string() + "': " + (error ? error : other).message());
  return {size, static_cast<std::int64_t>(modified.time_since_epoch().count())};
}

ordered_json options_that_matter(const Segment& options) {
  const auto& drawing = options.drawing;
  ordered_json json = {{"category", options.category},
                       {"keep", options.keep},
                       {"remove", options.remove},
                       {"per-cluster", options.per_cluster ? ordered_json(*options.per_cluster) : ordered_json()},
                       {"min-confidence", options.min_confidence},
                       {"objects", options.objects ? ordered_json(*options.objects) : ordered_json()},
                       {"min-size", options.min_size.value_or(20)},
                       {"use-noise", options.las.use_noise},
                       {"keep-classified", options.las.keep_classified},
                       {"keep-input-classes", options.las.keep_input_classes},
                       {"copc", options.las.copc},
                       {"scale", options.scale},
                       {"apart", options.apart},
                       {"tiles", options.tiles},
                       {"png", options.png},
                       {"html", options.html}};
  if (!options.png.empty() || !options.html.empty())
    json.update({{"color", drawing.color},
                 {"background", drawing.background},
                 {"size", drawing.size},
                 {"from", drawing.from},
                 {"point-size", drawing.point_size},
                 {"most", drawing.most}});
  return json;
}

fs::path Manifest::file_in(const fs::path& folder) { return folder / "treewalk-segment.json"; }

Manifest::Manifest(fs::path folder, std::string model_sha256, ordered_json options, const std::vector<fs::path>& inputs,
                   const std::vector<FileState>& states)
    : folder_(std::move(folder)) {
  ordered_json files = ordered_json::object();
  for (std::size_t i = 0; i < inputs.size(); ++i) files[inputs[i].string()] = to_json(states[i]);
  content_ = {{"about", "a run of treewalk segment that has not ended; --resume goes on with it"},
              {"model_sha256", std::move(model_sha256)},
              {"options", std::move(options)},
              {"inputs", std::move(files)},
              {"finished", ordered_json::object()}};
}

void Manifest::go_on() {
  const fs::path file = file_in(folder_);
  const std::string run = "the run in '" + folder_.string() + "'";
  std::ifstream stream(file, std::ios::binary);
  const ordered_json before = ordered_json::parse(stream, nullptr, false);
  for (const char* part : {"options", "inputs", "finished"})
    if (!before.is_object() || !before.contains(part) || !before[part].is_object())
      throw treewalk::Error("'" + file.string() + "' is no manifest of treewalk segment; --overwrite starts anew");
  if (!before.contains("model_sha256") || before["model_sha256"] != content_["model_sha256"])
    throw treewalk::Error(run + " was made with another model; give that" + kOr);
  check_options(run, before["options"], content_["options"]);
  check_inputs(run, before["inputs"], content_["inputs"]);
  content_["finished"] = before["finished"];
}

void Manifest::remove_parts(const std::vector<fs::path>& outputs) const {
  std::set<fs::path> names{outputs.begin(), outputs.end()}, folders;
  names.insert(file_in(folder_));
  for (const fs::path& name : names) folders.insert(name.parent_path());
  for (const fs::path& folder : folders) {
    std::error_code error;
    std::vector<fs::path> parts;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      const fs::path stem = it->path().stem();  // NAME.NUMBER-NUMBER
      const std::string number = stem.extension().string();
      if (it->path().extension() == ".part" && number.find('-') != std::string::npos &&
          number.find_first_not_of(".-0123456789") == std::string::npos && names.count(folder / stem.stem()) > 0)
        parts.push_back(it->path());
    }
    for (const fs::path& part : parts) fs::remove(part, error);
  }
}

std::optional<ordered_json> Manifest::row_of(const fs::path& input) const {
  const auto& finished = content_["finished"];
  const auto found = finished.find(input.string());
  if (found == finished.end() || !found->is_object()) return {};
  const auto outputs = found->find("outputs"), row = found->find("row");
  if (outputs == found->end() || row == found->end() || !outputs->is_object()) return {};
  for (const auto& [output, size] : outputs->items()) {
    std::error_code error;
    if (!size.is_number_unsigned() || fs::file_size(output, error) != size.get<std::uint64_t>() || error) return {};
  }
  return *row;
}

void Manifest::finish(const fs::path& input, const std::vector<fs::path>& outputs, const ordered_json& row) {
  ordered_json sizes = ordered_json::object();
  for (const fs::path& output : outputs) sizes[output.string()] = state_of(output).size;
  content_["finished"][input.string()] = {{"outputs", sizes}, {"row", row}};
  write();
}

void Manifest::end() const {
  std::error_code ignored;
  fs::remove(file_in(folder_), ignored);
}

void Manifest::write() const {
  const auto text = content_.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  treewalk::write_file(file_in(folder_), [&](std::ostream& out) { out << text; });
}

}  // namespace program
