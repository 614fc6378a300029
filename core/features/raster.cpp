// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/features/raster.h"

#include <algorithm>
#include <cmath>

#include "core/device/parallel.h"

namespace treewalk {
namespace {

constexpr std::int64_t kMostCells = 1 << 22, kFreeCells = 1 << 16, kCellsPerPoint = 64;
constexpr double kLongestSide = 1 << 16;
constexpr std::int64_t kTask = 1 << 16;  // cells that a task works on: less is not worth waking a thread
constexpr std::int64_t kLanes = 16;      // lines that the running extremum takes side by side

struct Least {
  static constexpr float kNeutral = std::numeric_limits<float>::infinity();
  float operator()(float a, float b) const { return a < b ? a : b; }
};
struct Greatest {
  static constexpr float kNeutral = -std::numeric_limits<float>::infinity();
  float operator()(float a, float b) const { return a > b ? a : b; }
};

// Lines of n values: value i of line j is at data[i * along + j * across].
struct Lines {
  std::int64_t n, count, along, across;
};

// Extremum over windows of 2 r + 1 along up to kLanes lines (van Herk, Gil and Werman): the padded line is cut into
// blocks of the window's length; every window is the end of one block and the start of the next.
template <class Pick>
void running_extremum(const float* in, float* out, const Lines& lines, std::int64_t r, std::vector<float>& forward,
                      std::vector<float>& backward) {
  const Pick pick;
  const std::int64_t n = lines.n, window = 2 * r + 1, padded = (n + 2 * r + window - 1) / window * window;
  forward.assign(padded * kLanes, Pick::kNeutral);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < lines.count; ++j)
      forward[(i + r) * kLanes + j] = in[i * lines.along + j * lines.across];
  backward = forward;
  for (std::int64_t i = 0; i < padded; ++i)
    if (i % window != 0)
      for (std::int64_t j = 0; j < kLanes; ++j)
        forward[i * kLanes + j] = pick(forward[(i - 1) * kLanes + j], forward[i * kLanes + j]);
  for (std::int64_t i = padded - 1; i >= 0; --i)
    if (i % window != window - 1)
      for (std::int64_t j = 0; j < kLanes; ++j)
        backward[i * kLanes + j] = pick(backward[(i + 1) * kLanes + j], backward[i * kLanes + j]);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < lines.count; ++j)
      out[i * lines.along + j * lines.across] = pick(backward[i * kLanes + j], forward[(i + window - 1) * kLanes + j]);
}

template <class Pick>
void all_lines(const float* in, float* out, const Lines& lines, std::int64_t r) {
  const std::int64_t piece = std::max(kTask / (lines.n * kLanes), std::int64_t{1}) * kLanes;
  parallel_pieces(lines.count, piece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    std::vector<float> forward, backward;
    for (std::int64_t j = begin; j < end; j += kLanes) {
      const Lines some{lines.n, std::min(kLanes, end - j), lines.along, lines.across};
      running_extremum<Pick>(in + j * lines.across, out + j * lines.across, some, std::min(r, lines.n), forward,
                             backward);
    }
  });
}

template <class Pick>
Raster extremum(const Raster& raster, std::int64_t radius) {
  if (radius <= 0) return raster;
  Raster result = raster;
  float* value = result.value.data();
  all_lines<Pick>(raster.value.data(), value, {raster.width, raster.height, 1, raster.width}, radius);
  all_lines<Pick>(value, value, {raster.height, raster.width, raster.width, 1}, radius);
  return result;
}

void replace(Raster& raster, float from, float to) {
  for (float& z : raster.value) z = z == from ? to : z;
}

// u and v count in cells from the centre of the first one.
Raster::Spot spot_of(std::int64_t width, std::int64_t height, double u, double v) {
  u = std::clamp(u, 0.0, static_cast<double>(width - 1));
  v = std::clamp(v, 0.0, static_cast<double>(height - 1));
  const auto i = static_cast<std::int64_t>(u), j = static_cast<std::int64_t>(v);
  return {j * width + i, i + 1 < width ? 1 : 0, j + 1 < height ? width : 0, static_cast<float>(u - i),
          static_cast<float>(v - j)};
}

float bilinear(const float* value, const Raster::Spot& spot) {
  const float* z = value + spot.index;
  const float a = spot.a, b = spot.b;
  return (z[0] * (1 - a) + z[spot.right] * a) * (1 - b) + (z[spot.up] * (1 - a) + z[spot.up + spot.right] * a) * b;
}

template <class Work>
void for_rows(const Raster& raster, const Work& work) {
  parallel_pieces(raster.height, std::max(kTask / raster.width, std::int64_t{1}),
                  [&](std::int64_t, std::int64_t begin, std::int64_t end) { work(begin, end); });
}

