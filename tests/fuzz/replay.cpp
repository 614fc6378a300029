// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Runs a fuzz target over the files of a folder, with any compiler: what once found an error finds it again.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "tests/fuzz/target.h"

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "Usage: " << arguments[0] << " FOLDER\n";
    return 2;
  }
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(arguments[1])) {
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::vector<char> content{std::istreambuf_iterator<char>(stream), {}};
    std::cout << entry.path().filename().string() << std::endl;  // a claim that fails ends the program
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
    ++files;
  }
  if (files == 0) std::cerr << arguments[1] << " holds no files\n";
  return files > 0 ? 0 : 1;
}
