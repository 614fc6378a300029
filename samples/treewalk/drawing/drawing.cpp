// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "drawing/drawing.h"

#include <treewalk/dataset.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "labels.h"
#include "text.h"

namespace program {

using treewalk::Cloud;
using treewalk::CloudView;
using treewalk::Field;
using treewalk::Scalar;

namespace {

constexpr Rgb unlabelled{128, 128, 128};
/// Of a legend. More labels than it can hold share its last rows, in turn, so that neighbours still differ.
constexpr std::size_t kMostRows = 65535, kSharedRows = 48;

/// A function from point to colour for whatever way the cloud stores colours; empty when it has none.
class ColorSource {
 public:
  explicit ColorSource(const CloudView& view) : view_(view) {
    for (const char* name : {"rgb", "rgba"})
      if (const Field* f = view.find(name); f && treewalk::size_of(f->type) == 4 && f->count == 1) packed_ = f;
    red_ = view.find("red"), green_ = view.find("green"), blue_ = view.find("blue");
    if (!red_) red_ = view.find("r"), green_ = view.find("g"), blue_ = view.find("b");
    if (!packed_ && red_ && green_ && blue_) wide_ = red_->type == Scalar::uint16;
  }
  explicit operator bool() const { return packed_ || (red_ && green_ && blue_); }
  Rgb operator()(std::int64_t point) const {
    if (packed_) {  // four bytes b, g, r, a, whatever type the field claims to have
      const std::byte* at = view_.data + static_cast<std::size_t>(point) * view_.stride + packed_->offset;
      return {std::to_integer<std::uint8_t>(at[2]), std::to_integer<std::uint8_t>(at[1]),
              std::to_integer<std::uint8_t>(at[0])};
    }
    const auto byte = [&](const Field& f) {
      const double v = view_.value(point, f) / (wide_ ? 257 : 1);
      return static_cast<std::uint8_t>(v >= 0 ? std::min(v, 255.0) : 0);
    };
    return {byte(*red_), byte(*green_), byte(*blue_)};
  }

 private:
  const CloudView& view_;
  const Field* packed_ = nullptr;
  const Field *red_ = nullptr, *green_ = nullptr, *blue_ = nullptr;
  bool wide_ = false;
};

/// Values stretched so that 2 % .. 98 % of them span 0..255.
std::vector<std::uint8_t> stretched(const std::vector<float>& value) {
  if (value.empty()) return {};
  std::vector<float> sorted;
  sorted.reserve(value.size());
  for (float v : value)
    if (std::isfinite(v)) sorted.push_back(v);
  if (sorted.empty()) return {};
  const auto at = [&](double q) {
    const auto n = static_cast<std::ptrdiff_t>(q * static_cast<double>(sorted.size() - 1));
    std::nth_element(sorted.begin(), sorted.begin() + n, sorted.end());
    return sorted[static_cast<std::size_t>(n)];
  };
  const float low = at(0.02), high = std::max(at(0.98), std::nextafter(low, INFINITY));
  std::vector<std::uint8_t> result(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    const float t = std::isfinite(value[i]) ? (value[i] - low) / (high - low) : 0.f;
    result[i] = static_cast<std::uint8_t>(255 * std::clamp(t, 0.f, 1.f));
  }
  return result;
}

constexpr std::int64_t no_label = -1;

/// A label as it is counted.
std::int64_t label_of(double value) {
  const bool none = treewalk::is_no_label(value) || value == program::no_label;
  return none || std::abs(value) > 9e18 ? no_label : static_cast<std::int64_t>(value);
}

/// The labels of points, numbered as they come.
class Labels {
 public:
  void add(std::int64_t label) {
    const auto next = static_cast<std::uint32_t>(number_.size());
    if (of_point_.empty() || label != last_) number_of_last_ = number_.try_emplace(label, next).first->second;
    last_ = label;
    of_point_.push_back(number_of_last_);
  }
  std::map<std::int64_t, std::int64_t> counts() const {
    std::vector<std::int64_t> many(number_.size());
    for (const std::uint32_t number : of_point_) ++many[number];
    std::map<std::int64_t, std::int64_t> count;
    for (const auto& [label, number] : number_) count.emplace(label, many[number]);
    return count;
  }
  /// What a label stands for, for each point.
  std::vector<std::uint16_t> rows(const std::map<std::int64_t, std::uint16_t>& row) const {
    std::vector<std::uint16_t> of_number(number_.size()), result;
    for (const auto& [label, number] : number_) of_number[number] = row.at(label);
    result.reserve(of_point_.size());
    for (const std::uint32_t number : of_point_) result.push_back(of_number[number]);
    return result;
  }
  void reserve(std::size_t points) { of_point_.reserve(points); }

