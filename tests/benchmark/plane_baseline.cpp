// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// What a plane can do on organised table scenes (label 1-19 table, from 20 on object): PCL's RANSAC plane as users run
// it, and with the threshold tuned on train. IoU is pooled over all points of the split; "border > k" leaves out the
// points with the other class at most k pixels away.
//   plane_baseline --data DIR [--noise METRES] [--roll DEGREES] [--write DIR] [--model FILE]...
// Models (the class named "object" against the others) get rows of their own, and their mean when there are several.
// Noise and roll change the val scenes only; --write saves these, so that a network can be measured on the same ones.
#include <pcl/point_types.h>
#include <pcl/segmentation/sac_segmentation.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>

#include "core/training/metrics.h"
#include "tests/benchmark/timing.h"
#include "treewalk/io.h"
#include "treewalk/session.h"

using namespace treewalk;
namespace fs = std::filesystem;

namespace {

constexpr int kTable = 0, kObject = 1;
constexpr int kWidestBorder = 5;
constexpr double kDegree = 3.14159265358979323846 / 180;

struct Options {
  fs::path data, write;
  double noise = 0, roll = 0;
  std::vector<std::string> models;
};

struct Scene {
  std::string name;
  pcl::PointCloud<pcl::PointXYZ>::Ptr points{new pcl::PointCloud<pcl::PointXYZ>};
  std::vector<std::int8_t> truth;
  std::vector<std::int8_t> border;  ///< pixels to the nearest point of the other class; kWidestBorder + 1 when further
};

/// Image of classes (-1: no point) to pixel distances from the other class, by growing each class a ring at a time.
std::vector<std::int8_t> border_distance(const std::vector<std::int8_t>& image, std::int64_t width,
                                         std::int64_t height) {
  std::vector<std::int8_t> distance(image.size(), kWidestBorder + 1);
  for (const std::int8_t grown : {kTable, kObject}) {
    std::vector<std::uint8_t> reached(image.size());
    for (std::size_t i = 0; i < image.size(); ++i) reached[i] = image[i] == grown;
    for (int ring = 1; ring <= kWidestBorder; ++ring) {
      const std::vector<std::uint8_t> before = reached;
      for (std::int64_t y = 0; y < height; ++y)
        for (std::int64_t x = 0; x < width; ++x) {
          const std::int64_t i = y * width + x;
          for (std::int64_t v = std::max<std::int64_t>(y - 1, 0); v <= std::min(y + 1, height - 1); ++v)
            for (std::int64_t u = std::max<std::int64_t>(x - 1, 0); u <= std::min(x + 1, width - 1); ++u)
              reached[i] |= before[v * width + u];
          if (reached[i] && !before[i] && image[i] >= 0 && image[i] != grown)
            distance[i] = static_cast<std::int8_t>(ring);
        }
    }
  }
  return distance;
}

void put(Cloud& cloud, std::int64_t point, const Field& field, double value) {
  const auto stored = static_cast<float>(value);
  std::memcpy(cloud.data.data() + static_cast<std::size_t>(point) * cloud.stride + field.offset, &stored,
              sizeof stored);
}

void disturb(Cloud& cloud, const Options& options) {
  const CloudView view = cloud.view();
  const Field &x = *view.find("x"), &y = *view.find("y"), &z = *view.find("z");
  std::mt19937 random(1);
  std::normal_distribution<double> normal(0, options.noise > 0 ? options.noise : 1);
  const auto noise = [&] { return options.noise > 0 ? normal(random) : 0.0; };
  const double c = std::cos(options.roll * kDegree), s = std::sin(options.roll * kDegree);
  for (std::int64_t i = 0; i < cloud.size(); ++i) {
    const double px = view.value(i, x), py = view.value(i, y), pz = view.value(i, z);
    if (!std::isfinite(px + py + pz)) continue;
    put(cloud, i, x, c * px - s * py + noise());
    put(cloud, i, y, s * px + c * py + noise());
    put(cloud, i, z, pz + noise());
  }
}

Scene read_scene(const fs::path& file, const Options& options, bool disturbed) {
  Cloud cloud = read_cloud(file);
  const CloudView view = cloud.view();
  const Field* label = view.find("label");
  for (const char* name : {"x", "y", "z"})
    if (view.find(name) == nullptr || view.find(name)->type != Scalar::float32)
      throw Error(file.string() + ": has no float field " + name);
  if (label == nullptr) throw Error(file.string() + ": has no field label");
  if (disturbed && (options.noise > 0 || options.roll != 0)) disturb(cloud, options);
  if (disturbed && !options.write.empty()) {
    fs::create_directories(options.write / "val");
    write_cloud(options.write / "val" / file.filename(), cloud);
  }
  Scene scene;
  scene.name = file.stem().string();
  std::vector<std::int8_t> image(static_cast<std::size_t>(cloud.size()), -1);
  const Field &x = *view.find("x"), &y = *view.find("y"), &z = *view.find("z");
  for (std::int64_t i = 0; i < cloud.size(); ++i) {
    const double value = view.value(i, *label);
    if (value > 0 && std::isfinite(view.value(i, x) + view.value(i, y) + view.value(i, z)))
      image[i] = value >= 20 ? kObject : kTable;
  }
  const std::vector<std::int8_t> distance = border_distance(image, cloud.width, cloud.height);
  for (std::int64_t i = 0; i < cloud.size(); ++i) {
    if (image[i] < 0) continue;
    scene.points->emplace_back(view.value(i, x), view.value(i, y), view.value(i, z));
    scene.truth.push_back(image[i]);
    scene.border.push_back(distance[i]);
  }
  return scene;
}

std::vector<fs::path> scenes_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (is_cloud_file(entry.path())) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// Figures of one rule over a split: pooled, pooled without borders, and of the worst scene.
struct Figures {
  std::vector<Confusion> beyond{kWidestBorder + 1, Confusion(2)};  ///< [k]: points more than k pixels from a border
  double worst = 1;
  std::string worst_scene;
  double seconds = 0;
  int scenes = 0;

