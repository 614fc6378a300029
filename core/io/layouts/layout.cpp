// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/layouts/layout.h"

#include <algorithm>

#include "core/io/text_file.h"
#include "treewalk/detail/words.h"

namespace treewalk {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> names_in(const fs::path& folder, const std::function<bool(const fs::directory_entry&)>& take) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.empty() && name.front() != '.' && take(*it)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// The beginning of what is in a folder, for a message.
std::string found_in(const fs::path& folder) {
  std::vector<std::string> names = names_in(folder, [](const fs::directory_entry&) { return true; });
  if (names.empty()) return "nothing";
  constexpr std::size_t shown = 5;
  const std::size_t more = names.size() > shown + 1 ? names.size() - shown : 0;
  if (more > 0) names.resize(shown);
  return detail::quoted_list(names, "and") + (more > 0 ? " and " + std::to_string(more) + " more" : "");
}

}  // namespace

std::string LaidOutData::name() const {
  const fs::path whole = fs::absolute(folder_).lexically_normal();
  return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

void LaidOutData::missing(const std::string& what) const {
  throw Error(folder_.string() + ": has no " + what + " but " + found_in(folder_) + "; the layout " + layout_ + " is " +
              shape_);
}

fs::path LaidOutData::need(const std::string& file) const {
  if (!fs::exists(folder_ / file)) missing(file);
  return folder_ / file;
}

void LaidOutData::need_split(const std::string& split) const {
  const std::vector<std::string> names = splits();
  if (std::find(names.begin(), names.end(), split) == names.end())
    throw Error(folder_.string() + ": has no split \"" + split + "\"; as " + layout_ + " it has " +
                (names.empty() ? "none" : detail::quoted_list(names, "and")));
}

std::vector<DataEntry> LaidOutData::sorted(std::vector<DataEntry> entries, const std::string& split) const {
  if (entries.empty())
    throw Error(folder_.string() + ": holds no clouds of the split \"" + split + "\"; the layout " + layout_ + " is " +
                shape_);
  std::sort(entries.begin(), entries.end(), [](const DataEntry& a, const DataEntry& b) { return a.name < b.name; });
  const auto twice = std::adjacent_find(entries.begin(), entries.end(),
                                        [](const DataEntry& a, const DataEntry& b) { return a.name == b.name; });
  if (twice != entries.end())
    throw Error(folder_.string() + ": the split \"" + split + "\" has two clouds of the name \"" + twice->name + "\"");
  return entries;
}

std::vector<std::string> listed_splits(const std::vector<std::string>& splits,
                                       const std::function<fs::path(const std::string&)>& list_of) {
  std::vector<std::string> there;
  for (const std::string& split : splits)
    if (fs::exists(list_of(split))) there.push_back(split);
  return there;
}

fs::path need_named(fs::path file, const fs::path& list) {
  if (!fs::exists(file))
    throw Error(file.string() + ": there is no such file, but " + list.filename().string() + " names it");
  return file;
}

std::vector<std::string> folders_in(const fs::path& folder) {
  return names_in(folder, [](const fs::directory_entry& entry) {
    std::error_code error;
    return entry.is_directory(error);
  });
}

std::vector<std::string> files_in(const fs::path& folder, const std::string& extension) {
  return names_in(folder, [&](const fs::directory_entry& entry) {
    std::error_code error;
    return entry.path().extension() == extension && entry.is_regular_file(error);
  });
}

bool is_plain_name(const std::string& name) {
  return !name.empty() && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return c >= ' ' && c != 127 && c != '/'; });
}

std::vector<std::string> read_names(const fs::path& file) {
  TextFile text(file);
  std::vector<std::string> names;
  for (std::string_view line; text.next(line);) {
    names.emplace_back(line);
    if (!is_plain_name(names.back())) text.fail(quoted(line) + " cannot be a name in this list");
  }
  if (names.empty()) throw Error(file.string() + ": the list is empty");
  return names;
}

}  // namespace treewalk