 private:
  std::map<std::int64_t, std::uint32_t> number_;
  std::vector<std::uint32_t> of_point_;
  std::int64_t last_ = 0;
  std::uint32_t number_of_last_ = 0;
};

/// Legend and entries: a model's classes in its order, then whatever else occurs, called by the field and its value.
void make_legend(Drawing& drawing, const Labels& labels, const std::string& field, const treewalk::ModelInfo* model) {
  const auto count = labels.counts();
  std::map<std::int64_t, std::uint16_t> row;
  const auto add = [&](std::int64_t id, const std::string& name, Rgb color) {
    row.emplace(id, static_cast<std::uint16_t>(drawing.legend.size()));
    const auto found = count.find(id);
    drawing.legend.push_back({printable(name), color, found == count.end() ? 0 : found->second});
  };
  if (model) {
    for (const auto& c : model->classes)
      if (!row.count(c.id)) add(c.id, c.name, parse_color(c.color));
    if (count.count(model->unknown_id) && !row.count(model->unknown_id)) add(model->unknown_id, "unknown", unlabelled);
  }
  std::size_t others = 0, next = 0, further = 0;
  for (const auto& one : count) others += row.count(one.first) == 0;
  const std::size_t own = drawing.legend.size() + others > kMostRows ? kMostRows - kSharedRows : kMostRows;
  for (const auto& [id, points] : count) {
    if (row.count(id)) continue;
    if (drawing.legend.size() >= own) {
      const std::size_t shared = own + further++ % kSharedRows;
      if (shared == drawing.legend.size()) drawing.legend.push_back({"more", palette(next++), 0});
      row.emplace(id, static_cast<std::uint16_t>(shared));
      drawing.legend[shared].points += points;
      continue;
    }
    add(id, id == no_label ? "no " + field : field + " " + std::to_string(id), id < 0 ? unlabelled : palette(next++));
  }
  drawing.entry = labels.rows(row);
}

/// Organised clouds: the direction from late rows to early ones, and whether one place saw them all.
void find_sensor(Drawing& drawing, const Cloud& cloud, const std::vector<std::int32_t>& row) {
  if (cloud.height < 2 || cloud.width < 2 || drawing.size() < 16) return;
  double mean_row = 0;
  std::array<double, 3> mean{0, 0, 0}, up{0, 0, 0};
  const auto n = static_cast<double>(drawing.size());
  for (std::size_t i = 0; i < drawing.size(); ++i) {
    mean_row += row[i] / n;
    for (int a = 0; a < 3; ++a) mean[a] += drawing.position[i][a] / n;
  }
  for (std::size_t i = 0; i < drawing.size(); ++i)
    for (int a = 0; a < 3; ++a) up[a] -= (row[i] - mean_row) * (drawing.position[i][a] - mean[a]) / n;
  std::array<double, 3> sight;
  double sight_length = 0, up_length = 0;
  for (int a = 0; a < 3; ++a) {
    drawing.sensor[a] = static_cast<float>(cloud.viewpoint[a] - drawing.origin[a]);
    sight[a] = mean[a] - drawing.sensor[a];
    sight_length += sight[a] * sight[a];
    up_length += up[a] * up[a];
  }
  drawing.has_sensor = sight_length > 0 && up_length > 0;
  for (int a = 0; a < 3 && drawing.has_sensor; ++a) drawing.up[a] = static_cast<float>(up[a] / std::sqrt(up_length));
}

[[noreturn]] void refuse_paint(const std::string& title, const std::string& name) {
  throw treewalk::Error("'" + title + "' has no " + name + " to colour by; leave --color out, or say --color height");
}

}  // namespace

float Box::longest() const { return std::max({high[0] - low[0], high[1] - low[1], high[2] - low[2]}); }

Box box_of(const Drawing& drawing) {
  if (drawing.size() == 0) return {};
  Box box{drawing.position.front(), drawing.position.front()};
  for (const auto& p : drawing.position)
    for (int a = 0; a < 3; ++a) {
      box.low[a] = std::min(box.low[a], p[a]);
      box.high[a] = std::max(box.high[a], p[a]);
    }
  return box;
}

Drawing make_drawing(const Cloud& cloud, const std::string& title, const std::string& labels,
                     const treewalk::ModelInfo* model) {
  Drawing drawing;
  drawing.title = printable(title);
  const CloudView view = cloud.view();
  const Field* axis[3] = {view.find("x"), view.find("y"), view.find("z")};
  if (!axis[0] || !axis[1] || !axis[2]) throw treewalk::Error("'" + title + "' has no fields x, y and z to draw");
  const Field* label = labels.empty() ? nullptr : find_labels(view, labels);
  const Field* confidence = label ? view.find("confidence") : nullptr;
  const Field* intensity = view.find("intensity");
  const ColorSource color(view);

  Labels label_value;
  std::vector<float> intensity_value;
  std::vector<std::int32_t> row;
  const std::int64_t width = std::max<std::int64_t>(cloud.width, 1);
  // Room at once: a vector that grows holds its values twice at times.
  const auto points = static_cast<std::size_t>(view.size);
  drawing.position.reserve(points);
  if (color) drawing.color.reserve(points);
  if (intensity) intensity_value.reserve(points);
  if (label) label_value.reserve(points);
  if (confidence) drawing.confidence.reserve(points);
  if (cloud.height > 1) row.reserve(points);
  for (std::int64_t i = 0; i < view.size; ++i) {
    const double p[3] = {view.value(i, *axis[0]), view.value(i, *axis[1]), view.value(i, *axis[2])};
    if (!std::isfinite(p[0]) || !std::isfinite(p[1]) || !std::isfinite(p[2])) {
      ++drawing.left_out;
      continue;
    }
    if (drawing.position.empty()) drawing.origin = {p[0], p[1], p[2]};
    std::array<float, 3> q;
    for (int a = 0; a < 3; ++a) q[a] = static_cast<float>(p[a] - drawing.origin[a]);
    drawing.position.push_back(q);
    if (color) drawing.color.push_back(color(i));
    if (intensity) intensity_value.push_back(static_cast<float>(view.value(i, *intensity)));
    if (label) label_value.add(label_of(view.value(i, *label)));
    if (confidence) {
      const double c = view.value(i, *confidence);
      drawing.confidence.push_back(static_cast<std::uint8_t>(c >= 0 ? std::lround(255 * std::min(c, 1.0)) : 0));
    }
    if (cloud.height > 1) row.push_back(static_cast<std::int32_t>(i / width));
  }
  drawing.intensity = stretched(intensity_value);
  if (label) make_legend(drawing, label_value, labels, model);
  find_sensor(drawing, cloud, row);
  return drawing;
}

void thin(Drawing& drawing, std::size_t most) {
  const std::size_t n = drawing.size();
  if (n <= most) return;
  const auto keep = [&](auto& column) {
    if (column.empty()) return;
    std::uint64_t state = 1;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < n; ++i) {  // a fixed sequence of random numbers, so no grid pattern appears
      state = state * 6364136223846793005u + 1442695040888963407u;
      if (static_cast<double>(state >> 11) * 0x1p-53 * static_cast<double>(n) < static_cast<double>(most))
        column[kept++] = column[i];
    }
    column.resize(kept);
    column.shrink_to_fit();
  };
  keep(drawing.color);
  keep(drawing.intensity);
  keep(drawing.entry);
  keep(drawing.confidence);
  keep(drawing.position);
  drawing.thinned += static_cast<std::int64_t>(n - drawing.size());
}

