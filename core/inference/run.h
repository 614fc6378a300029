// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>

#include "core/device/stopwatch.h"
#include "core/model/model_file.h"
#include "treewalk/session.h"

namespace treewalk {

/// One run of a model over a cloud: where it runs, and what it tells on the way.
struct Run {
  const Model& model;
  const Weights& weights;  ///< the model's, on the device
  const RunOptions& options;
  c10::Device device;
  Stopwatch watch{};
  CloudMeasure size{};         ///< of the cloud, where its cells have a size of their own
  double from = 0, until = 1;  ///< of the whole work, the part that is being done

  /// A stage begins, so far (0..1) into that part. Throws Cancelled on request.
  void begin(const std::string& stage, double share) {
    watch.start(stage);
    report(stage, at(share));
  }
  /// So far into that part, of the whole work.
  double at(double share) const { return from + share * (until - from); }
  /// done: of the whole work.
  void report(const std::string& stage, double done) const {
    if (options.progress && !options.progress(done, stage)) throw Cancelled();
  }
};

}  // namespace treewalk