  template <class IsObject>
  void add(const Scene& scene, const IsObject& is_object) {
    Confusion own(2);
    for (std::size_t i = 0; i < scene.truth.size(); ++i) {
      const int prediction = is_object(i) ? kObject : kTable;
      own.add(scene.truth[i], prediction);
      for (int k = 0; k < scene.border[i] && k <= kWidestBorder; ++k) beyond[k].add(scene.truth[i], prediction);
    }
    ++scenes;
    if (own.mean_iou() >= worst) return;
    worst = own.mean_iou();
    worst_scene = scene.name;
  }
  double miou() const { return beyond[0].mean_iou(); }
};

/// Coefficients of the plane, its normal towards the camera, and the inliers.
struct Plane {
  std::array<double, 4> coefficient{0, 0, 0, 0};
  std::vector<std::uint8_t> inlier;
  double height(const pcl::PointXYZ& p) const {
    return coefficient[0] * p.x + coefficient[1] * p.y + coefficient[2] * p.z + coefficient[3];
  }
};

Plane fit_plane(const Scene& scene, double threshold) {
  pcl::SACSegmentation<pcl::PointXYZ> segmentation;
  segmentation.setModelType(pcl::SACMODEL_PLANE);
  segmentation.setMethodType(pcl::SAC_RANSAC);
  segmentation.setOptimizeCoefficients(true);
  segmentation.setMaxIterations(1000);
  segmentation.setDistanceThreshold(threshold);
  segmentation.setInputCloud(scene.points);
  pcl::PointIndices inliers;
  pcl::ModelCoefficients model;
  segmentation.segment(inliers, model);
  Plane plane;
  plane.inlier.assign(scene.truth.size(), 0);
  for (const int i : inliers.indices) plane.inlier[i] = 1;
  if (model.values.size() != 4) return plane;
  const double sign = model.values[3] >= 0 ? 1 : -1;  // the height of the camera, at the origin, is above 0
  for (int a = 0; a < 4; ++a) plane.coefficient[a] = sign * model.values[a];
  return plane;
}

constexpr double kFits[] = {0.005, 0.01};
std::vector<double> steps(double first, double step, int count) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) values.push_back(first + step * i);
  return values;
}
const std::vector<double> kConstant = steps(0.003, 0.001, 13), kQuadratic = steps(0.004, 0.001, 17);