void check_paint(const CloudView& cloud, const std::string& title, const std::string& name, bool confidence) {
  if (cloud.size == 0) return;
  const bool lacks = (name == "rgb" && !ColorSource(cloud)) || (name == "intensity" && !cloud.find("intensity")) ||
                     (name == "confidence" && !confidence && !cloud.find("confidence"));
  if (lacks) refuse_paint(printable(title), name);
}

Paint paint_for(const Drawing& drawing, const std::string& name) {
  const auto need = [&](bool has, Paint paint) {
    if (!has) refuse_paint(drawing.title, name);
    return paint;
  };
  if (name == "label") return need(!drawing.entry.empty() || drawing.size() == 0, Paint::labels);
  if (name == "confidence") return need(!drawing.confidence.empty() || drawing.size() == 0, Paint::confidence);
  if (name == "rgb") return need(!drawing.color.empty() || drawing.size() == 0, Paint::colors);
  if (name == "intensity") return need(!drawing.intensity.empty() || drawing.size() == 0, Paint::intensity);
  if (name == "height") return Paint::height;
  if (!drawing.entry.empty()) return Paint::labels;
  const auto black =
      std::count_if(drawing.color.begin(), drawing.color.end(), [](Rgb c) { return c.r == 0 && c.g == 0 && c.b == 0; });
  if (!drawing.color.empty() && 2 * black < static_cast<std::ptrdiff_t>(drawing.size())) return Paint::colors;
  return drawing.intensity.empty() ? Paint::height : Paint::intensity;
}

