// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <vector>

#include "core/inference/run.h"
#include "core/network/steps.h"
#include "treewalk/session.h"

namespace treewalk {

/// Which node of a level of the model's hierarchy each point lies in: what Session::clusters says. Of a hierarchy that
/// is made with the cloud no field is read and no network runs; where the network chooses, it runs as far as that.
Clustering clusters_of(Run& run, const CloudView& cloud, int level);

/// Of a network's steps the first ones, up to the last that chooses the nodes of `level` or of one below; none where
/// there is no choice.
std::vector<Step> steps_that_choose(const std::vector<Step>& steps, int level);

}  // namespace treewalk