/// All rules on one split: [0] two-sided 1 cm, then for each fit the constant and the quadratic thresholds.
std::vector<Figures> run_split(const fs::path& folder, const Options& options, bool disturbed) {
  std::vector<Figures> rules(1 + 2 * (kConstant.size() + kQuadratic.size()));
  for (const fs::path& file : scenes_in(folder)) {
    const Scene scene = read_scene(file, options, disturbed);
    std::size_t rule = 1;
    for (const double fit : kFits) {
      const double start = processor_time();
      const Plane plane = fit_plane(scene, fit);
      const double seconds = processor_time() - start;
      if (fit == 0.01) {
        rules[0].add(scene, [&](std::size_t i) { return !plane.inlier[i]; });
        rules[0].seconds += seconds;
      }
      std::vector<float> height(scene.truth.size()), relative(scene.truth.size());
      for (std::size_t i = 0; i < height.size(); ++i) {
        const pcl::PointXYZ& p = (*scene.points)[i];
        height[i] = static_cast<float>(plane.height(p));
        relative[i] = height[i] / (p.z * p.z);
      }
      for (const double t : kConstant) {
        rules[rule].seconds += seconds;
        rules[rule++].add(scene, [&](std::size_t i) { return height[i] > t; });
      }
      for (const double t : kQuadratic) {
        rules[rule].seconds += seconds;
        rules[rule++].add(scene, [&](std::size_t i) { return relative[i] > t; });
      }
    }
  }
  return rules;
}

std::string rule_name(std::size_t rule) {
  char text[64];
  if (rule == 0) return "SACSegmentation, |h| > 10 mm";
  const std::size_t per_fit = kConstant.size() + kQuadratic.size();
  const double fit = kFits[(rule - 1) / per_fit];
  const std::size_t within = (rule - 1) % per_fit;
  if (within < kConstant.size())
    std::snprintf(text, sizeof text, "h > %.0f mm (fit %.0f mm)", 1e3 * kConstant[within], 1e3 * fit);
  else
    std::snprintf(text, sizeof text, "h > %.3f z^2 (fit %.0f mm)", kQuadratic[within - kConstant.size()], 1e3 * fit);
  return text;
}

bool is_quadratic(std::size_t rule) {
  return rule > 0 && (rule - 1) % (kConstant.size() + kQuadratic.size()) >= kConstant.size();
}

void print_rule(const char* note, std::size_t rule, const std::vector<Figures>& train,
                const std::vector<Figures>& val) {
  const Figures& v = val[rule];
  std::printf("| %-10s | %-28s | %.4f | **%.4f** | %.4f | %.4f (%s) | %.4f / %.4f / %.4f / %.4f | %.0f |\n", note,
              rule_name(rule).c_str(), train[rule].miou(), v.miou(), v.beyond[0].iou(kObject), v.worst,
              v.worst_scene.c_str(), v.beyond[1].mean_iou(), v.beyond[2].mean_iou(), v.beyond[3].mean_iou(),
              v.beyond[5].mean_iou(), 1e3 * v.seconds / v.scenes);
}

