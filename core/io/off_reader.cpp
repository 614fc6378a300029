// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <map>

#include "core/io/header_lines.h"
#include "core/io/off.h"

namespace treewalk {
namespace {

/// One way to understand an .off file.
struct Reading {
  bool by_words = false;  ///< line ends mean nothing
  int color_words = 4;    ///< by words: of a vertex, where the file announces colours
};

class OffReader {
 public:
  OffReader(TextFile& file, Reading reading) : file_(file), reading_(reading) {}

  Mesh read() {
    first_line();
    const auto vertices = count("vertices");
    mesh_.faces = count("faces");
    edges();
    // "0 0 0" and "3 0 1 2" are the shortest lines: what the file cannot hold is not asked memory for.
    if (vertices > file_.size() / 6 + 1 || mesh_.faces > file_.size() / 2 + 1)
      file_.fail("says that there are " + std::to_string(vertices) + " vertices and " + std::to_string(mesh_.faces) +
                 " faces, more than the file's " + std::to_string(file_.size()) + " bytes can hold");
    mesh_.vertex.resize(vertices);
    for (std::size_t v = 0; v < vertices; ++v) read_vertex(v);
    scale_colors();
    for (std::uint64_t f = 0; f < mesh_.faces; ++f) read_face();
    if (reading_.by_words && !next_anywhere().empty()) file_.fail("more numbers follow than were announced");
    return std::move(mesh_);
  }

 private:
  /// Goes to the next line that is not all comment; false at the end.
  bool next_line() {
    while (file_.next(line_)) {
      line_ = line_.substr(0, line_.find('#'));
      if (line_.find_first_not_of(blank) != std::string_view::npos) return true;
    }
    line_ = {};
    return false;
  }

  void need_line(const char* wanted) {
    if (!next_line()) file_.fail(std::string("the file ends where ") + wanted + " should follow");
  }

  std::string_view next_anywhere() {
    std::string_view word = next_word(line_);
    while (word.empty() && next_line()) word = next_word(line_);
    return word;
  }

  /// Where a vertex or face begins.
  void begin(const char* wanted) {
    if (!reading_.by_words || line_.find_first_not_of(blank) == std::string_view::npos) need_line(wanted);
  }
  std::string_view word() { return reading_.by_words ? next_anywhere() : next_word(line_); }

  /// What stands before OFF announces texture coordinates, colours and normals, which follow a vertex's position. The
  /// word may be missing.
  void first_line() {
    need_line("the word OFF");
    std::string_view rest = line_;
    const std::string_view word = next_word(rest);
    if (std::isdigit(static_cast<unsigned char>(word.front())) != 0) return;
    const std::string text = in_capitals(word);
    const std::size_t end = text.find("OFF");
    if (end == std::string::npos || !announces(text.substr(0, end)))
      file_.fail("an .off file begins with OFF, not with " + quoted(line_));
    line_.remove_prefix(static_cast<std::size_t>(word.data() - line_.data()) + end + 3);
    if (next_word(rest) == "BINARY") file_.fail("is a binary .off file, which is not read; save it as text");
    if (line_.find_first_not_of(blank) == std::string_view::npos) need_line("the counts");
  }

  /// False for what is no list of parts.
  bool announces(std::string_view parts) {
    bool texture = false;
    while (!parts.empty()) {
      const bool two = parts.substr(0, 2) == "ST";
      bool* part = two ? &texture : parts.front() == 'C' ? &colors_ : parts.front() == 'N' ? &normals_ : nullptr;
      if (part == nullptr || *part) return false;
      *part = true;
      parts.remove_prefix(two ? 2 : 1);
    }
    words_after_ = (normals_ ? 3 : 0) + (colors_ ? reading_.color_words : 0) + (texture ? 2 : 0);
    // Programs differ in which of both comes first.
    if (normals_ && colors_) normals_ = colors_ = false;
    return true;
  }

  std::uint64_t count(const char* of) {
    const std::string_view text = word();
    std::uint32_t value = 0;
    if (!store_number(text, Scalar::uint32, reinterpret_cast<std::byte*>(&value)))
      file_.fail(quoted(text) + " is no number of " + of);
    return value;
  }

