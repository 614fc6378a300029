// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "commands/csv.h"

namespace program {

std::string csv_record(const std::vector<std::string>& cells) {
  std::string record;
  for (const std::string& cell : cells) {
    if (&cell != &cells.front()) record += ',';
    if (cell.find_first_of(",\"\r\n") == std::string::npos) {
      record += cell;
      continue;
    }
    record += '"';
    for (const char c : cell) record += c == '"' ? std::string("\"\"") : std::string(1, c);
    record += '"';
  }
  return record + "\r\n";
}

}  // namespace program
