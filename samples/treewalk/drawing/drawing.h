// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <treewalk/cloud.h>
#include <treewalk/session.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

/// What a picture or a page shows: a cloud reduced to positions, colours, classes and a legend.
namespace program {

struct Rgb {
  std::uint8_t r = 0, g = 0, b = 0;
};

struct LegendEntry {
  std::string name;
  Rgb color;
  std::int64_t points = 0;
};

/// Finite points only, in the cloud's order. Vectors for what the cloud does not have are empty.
struct Drawing {
  std::string title;
  std::array<double, 3> origin{0, 0, 0};  ///< to be added to `position`
  std::vector<std::array<float, 3>> position;
  std::vector<Rgb> color;                ///< the cloud's own colours
  std::vector<std::uint8_t> intensity;   ///< stretched to 0..255
  std::vector<std::uint16_t> entry;      ///< row of `legend`
  std::vector<std::uint8_t> confidence;  ///< 0..255
  std::vector<LegendEntry> legend;
  std::int64_t left_out = 0;  ///< points without a finite position
  std::int64_t thinned = 0;   ///< points dropped by thin()

  bool has_sensor = false;               ///< an organised cloud seen from one place
  std::array<float, 3> sensor{0, 0, 0};  ///< where it was seen from, relative to `origin`
  std::array<float, 3> up{0, 0, 1};      ///< for sensor clouds: from its last rows to its first

  std::size_t size() const { return position.size(); }
};

/// Around all positions; zeros around none.
struct Box {
  std::array<float, 3> low{0, 0, 0}, high{0, 0, 0};
  float longest() const;  ///< side
};
Box box_of(const Drawing& drawing);

/// labels: field whose values become the legend ("" for none); model: names and colours for them, or nullptr.
Drawing make_drawing(const treewalk::Cloud& cloud, const std::string& title, const std::string& labels,
                     const treewalk::ModelInfo* model);
/// Keeps every point with an equal chance so that about `most` stay; always the same ones.
void thin(Drawing& drawing, std::size_t most);

enum class Paint { labels, confidence, colors, intensity, height };
/// "label", "confidence", "rgb", "intensity", "height"; "auto" is the first that the drawing has.
/// Throws Error when the drawing lacks what was asked for.
Paint paint_for(const Drawing& drawing, const std::string& name);
/// Throws the same Error for a cloud that has yet to be labelled. confidence: whether labels come with one.
void check_paint(const treewalk::CloudView& cloud, const std::string& title, const std::string& name, bool confidence);
/// One colour per point.
std::vector<Rgb> painted(const Drawing& drawing, Paint paint);

/// Dark blue over green to yellow for 0..1; readable for the colour-blind and in grey.
Rgb ramp(float t);
/// "#rrggbb", or grey when the text is no colour.
Rgb parse_color(const std::string& text);
std::string hex(Rgb color);
/// Twelve colours that stay apart on dark and light ground; further ones go round again, lighter, and then as at first.
Rgb palette(std::size_t i);

}  // namespace program