struct Layer {
  std::int64_t width, height;
  std::vector<float> value;
};

// Means of the valid cells among 2x2.
Layer pulled(const float* value, std::int64_t width, std::int64_t height) {
  Layer up{(width + 1) / 2, (height + 1) / 2, {}};
  up.value.resize(up.width * up.height);
  for (std::int64_t j = 0; j < up.height; ++j)
    for (std::int64_t i = 0; i < up.width; ++i) {
      float sum = 0;
      int count = 0;
      for (std::int64_t y = 2 * j; y < std::min(2 * j + 2, height); ++y)
        for (std::int64_t x = 2 * i; x < std::min(2 * i + 2, width); ++x)
          if (const float z = value[y * width + x]; z != Raster::kEmpty) sum += z, ++count;
      up.value[j * up.width + i] = count ? sum / static_cast<float>(count) : Raster::kEmpty;
    }
  return up;
}

// One Jacobi sweep over some cells: each becomes the mean of those of its four neighbours that exist.
void sweep_border(const float* value, std::int64_t width, std::int64_t height, const std::vector<std::int64_t>& cell,
                  std::vector<float>& next) {
  for (std::size_t k = 0; k < cell.size(); ++k) {
    const std::int64_t c = cell[k], i = c % width, j = c / width;
    float sum = 0, count = 0;
    if (i > 0) sum += value[c - 1], ++count;
    if (i + 1 < width) sum += value[c + 1], ++count;
    if (j > 0) sum += value[c - width], ++count;
    if (j + 1 < height) sum += value[c + width], ++count;
    next[k] = count > 0 ? sum / count : value[c];
  }
}

void sweep_inside(const float* value, std::int64_t width, const std::vector<std::int64_t>& cell,
                  std::vector<float>& next) {
  for (std::size_t k = 0; k < cell.size(); ++k) {
    const float* z = value + cell[k];
    next[k] = (z[-1] + z[1] + z[-width] + z[width]) * 0.25f;
  }
}

void scatter(const std::vector<std::int64_t>& cell, const std::vector<float>& from, float* value) {
  for (std::size_t k = 0; k < cell.size(); ++k) value[cell[k]] = from[k];
}

// Fills the holes of a level from the filled coarser one and smooths them.
void push(float* value, std::int64_t width, std::int64_t height, const Layer& coarser, int sweeps) {
  std::vector<std::int64_t> border, inside;
  for (std::int64_t j = 0; j < height; ++j)
    for (std::int64_t i = 0; i < width; ++i) {
      const std::int64_t c = j * width + i;
      if (value[c] != Raster::kEmpty) continue;
      value[c] = bilinear(coarser.value.data(), spot_of(coarser.width, coarser.height, 0.5 * i - 0.25, 0.5 * j - 0.25));
      (i > 0 && i + 1 < width && j > 0 && j + 1 < height ? inside : border).push_back(c);
    }
  std::vector<float> next_border(border.size()), next_inside(inside.size());
  for (int s = 0; s < sweeps; ++s) {
    sweep_border(value, width, height, border, next_border);
    sweep_inside(value, width, inside, next_inside);
    scatter(border, next_border, value);
    scatter(inside, next_inside, value);
  }
}

}  // namespace

std::int64_t Raster::index(double px, double py) const {
  const double i = std::clamp(std::floor((px - x) / cell), 0.0, static_cast<double>(width - 1));
  const double j = std::clamp(std::floor((py - y) / cell), 0.0, static_cast<double>(height - 1));
  return static_cast<std::int64_t>(j) * width + static_cast<std::int64_t>(i);
}

Raster::Spot Raster::spot(double px, double py) const {
  return spot_of(width, height, (px - x) / cell - 0.5, (py - y) / cell - 0.5);
}

float Raster::at(const Spot& spot) const { return bilinear(value.data(), spot); }

Raster Raster::like(float fill) const {
  Raster result{width, height, x, y, cell, {}};
  result.value.assign(size(), fill);
  return result;
}