/// A network's figures on the val scenes, as the rules have theirs.
Figures run_model(const std::string& file, const Options& options) {
  const Session session(load_model(file));
  std::uint32_t object_id = 0;
  for (const ClassInfo& info : model_info(session.model()).classes)
    if (info.name == "object") object_id = info.id;
  if (object_id == 0) throw Error(file + ": the model has no class named object");
  Figures figures;
  for (const fs::path& path : scenes_in(options.data / "val")) {
    const Scene scene = read_scene(path, options, true);
    CloudView view;
    view.data = reinterpret_cast<const std::byte*>(scene.points->data());
    view.size = static_cast<std::int64_t>(scene.points->size());
    view.stride = sizeof(pcl::PointXYZ);
    view.fields = {{"x", 0, Scalar::float32, 1}, {"y", 4, Scalar::float32, 1}, {"z", 8, Scalar::float32, 1}};
    const double start = processor_time();
    const Segmentation result = session.segment(view);
    figures.seconds += processor_time() - start;
    figures.add(scene, [&](std::size_t i) { return result.label[i] == object_id; });
  }
  return figures;
}

void print_models(const Options& options) {
  double mean[6] = {};
  for (const std::string& file : options.models) {
    const Figures v = run_model(file, options);
    std::printf("| network | %s | | **%.4f** | %.4f | %.4f (%s) | %.4f / %.4f / %.4f / %.4f | %.0f |\n",
                fs::path(file).filename().c_str(), v.miou(), v.beyond[0].iou(kObject), v.worst, v.worst_scene.c_str(),
                v.beyond[1].mean_iou(), v.beyond[2].mean_iou(), v.beyond[3].mean_iou(), v.beyond[5].mean_iou(),
                1e3 * v.seconds / v.scenes);
    const double row[6] = {v.miou(),
                           v.beyond[0].iou(kObject),
                           v.beyond[1].mean_iou(),
                           v.beyond[2].mean_iou(),
                           v.beyond[3].mean_iou(),
                           v.beyond[5].mean_iou()};
    for (int i = 0; i < 6; ++i) mean[i] += row[i] / static_cast<double>(options.models.size());
  }
  if (options.models.size() > 1)
    std::printf("| network | mean of %zu | | **%.4f** | %.4f | | %.4f / %.4f / %.4f / %.4f | |\n",
                options.models.size(), mean[0], mean[1], mean[2], mean[3], mean[4], mean[5]);
}

Options read_options(int count, char** text) {
  Options options;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string key = text[i];
    if (key == "--data") options.data = text[i + 1];
    if (key == "--write") options.write = text[i + 1];
    if (key == "--model") options.models.push_back(text[i + 1]);
    if (key == "--noise") options.noise = std::atof(text[i + 1]);
    if (key == "--roll") options.roll = std::atof(text[i + 1]);
  }
  return options;
}

void run(const Options& options) {
  const std::vector<Figures> train = run_split(options.data / "train", options, false);
  const std::vector<Figures> val = run_split(options.data / "val", options, true);
  std::size_t best_constant = 1, best_quadratic = 0;
  for (std::size_t rule = 1; rule < train.size(); ++rule) {
    std::size_t& best = is_quadratic(rule) ? best_quadratic : best_constant;
    if (best == 0 || train[rule].miou() > train[best].miou()) best = rule;
  }
  std::printf(
      "%d train and %d val scenes; val with noise %.1f mm, roll %.0f degrees; time is the fit alone, for networks "
      "everything; processor time\n",
      train[0].scenes, val[0].scenes, 1e3 * options.noise, options.roll);
  std::printf(
      "| rule | threshold | train mIoU | val mIoU | val object IoU | worst val scene | val mIoU, border > 1 / 2 / 3 "
      "/ 5 | ms a scene |\n|---|---|---|---|---|---|---|---|\n");
  print_rule("two-sided", 0, train, val);
  print_rule("one-sided", best_constant, train, val);
  print_rule("quadratic", best_quadratic, train, val);
  print_models(options);
}

}  // namespace

int main(int count, char** text) {
  const Options options = read_options(count, text);
  if (options.data.empty()) {
    std::fprintf(
        stderr, "usage: plane_baseline --data DIR [--noise METRES] [--roll DEGREES] [--write DIR] [--model FILE]...\n");
    return 2;
  }
  try {
    run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "plane_baseline: error: %s\n", error.what());
    return 1;
  }
}
