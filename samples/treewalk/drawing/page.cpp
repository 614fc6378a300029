// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "drawing/page.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>

#include "drawing/camera.h"
#include "drawing/splat.h"
#include "viewer_html.h"

namespace program {

using nlohmann::json;

namespace {

/// Positions as 16-bit steps of one size for all axes.
struct Grid {
  Box box;
  float step = 1;
  std::vector<std::array<std::uint16_t, 3>> position;

  explicit Grid(const Drawing& drawing) : box(box_of(drawing)) {
    if (box.longest() > 0) step = box.longest() / 65535.f;
    position.reserve(drawing.size());
    for (const auto& p : drawing.position) {
      const auto at = [&](int a) {
        return static_cast<std::uint16_t>(std::min((p[a] - box.low[a]) / step + 0.5f, 65535.f));
      };
      position.push_back({at(0), at(1), at(2)});
    }
  }
};

std::string base64(std::string_view bytes) {
  constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t k) { return k < bytes.size() ? static_cast<unsigned char>(bytes[k]) : 0u; };
    const unsigned v = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    for (int k = 0; k < 4; ++k) text += i + k <= bytes.size() ? letters[v >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

std::string escaped_html(const std::string& text) {
  std::string result;
  for (char c : text) switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  return result;
}

/// JSON that no browser can mistake for the end of the script element.
std::string script_json(const json& value) {
  std::string result;
  for (char c : value.dump(-1, ' ', true, json::error_handler_t::replace))
    if (c == '<')
      result += "\\u003c";
    else
      result += c;
  return result;
}

/// Appends a column to the page's data and notes where it begins; empty columns are left out.
template <class T>
void append_column(std::string& data, json& columns, const char* name, const std::vector<T>& values) {
  if (values.empty()) return;
  columns[name] = data.size();
  data.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

const char* paint_name(Paint paint) {
  switch (paint) {
    case Paint::labels:
      return "label";
    case Paint::confidence:
      return "confidence";
    case Paint::colors:
      return "rgb";
    case Paint::intensity:
      return "intensity";
    default:
      return "height";
  }
}

/// Puts the three parts in the template's places; what is inserted is not searched again.
std::string filled(const std::string& title, const std::string& meta, const std::string& data) {
  const std::string page_template = viewer_html;
  std::string result;
  result.reserve(page_template.size() + meta.size() + data.size());
  std::size_t at = 0;
  for (const auto& [mark, part] :
       {std::pair<const char*, const std::string*>{"@TITLE@", &title}, {"@META@", &meta}, {"@DATA@", &data}}) {
    const std::size_t place = page_template.find(mark, at);
    result.append(page_template, at, place - at).append(*part);
    at = place + std::strlen(mark);
  }
  return result.append(page_template, at, std::string::npos);
}

}  // namespace

std::string page(const Drawing& drawing, const PageOptions& options) {
  const Grid grid(drawing);
  std::string data;
  data.reserve(drawing.size() * (sizeof grid.position[0] + 7));  // position, entry, confidence, colour, intensity
  json columns = json::object(), legend = json::array();
  append_column(data, columns, "position", grid.position);
  append_column(data, columns, "entry", drawing.entry);
  append_column(data, columns, "confidence", drawing.confidence);
  append_column(data, columns, "color", drawing.color);
  append_column(data, columns, "intensity", drawing.intensity);
  for (const auto& e : drawing.legend)
    legend.push_back({{"name", e.name}, {"color", hex(e.color)}, {"points", e.points}});

  std::vector<std::string> modes;
  if (!drawing.entry.empty()) modes.push_back("label");
  if (!drawing.confidence.empty()) modes.push_back("confidence");
  if (!drawing.color.empty()) modes.push_back("rgb");
  if (!drawing.intensity.empty()) modes.push_back("intensity");
  modes.push_back("height");

  std::array<double, 3> middle, half;
  for (int a = 0; a < 3; ++a) {
    middle[a] = (grid.box.low[a] + grid.box.high[a]) / 2;
    half[a] = (grid.box.high[a] - grid.box.low[a]) / 2;
  }
  constexpr double aspect = 1.25;  // of the part of the window that the cloud should fill
  const Camera camera = choose_camera(drawing, {40, 40, 1000 * aspect - 40, 960}, {}, {});
  double depth = 0;  // of the middle of the cloud, where the camera will turn
  for (int a = 0; a < 3; ++a) depth += (middle[a] - camera.eye[a]) * camera.forward[a];
  Vec3 target;
  for (int a = 0; a < 3; ++a) target[a] = camera.eye[a] + camera.forward[a] * std::max(depth, 1e-6);

  const json meta = {{"title", drawing.title},
                     {"note", options.note},
                     {"points", drawing.size()},
                     {"left_out", drawing.left_out},
                     {"thinned", drawing.thinned},
                     {"columns", columns},
                     {"legend", legend},
                     {"modes", modes},
                     {"mode", paint_name(paint_for(drawing, options.paint))},
                     {"dark", options.dark},
                     {"low", grid.box.low},
                     {"step", grid.step},
                     {"spacing", std::max<double>(point_spacing(drawing), grid.step)},
                     {"middle", middle},
                     {"radius", std::max(std::hypot(half[0], half[1], half[2]), 1e-6)},
                     {"up", drawing.up},
                     {"eye", camera.eye},
                     {"target", target},
                     {"aspect", aspect},
                     {"view_angle", 2 * std::atan(500 / std::max(camera.focal, 1.0))}};
  return filled(escaped_html(drawing.title), script_json(meta), base64(data));
}

}  // namespace program
