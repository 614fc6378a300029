// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace program {

/// A line on stderr that tells how far long work has come: redrawn in place on a terminal, a plain line every few
/// seconds elsewhere. Work that is done within a moment shows nothing.
class ProgressLine {
 public:
  /// what: shown first, for example the file's name. total: points (or whatever `unit` says) at fraction 1; 0: unknown.
  ProgressLine(std::string what, std::int64_t total, bool quiet);
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Shows fraction 0..1; rate and time left are derived. Returns false after Ctrl-C, as progress callbacks expect.
  bool show(double fraction, const std::string& stage);
  /// The same with a ready-made text and no derived figures.
  bool show_text(const std::string& text);
  /// Prints a line worth keeping above the progress line.
  void keep(const std::string& line);
  /// Takes the line off a terminal.
  void clear();
  double seconds() const;

 private:
  bool due();
  void draw(const std::string& text);

  std::string what_;
  std::int64_t total_;
  bool quiet_, terminal_, drawn_ = false;
  std::chrono::steady_clock::time_point start_, last_;
};

}  // namespace program
