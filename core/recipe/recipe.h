// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/attention/family_choice.h"
#include "core/attention/mask_spec.h"
#include "core/recipe/augment_spec.h"
#include "core/scene/scene_options.h"
#include "treewalk/model.h"

namespace treewalk {

using Json = nlohmann::json;

/// The network as data: see core/network/network.h for what each choice builds. What a key of a recipe means, and which
/// values it may have, stands in the tables of recipe_fields.cpp, training_fields.cpp and augment_fields.cpp.
struct NetworkSpec {
  std::vector<std::string> attention{"family"};  ///< what the blocks are, in turn
  MaskSpec walks;
  std::string order = "up-down";  ///< "up-down": levels in turn, own weights; "together": all at once, shared weights
  std::vector<int> widths;        ///< per level, finest first ("together": all equal)
  int head_width = 16;
  FamilyChoice relations;
  int blocks = 1;                   ///< attention blocks per visit ("together": blocks in all)
  std::string blocks_on = "cells";  ///< which levels have blocks: all, or "clusters": all but the leaves ("up-down")
  std::string softmax = "joint";    ///< over the whole family, or "separate": per group of relations, then mixed
  std::string position = "query";   ///< edge geometry: slopes that depend on the query and the "relation", or "none"
  double expansion = 2;             ///< hidden width of the MLP over the width
  bool standardise = false;         ///< inputs are centred and scaled by what the training data were like
  int point_stage = 0;  ///< width of a network over the points whose maxima and means enter the leaves; 0: none
  bool point_attention = false;  ///< segmentation: points attend to the nodes around their leaf
  int tower_blocks = 2;          ///< models of parts: blocks that find the category
  int point_width = 16;          ///< hidden width of the point head
  std::string point_prior;       ///< segmentation: point feature column whose value starts the last score, or ""
  double point_prior_weight = 0;
  int assign_width = 16;      ///< hierarchy "learned": width of the features by which nodes choose clusters
  bool attend_weight = true;  ///< and whether gradients of attention reach the choice
};

struct TrainingSpec {
  int epochs = 30;
  int steps_per_epoch = 0;  ///< 0: as many as there are training clouds
  std::uint64_t seed = 0;
  double learning_rate = 3e-3, final_rate = 0.005, weight_decay = 0.02, beta1 = 0.9, beta2 = 0.98, clip = 1;
  int warmup = 30;
  double ema = 0.99;  ///< cap of the weight average's decay
  double label_smoothing = 0, auxiliary = 0.3, feature_dropout = 0;
  double dropout = 0, head_dropout = 0;                    ///< on residual branches; in the hidden layer of a head
  double category_weight = 0.3, category_smoothing = 0.1;  ///< models of parts: loss of the category
  double temperature = 1, category_temperature = 1;  ///< of the confidences, where the data have no val split to fit it
  double partition_weight = 0.5, compact_weight = 0, link_weight = 0;  ///< losses of a learned hierarchy
  double size_jitter = 0;  ///< normalised clouds: deviation of the log of the size that a cloud is told to have
  std::vector<double> class_weights;  ///< weight of a point in the loss by its class; empty: 1 for all
  int loss_points = 30000;            ///< points of a step that enter the loss
  int batch = 1;                      ///< clouds a step
  int pieces = 0;                     ///< that a batch is cut into, each with a gradient; 0: 1, or as processes need
  std::string balance;  ///< regular expression on file stems: its first group names a stratum that is drawn first
  AugmentSpec augment;
  AugmentSpec augment_before;  ///< before a cloud is normalised
};

/// Labels of the data of which only some classes are known, one of which is right.
struct CoarseLabel {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> source_labels;  ///< inclusive ranges
  std::vector<int> classes;                                            ///< indices, ascending; two or more, not all
};

struct Recipe {
  std::string task;  ///< "segmentation" or "classification"
  std::vector<ClassInfo> classes;
  std::vector<std::string> categories;  ///< models of parts: the classes' categories, in order of appearance
  std::vector<int> category_of_class;   ///< models of parts: per class
  std::vector<CoarseLabel> coarse;      ///< no two with the same classes
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ignore;
  std::uint32_t unknown_id = 255;
  std::vector<std::string> required_fields, optional_fields;
  SceneOptions scene;
  NetworkSpec network;
  TrainingSpec training;
  std::map<std::string, std::string> about;  ///< free texts for the training card: "description", "data", "licence"
  std::string text;                          ///< JSON in one line, as read: what it leaves out is left out

  /// Index into `classes` for a label of a training file, or coarse_class(k) for one of coarse[k]; -1 when it is
  /// ignored, is unknown_id and in neither, or is 2^32 - 1 (-1) and in no class. Throws Error for any other label.
  int class_of(std::uint32_t source_label) const;
  std::vector<std::string> class_names() const;
  /// What the folders of a data set name: the classes, or the categories of a model of parts; empty when nothing.
  std::vector<std::string> folder_names() const;
};

/// What stands for a class index where the label is coarse[k], and k again. Below -1, so that whoever asks for a class
/// with `index >= 0` finds none.
constexpr int coarse_class(int k) { return -2 - k; }
constexpr bool is_coarse(int class_index) { return class_index < -1; }
constexpr int coarse_index(int class_index) { return -2 - class_index; }

/// Reads a recipe from its JSON object. A segmentation class without "from" is trained on its own id. Throws Error that
/// names the place and, for a key that is misspelt or stands in the wrong section, what may have been meant.
Recipe parse_recipe(const Json& json);
/// changes: "network.siblings=tree", "training.augment.jitter=0.01", ...: keys with dots between them and a value, JSON
/// or plain text; "null" takes the key out. They are made before the recipe is checked, but for their keys, which must
/// exist.
Recipe read_recipe(const std::string& file, const std::vector<std::string>& changes = {});
/// The same from a recipe's text.
Recipe parse_recipe(const std::string& text, const std::vector<std::string>& changes);

}  // namespace treewalk