  /// Nobody needs their number, which may be missing.
  void edges() {
    std::string_view number = next_word(line_);
    if (!reading_.by_words) {
      if (!number.empty() && !next_word(line_).empty()) file_.fail("holds more than three counts");
    } else if (number.empty() && next_line()) {
      std::string_view rest = line_;
      number = next_word(rest);
      if (next_word(rest).empty()) line_ = {};  // a number a line
    }
  }

  void read_vertex(std::size_t index) {
    begin("a vertex");
    for (double& coordinate : mesh_.vertex[index]) {
      const std::string_view text = word();
      if (!store_number(text, Scalar::float64, reinterpret_cast<std::byte*>(&coordinate)))
        file_.fail(text.empty() ? "holds less than the three coordinates of a vertex"
                                : quoted(text) + " is no coordinate of a vertex");
      // Points are floats: what a float cannot hold would be infinite there.
      if (!(std::abs(coordinate) <= std::numeric_limits<float>::max()))
        not_finite_.try_emplace(index, file_.line(), quoted(text));
    }
    if (mesh_.faces == 0 && (normals_ || colors_)) {
      std::array<float, 3> three{};
      for (float& part : three) {
        const std::string_view text = word();
        if (!store_number(text, Scalar::float32, reinterpret_cast<std::byte*>(&part)))
          file_.fail(quoted(text) + " is no " + (normals_ ? "normal" : "colour") + " of a vertex");
        if (text.find_first_of(".eE") != std::string_view::npos) real_colors_ = true;
      }
      (normals_ ? mesh_.normal : mesh_.color).push_back(three);
    }
    const int done = mesh_.faces == 0 && (normals_ || colors_) ? 3 : 0;
    for (int i = done; reading_.by_words && i < words_after_; ++i)
      if (word().empty()) file_.fail("the file ends within a vertex");
  }

  /// Real numbers count to 1, whole ones to 255.
  void scale_colors() {
    float most = 0;
    for (const auto& color : mesh_.color) most = std::max({most, color[0], color[1], color[2]});
    const float full = real_colors_ && most <= 1 ? 1.0f : 255.0f;
    for (auto& color : mesh_.color)
      for (float& part : color) part = part > 0 ? std::min(part / full, 1.0f) : 0.0f;
  }

  void read_face() {
    begin("a face");
    const auto corners = count("corners");
    std::array<std::uint32_t, 3> fan{};
    for (std::uint64_t c = 0; c < corners; ++c) {
      const std::string_view text = word();
      std::uint32_t index = 0;
      if (text.empty())
        file_.fail("holds " + std::to_string(c) + " corners, not the " + std::to_string(corners) +
                   " that it announces");
      if (!store_number(text, Scalar::uint32, reinterpret_cast<std::byte*>(&index)) || index >= mesh_.vertex.size())
        file_.fail(quoted(text) + " is no vertex; there are " + std::to_string(mesh_.vertex.size()));
      if (const auto bad = not_finite_.find(index); bad != not_finite_.end())
        file_.fail_at(bad->second.first, bad->second.second + " is no coordinate of a vertex that a face uses");
      fan[std::min<std::uint64_t>(c, 2)] = index;
      if (c < 2) continue;
      mesh_.triangle.push_back(fan);
      fan[1] = fan[2];
    }
  }

  TextFile& file_;
  Reading reading_;
  std::string_view line_;  ///< what is left of it
  bool normals_ = false, colors_ = false, real_colors_ = false;
  int words_after_ = 0;                                                     ///< after a vertex's position, as announced
  std::map<std::size_t, std::pair<std::int64_t, std::string>> not_finite_;  ///< vertices: line and word
  Mesh mesh_;
};

}  // namespace

Mesh read_off(TextFile file) {
  try {
    return OffReader(file, {}).read();
  } catch (const Error& by_lines) {
    for (const int color_words : {4, 3}) try {
        file.rewind();
        return OffReader(file, {true, color_words}).read();
      } catch (const Error&) {
      }
    throw by_lines;
  }
}

Mesh read_off(const std::filesystem::path& file) { return read_off(TextFile(file)); }

}  // namespace treewalk