Raster lowest_points(const float* position, std::int64_t size, double cell) {
  float low[2] = {position[0], position[1]}, high[2] = {position[0], position[1]};
  for (std::int64_t i = 0; i < size; ++i)
    for (int a = 0; a < 2; ++a) {
      low[a] = std::min(low[a], position[3 * i + a]);
      high[a] = std::max(high[a], position[3 * i + a]);
    }
  const auto most = static_cast<double>(std::clamp(kCellsPerPoint * size, kFreeCells, kMostCells));
  const double extent[2] = {static_cast<double>(high[0]) - low[0], static_cast<double>(high[1]) - low[1]};
  const auto cells = [&](int a) { return std::floor(extent[a] / cell) + 1; };
  while (cells(0) * cells(1) > most || std::max(cells(0), cells(1)) > kLongestSide) cell *= 2;

  Raster raster{static_cast<std::int64_t>(extent[0] / cell) + 1,
                static_cast<std::int64_t>(extent[1] / cell) + 1,
                low[0],
                low[1],
                cell,
                {}};
  raster.value.assign(raster.size(), Raster::kEmpty);
  for (std::int64_t i = 0; i < size; ++i) {
    float& z = raster.value[raster.index(position[3 * i], position[3 * i + 1])];
    z = std::min(z, position[3 * i + 2]);
  }
  return raster;
}

void fill_holes(Raster& raster, int sweeps) {
  std::vector<Layer> pyramid;
  const float* value = raster.value.data();
  for (std::int64_t w = raster.width, h = raster.height; w * h > 1;) {
    pyramid.push_back(pulled(value, w, h));
    w = pyramid.back().width, h = pyramid.back().height, value = pyramid.back().value.data();
  }
  float& top = pyramid.empty() ? raster.value[0] : pyramid.back().value[0];
  if (top == Raster::kEmpty) top = 0;
  for (std::size_t level = pyramid.size(); level-- > 0;) {
    float* to = level == 0 ? raster.value.data() : pyramid[level - 1].value.data();
    const std::int64_t w = level == 0 ? raster.width : pyramid[level - 1].width;
    const std::int64_t h = level == 0 ? raster.height : pyramid[level - 1].height;
    push(to, w, h, pyramid[level], level < 4 ? sweeps : 0);
  }
}

Raster erode(const Raster& raster, std::int64_t radius) { return extremum<Least>(raster, radius); }

Raster dilate(const Raster& raster, std::int64_t radius) {
  if (radius <= 0) return raster;
  Raster result = raster;
  replace(result, Least::kNeutral, Greatest::kNeutral);
  result = extremum<Greatest>(result, radius);
  replace(result, Greatest::kNeutral, Least::kNeutral);
  return result;
}

Raster open(const Raster& raster, std::int64_t radius) { return dilate(erode(raster, radius), radius); }
Raster close(const Raster& raster, std::int64_t radius) { return erode(dilate(raster, radius), radius); }

Raster box_mean(const Raster& raster, std::int64_t radius) {
  const std::int64_t w = raster.width, h = raster.height;
  Raster rows = raster, result = raster;
  for_rows(raster, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t j = begin; j < end; ++j)
      for (std::int64_t i = 0; i < w; ++i) {
        const std::int64_t a = std::max<std::int64_t>(0, i - radius), b = std::min(w - 1, i + radius);
        float sum = 0;
        for (std::int64_t k = a; k <= b; ++k) sum += raster.value[j * w + k];
        rows.value[j * w + i] = sum / static_cast<float>(b - a + 1);
      }
  });
  for_rows(raster, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t j = begin; j < end; ++j) {
      const std::int64_t a = std::max<std::int64_t>(0, j - radius), b = std::min(h - 1, j + radius);
      float* to = result.value.data() + j * w;
      std::fill(to, to + w, 0.0f);
      for (std::int64_t k = a; k <= b; ++k)
        for (std::int64_t i = 0; i < w; ++i) to[i] += rows.value[k * w + i];
      for (std::int64_t i = 0; i < w; ++i) to[i] /= static_cast<float>(b - a + 1);
    }
  });
  return result;
}

Raster slope_of(const Raster& raster) {
  const Raster smooth = box_mean(raster, 1);
  Raster slope = raster.like(0);
  const std::int64_t w = raster.width, h = raster.height;
  const auto difference = [&](std::int64_t low, std::int64_t high, std::int64_t steps) {
    return steps == 0 ? 0.0 : (smooth.value[high] - smooth.value[low]) / (static_cast<double>(steps) * raster.cell);
  };
  for_rows(raster, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t j = begin; j < end; ++j)
      for (std::int64_t i = 0; i < w; ++i) {
        const std::int64_t left = std::max<std::int64_t>(0, i - 1), right = std::min(w - 1, i + 1);
        const std::int64_t down = std::max<std::int64_t>(0, j - 1), up = std::min(h - 1, j + 1);
        const double dx = difference(j * w + left, j * w + right, right - left);
        const double dy = difference(down * w + i, up * w + i, up - down);
        slope.value[j * w + i] = static_cast<float>(std::sqrt(dx * dx + dy * dy));
      }
  });
  return slope;
}

}  // namespace treewalk
