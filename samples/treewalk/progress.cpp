// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "program.h"
#include "text.h"

namespace program {

namespace {
constexpr double first_after = 0.3, redraw_every = 0.1;  // seconds, on a terminal
constexpr double plain_every = 5;                        // seconds, elsewhere

bool is_terminal() {
  const char* kind = std::getenv("TERM");
  return isatty(STDERR_FILENO) && kind && std::string(kind) != "dumb";
}

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}
}  // namespace

ProgressLine::ProgressLine(std::string what, std::int64_t total, bool quiet)
    : what_(printable(std::move(what))),
      total_(total),
      quiet_(quiet),
      terminal_(is_terminal()),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

double ProgressLine::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

bool ProgressLine::due() {
  if (quiet_) return false;
  const auto now = std::chrono::steady_clock::now();
  const double wait = !terminal_ ? plain_every : drawn_ ? redraw_every : first_after;
  if (std::chrono::duration<double>(now - last_).count() < wait) return false;
  last_ = now;
  return true;
}

bool ProgressLine::show(double fraction, const std::string& stage) {
  if (due()) {
    const double elapsed = seconds();
    std::string text = fixed(100 * std::clamp(fraction, 0.0, 1.0), 0) + " %";
    if (fraction > 0 && total_ > 0) text += "  " + rate(fraction * static_cast<double>(total_) / elapsed) + " points/s";
    if (fraction > 0.02) text += "  " + duration(elapsed * (1 - fraction) / fraction) + " left";
    if (!stage.empty()) text += "  " + stage;
    draw(text);
  }
  return !interrupted();
}

bool ProgressLine::show_text(const std::string& text) {
  if (due()) draw(text);
  return !interrupted();
}

void ProgressLine::draw(const std::string& text) {
  std::string line = what_ + "  " + text;
  if (terminal_) {
    const std::size_t width = terminal_width();
    if (line.size() >= width) line.resize(width - 1);
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
    drawn_ = true;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  std::fflush(stderr);
}

void ProgressLine::keep(const std::string& line) {
  clear();
  if (!quiet_) std::fprintf(stderr, "%s\n", printable(line).c_str());
}

void ProgressLine::clear() {
  if (!drawn_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace program
