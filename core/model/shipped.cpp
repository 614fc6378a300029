// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/shipped.h"

#include <dlfcn.h>

#include <cstdlib>
#include <sstream>
#include <vector>

#include "treewalk/cloud.h"
#include "treewalk/detail/words.h"

namespace treewalk {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, fs::path>;

/// share/treewalk of the tree that this library lies in: in TREE/lib, or in TREE/lib/ARCHITECTURE as Debian has it.
fs::path share_folder() {
  Dl_info self{};
  if (dladdr(reinterpret_cast<const void*>(&share_folder), &self) == 0) return {};
  std::error_code error;
  fs::path folder = fs::canonical(self.dli_fname, error).parent_path();
  for (int up = 0; up < 2 && !error; ++up) {
    folder = folder.parent_path();
    if (fs::is_directory(folder / "share/treewalk", error)) return folder / "share/treewalk";
  }
  return {};
}

Files shipped(const std::string& kind, const char* variable, const std::string& extension) {
  std::vector<fs::path> folders;
  if (const char* list = std::getenv(variable)) {
    std::istringstream text(list);
    for (std::string folder; std::getline(text, folder, ':');)
      if (!folder.empty()) folders.emplace_back(folder);
  }
  if (const auto share = share_folder(); !share.empty()) folders.push_back(share / kind);
  Files found;
  for (const auto& folder : folders) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error))
      if (entry.path().extension() == extension) found.emplace(entry.path().stem().string(), entry.path());
  }
  return found;
}

fs::path find(const std::string& name, const std::string& noun, Files (*shipped_files)()) {
  std::error_code error;
  if (fs::exists(name, error) && !fs::is_directory(name, error)) return name;
  const Files known = shipped_files();
  if (const auto entry = known.find(name); entry != known.end()) return entry->second;
  std::vector<std::string> names;
  for (const auto& entry : known) names.push_back(entry.first);
  throw Error("there is no " + noun + " '" + detail::printable(name) + "': neither a file nor a shipped " + noun +
              " (" + (names.empty() ? "none is installed" : "shipped: " + detail::joined(names)) + ")");
}

}  // namespace

Files shipped_models() { return shipped("models", "TREEWALK_MODELS", ".treewalk"); }
Files shipped_recipes() { return shipped("recipes", "TREEWALK_RECIPES", ".json"); }

fs::path find_model(const std::string& name) { return find(name, "model", shipped_models); }
fs::path find_recipe(const std::string& name) { return find(name, "recipe", shipped_recipes); }

}  // namespace treewalk
