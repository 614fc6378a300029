// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/recipe/strict_json.h"
#include "core/training/draw.h"
#include "core/training/sample.h"

namespace treewalk {

/// The chain of random changes that a recipe's "augment" object names. Each change is a key whose value is an object of
/// settings, or just its main setting (marked *). All know "probability" (1 unless said). They are applied in the order
/// of this list, whatever the order in the file, and each draws from its own stream of (draw, key), so adding or
/// removing one leaves the draws of the others as they were.
///
/// quantisation  half_width* 0.25, axis "y": uniform noise on one axis, which undoes coarse rounding
/// stretch       range* [low, high], distribution "log": a factor per axis
/// warp          amplitude* 0.35, frequency [1,4], terms 4: smooth bending, in units of half the longest side
/// turn          angle* pi, axis "z": rotation by +-angle about an axis
/// roll          angle* pi: rotation by +-angle about the viewing axis (viewpoint to the middle of the points)
/// tilt          sigma* 0.2: rotation by N(0, sigma) about a random axis
/// mirror        probability* 0.5, axes "x": each of the axes by itself
/// crop          probability* 1, ball [0.25,0.8], half_space [0.35,0.9]: the part of the points in a ball about one of
///               them, or on one side of a plane; when only one of both is named, only that
/// square        points* 8000, spread [-1,1.2]: the points * exp(spread) points in a square about one of them;
///               or half_size [low, high]: a square of that size
/// dropout       keep* [0.3,1], distribution "uniform" or "log", density 0: share of the points that stay; never fewer
///               than density per unit of the ground's area by it
/// blocks        share* 0.2, size 0.04: up to that share of the cubic blocks of this size are emptied
/// forget        field* "normal", probability 0.5: all points lose this field, as if the cloud had come without
/// limit         points*: the nearest to the middle of the crop
/// buildings     class (a name), ground (a name or a list), count [1,4], half_size [3,35], height [2.5,15], gabled 0.5,
///               pitch [0.2,0.7], share 0.4: all points of a rectangle move to a roof above its median ground and get
///               the class; a rectangle with more than that share of the points is left out
/// vegetation    class, ground, share [0.02,0.2], lift 0.7, shape 1.5, scale 1.5: that share of the ground points is
///               raised by lift + Gamma(shape, scale) and gets the class
/// scale         range* [low, high], distribution "uniform": one factor for all axes
/// scale_z       range* [low, high], distribution "log": a factor for z
/// slope         strength* [..]: z gains a plane whose two gradients are N(0,1) times one of the strengths
/// sines         amplitude* 0.04, count 3, wave_length [30,150]: waves of up to amplitude * wave length
/// relief        probability* 1, count [1,4], height [0.7,8], gradient [0.3,2.5], bend 12, wave_length [40,200],
///               tread [4,30], steps 6, half_crest [0,6], step_share 0.3, staircase_share 0.3: steps, staircases, and
///               (the rest) ridges and ditches along bent lines; labels stay
/// jitter        sigma* s or [low, high], cut 4: normal noise; the sigma of a cloud is uniform in the range, s is [0,s]
/// shift         half_width*: the points move together, the viewpoint does not
///
/// Rotations, mirrors and factors leave the viewpoint where it is (where it is far off, both move together). Fields
/// follow their points and normals turn with the surface. A selection that would leave nothing is not made.
class Augmentation {
 public:
  Augmentation() = default;
  /// classes: the names that "class" and "ground" may use, in the order of the labels.
  /// Throws Error for an unknown key (naming the nearest) or a value out of range; `key` is the recipe's for the chain.
  explicit Augmentation(const Json& description, const std::vector<std::string>& classes = {},
                        const std::string& key = "augment");
  /// Applies the chain; the result depends on the draw and the sample only. Thread-safe.
  Sample operator()(Sample sample, const Draw& draw) const;

 private:
  struct Entry;
  std::shared_ptr<const std::vector<Entry>> entries_;
};

}  // namespace treewalk
