// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/recipe/recipe_fields.h"

// Each change draws from its own stream of (seed, step, key), so adding or removing one leaves the draws of the others
// as they were. Rotations, mirrors and factors leave the viewpoint where it is (where it is far off, both move
// together). Fields follow their points and normals turn with the surface. A selection that would leave nothing is not
// made.
namespace treewalk {
namespace {

constexpr double kFar = 1e9, kLarge = 1e6;
const char* const kRadians = "radians";

/// How often a change is made.
template <class S>
KeyField<S> probability() {
  return field("probability", &S::probability, 0, 1, "how often the change is made");
}

template <class S>
KeyField<S> distribution() {
  return choice("distribution", &S::log, {"uniform", "log"}, "how it is drawn: uniformly, or its logarithm");
}

bool are_axes(const std::string& axes) { return !axes.empty() && axes.find_first_not_of("xyz") == std::string::npos; }

// Moves of the whole cloud.

KeyFields<AugmentSpec> deformations() {
  return {
      object("quantisation", &AugmentSpec::quantisation,
             {field("half_width", &Quantisation::half_width, 0, kLarge, "the noise is uniform within +- this")
                  .in("units of the clouds"),
              choice("axis", &Quantisation::axis, {"x", "y", "z"}, "which coordinate"), probability<Quantisation>()},
             "half_width", "noise on one axis, which undoes coarse rounding"),
      object("stretch", &AugmentSpec::stretch,
             {interval("range", &Stretch::range, 1e-3, 1e3, "of the factors"), distribution<Stretch>(),
              probability<Stretch>()},
             "range", "a factor for each axis"),
      object(
          "warp", &AugmentSpec::warp,
          {field("amplitude", &Warp::amplitude, 0, 0.9, "largest slope of a wave"),
           interval("frequency", &Warp::frequency, 1e-3, 1e3, "of a wave").in("radians per half of the longest side"),
           field("terms", &Warp::terms, 1, 100, "how many waves"), probability<Warp>()},
          "amplitude", "smooth bending by waves"),
      object("turn", &AugmentSpec::turn,
             {field("angle", &Turn::angle, 0, 3.1416, "uniform within +- this").in(kRadians),
              choice("axis", &Turn::axis, {"x", "y", "z"}, "about which"), probability<Turn>()},
             "angle", "rotation about an axis"),
      object("roll", &AugmentSpec::roll,
             {field("angle", &Roll::angle, 0, 3.1416, "uniform within +- this").in(kRadians), probability<Roll>()},
             "angle", "rotation about the viewing axis, from the viewpoint to the middle of the points"),
      object("tilt", &AugmentSpec::tilt,
             {field("sigma", &Tilt::sigma, 0, 10, "deviation of the angle").in(kRadians), probability<Tilt>()}, "sigma",
             "rotation by a normal angle about a random axis"),
      object("mirror", &AugmentSpec::mirror,
             {field("probability", &Mirror::probability, 0, 1, "of each axis by itself"),
              pattern("axes", &Mirror::axes, "^[xyz]+$", are_axes, "name axes such as \"x\" or \"xyz\"",
                      "which axes may be mirrored, such as \"x\" or \"xyz\"")},
             "probability", "mirror images"),
  };
}

// Selections.

KeyFields<AugmentSpec> selections() {
  return {
      object("crop", &AugmentSpec::crop,
             {interval("ball", &Crop::ball, 0, 1, "share of the points in a ball about one of them; alone: only balls")
                  .otherwise("[0.25, 0.8]"),
              interval("half_space", &Crop::half_space, 0, 1,
                       "share of the points on one side of a plane; alone: only planes")
                  .otherwise("[0.35, 0.9]"),
              probability<Crop>()},
             "probability", "a part of the points, by a ball or a plane"),
      object("square", &AugmentSpec::square,
             {field("points", &Square::points, 1, kFar, "of the square, times exp(spread)"),
              interval("spread", &Square::spread, -20, 20, "of the logarithm of that number"),
              interval("half_size", &Square::half_size, 0, kFar, "instead of points: half the side of the square")
                  .in("units of the clouds")
                  .otherwise("by number of points"),
              field("even", &Square::even, 0, 1,
                    "how often the point in the middle is of a class that is drawn evenly from those of the cloud"),
              probability<Square>()},
             "points", "the points in a square about one of them, seen from above"),
      object("dropout", &AugmentSpec::dropout,
             {interval("keep", &PointDropout::keep, 1e-6, 1, "share of the points that stay"),
              distribution<PointDropout>(),
              field("density", &PointDropout::density, 0, 1e12,
                    "points per unit of ground area below which none is left out"),
              probability<PointDropout>()},
             "keep", "points left out at random"),
      object("blocks", &AugmentSpec::blocks,
             {field("share", &EmptyBlocks::share, 0, 1, "largest share of the blocks"),
              field("size", &EmptyBlocks::size, 1e-9, kFar, "edge of a block").in("units of the clouds"),
              probability<EmptyBlocks>()},
             "share", "cubic blocks that are emptied"),
      object("limit", &AugmentSpec::limit, {field("points", &Limit::points, 1, 1e12, "how many stay").needed()},
             "points", "only the points nearest to the middle of the last crop or square, or of the cloud's box"),
      object(
          "forget", &AugmentSpec::forget,
          {names("field", &Forget::field, input_field_names(), "which: a name or a list, each drawn by itself", true),
           probability<Forget>()},
          "field", "a field that all points lose, as if the cloud had come without"),
      object("gain", &AugmentSpec::gain,
             {interval("range", &Gain::range, 1e-6, 1e6, "of the factor"), distribution<Gain>(), probability<Gain>()},
             "range", "a factor for the intensities"),
  };
}

// Objects on the ground and the ground's own form.

template <class S>
KeyField<S> ground() {
  return names("ground", &S::ground, {}, "classes on which they may stand: a name or a list", true).needed();
}

template <class S>
KeyField<S> own_class() {
  return field("class", &S::object, "name of the class that their points get").needed();
}

KeyFields<AugmentSpec> objects() {
  using B = Buildings;
  using V = Vegetation;
  using W = Wires;
  return {
      object("buildings", &AugmentSpec::buildings,
             {own_class<B>(), ground<B>(), interval("count", &B::count, 1, 1000, "how many"),
              interval("half_size", &B::half_size, 1e-6, kLarge, "half a side, its logarithm uniform").in("metres"),
              interval("height", &B::height, -kLarge, kLarge, "of the eaves over the median ground").in("metres"),
              field("gabled", &B::gabled, 0, 1, "share with a gable, the others are flat"),
              interval("pitch", &B::pitch, 0, 100, "slope of a gable"),
              field("share", &B::share, 0, 1, "a rectangle with more than this share of the points is left out"),
              probability<B>()},
             "", "all points of a rectangle move to a roof"),
      object("vegetation", &AugmentSpec::vegetation,
             {own_class<V>(), ground<V>(), interval("share", &V::share, 0, 1, "of the ground points"),
              field("lift", &V::lift, 0, kLarge, "least height").in("metres"),
              field("shape", &V::shape, 1, 100, "of the gamma distribution of the height above that"),
              field("scale", &V::scale, 0, kLarge, "of that distribution").in("metres"), probability<V>()},
             "", "ground points that are raised"),
      object(
          "wires", &AugmentSpec::wires,
          {own_class<W>(), ground<W>(), interval("count", &W::count, 1, 1000, "how many lines"),
           interval("conductors", &W::conductors, 1, 1000, "of a line, side by side"),
           interval("height", &W::height, -kLarge, kLarge, "of the lowest over the ground along the line").in("metres"),
           interval("share", &W::share, 1e-6, 1, "of the ground points below that hang on a conductor"),
           field("spacing", &W::spacing, 0.5, kLarge, "largest distance between conductors").in("metres"),
           field("sag", &W::sag, 0, 1, "largest sag, over the distance of the masts"),
           field("strip", &W::width, 1e-3, kLarge, "width of the ground whose points a conductor takes").in("metres"),
           probability<W>()},
          "", "ground points that hang on power lines"),
  };
}

KeyFields<AugmentSpec> terrain() {
  using R = Relief;
  return {
      object(
          "scale", &AugmentSpec::scale,
          {interval("range", &Scale::range, 1e-3, 1e3, "of the factor"), distribution<Scale>(), probability<Scale>()},
          "range", "one factor for all axes"),
      object("scale_z", &AugmentSpec::scale_z,
             {interval("range", &ScaleZ::range, 1e-3, 1e3, "of the factor"), distribution<ScaleZ>(),
              probability<ScaleZ>()},
             "range", "a factor for z"),
      object("slope", &AugmentSpec::slope,
             {field("strength", &Slope::strength, "deviations of the two gradients, of which one is drawn").needed(),
              probability<Slope>()},
             "strength", "a plane that is added to z"),
      object("sines", &AugmentSpec::sines,
             {field("amplitude", &Sines::amplitude, 0, 10, "largest height over the wave length"),
              field("count", &Sines::count, 1, 100, "how many waves"),
              interval("wave_length", &Sines::wave_length, 1e-6, kFar, "of a wave").in("units of the clouds"),
              probability<Sines>()},
             "amplitude", "waves that are added to z"),
      object("relief", &AugmentSpec::relief,
             {probability<R>(), interval("count", &R::count, 1, 1000, "how many lines"),
              interval("height", &R::height, 1e-6, kLarge, "of a line").in("metres"),
              interval("gradient", &R::gradient, 1e-3, 1e3, "of its flanks"),
              field("bend", &R::bend, 0, kLarge, "by how much a line bends").in("metres"),
              interval("wave_length", &R::wave_length, 1e-6, kFar, "of its bends").in("metres"),
              field("step_share", &R::step_share, 0, 1, "of lines that are one step"),
              field("staircase_share", &R::staircase_share, 0, 1,
                    "of lines that are staircases; the rest are ridges and ditches"),
              interval("tread", &R::tread, 0, kLarge, "of a staircase").in("metres"),
              field("steps", &R::steps, 1, 100, "of a staircase, at most"),
              interval("half_crest", &R::half_crest, 0, kLarge, "half the width of a ridge's crest").in("metres")},
             "probability", "steps, staircases, ridges and ditches along bent lines; labels stay"),
      object("jitter", &AugmentSpec::jitter,
             {interval("sigma", &Jitter::sigma, 0, kLarge, "deviation, drawn for each cloud; s alone: up to s", true)
                  .in("units of the clouds"),
              field("cut", &Jitter::cut, 0.1, 100, "deviations beyond which noise is cut"), probability<Jitter>()},
             "sigma", "normal noise on every coordinate"),
      object("shift", &AugmentSpec::shift,
             {field("half_width", &Shift::half_width, 0, kLarge, "uniform within +- this").in("units of the clouds"),
              probability<Shift>()},
             "half_width", "all points move together, the viewpoint does not"),
  };
}

}  // namespace

const KeyFields<AugmentSpec>& augment_fields() {
  static const KeyFields<AugmentSpec> fields = [] {
    KeyFields<AugmentSpec> all = deformations();
    for (const auto& more : {selections(), objects(), terrain()}) all.insert(all.end(), more.begin(), more.end());
    return all;
  }();
  return fields;
}

}  // namespace treewalk