std::vector<Rgb> painted(const Drawing& drawing, Paint paint) {
  if (paint == Paint::colors) return drawing.color;
  std::vector<Rgb> result(drawing.size());
  std::vector<std::uint8_t> height;
  if (paint == Paint::height) {
    std::vector<float> value(drawing.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
      const auto& p = drawing.position[i];
      value[i] = p[0] * drawing.up[0] + p[1] * drawing.up[1] + p[2] * drawing.up[2];
    }
    height = stretched(value);
    height.resize(drawing.size());
  }
  for (std::size_t i = 0; i < result.size(); ++i) switch (paint) {
      case Paint::labels:
        result[i] = drawing.legend[drawing.entry[i]].color;
        break;
      case Paint::confidence:
        result[i] = ramp(drawing.confidence[i] / 255.f);
        break;
      case Paint::intensity:
        result[i] = {drawing.intensity[i], drawing.intensity[i], drawing.intensity[i]};
        break;
      default:
        result[i] = ramp(height[i] / 255.f);
    }
  return result;
}

Rgb ramp(float t) {
  constexpr float stop[][3] = {{55, 45, 120}, {45, 110, 155}, {40, 165, 135}, {130, 205, 90}, {250, 230, 70}};
  const float at = std::clamp(t, 0.f, 1.f) * 4;
  const int i = std::min(static_cast<int>(at), 3);
  const auto mix = [&](int c) {
    return static_cast<std::uint8_t>(stop[i][c] + (stop[i + 1][c] - stop[i][c]) * (at - static_cast<float>(i)));
  };
  return {mix(0), mix(1), mix(2)};
}

Rgb palette(std::size_t i) {
  constexpr Rgb base[] = {{57, 135, 217},  {240, 150, 40},  {70, 170, 80},   {215, 70, 75},
                          {150, 105, 200}, {150, 100, 75},  {225, 120, 185}, {190, 185, 50},
                          {50, 180, 190},  {120, 130, 145}, {105, 80, 220},  {20, 125, 105}};
  constexpr std::size_t count = sizeof base / sizeof base[0];
  const Rgb color = base[i % count];
  const int lift = static_cast<int>(i / count % 4) * 25;
  const auto lifted = [lift](int v) { return static_cast<std::uint8_t>(v + (255 - v) * lift / 100); };
  return {lifted(color.r), lifted(color.g), lifted(color.b)};
}

Rgb parse_color(const std::string& text) {
  unsigned r = 0, g = 0, b = 0;
  if (text.size() != 7 || std::sscanf(text.c_str(), "#%2x%2x%2x", &r, &g, &b) != 3) return unlabelled;
  return {static_cast<std::uint8_t>(r), static_cast<std::uint8_t>(g), static_cast<std::uint8_t>(b)};
}

std::string hex(Rgb color) {
  char text[8];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", color.r, color.g, color.b);
  return text;
}

}  // namespace program
