// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/network/network.h"
#include "core/training/example.h"

namespace treewalk {

/// The clouds of a training step, merged and ready for the network; input.points are those that enter the loss. All on
/// the device of the training but `category`, which stays on the CPU.
struct Batch {
  NetworkInput input;
  at::Tensor target;                     ///< of points [S,columns] or of clouds [clouds,classes]; see smoothed_targets
  std::vector<at::Tensor> cell_target;   ///< segmentation: per level [n_l,columns]; see cell_targets
  at::Tensor leaf_label;                 ///< segmentation with learned clusters: see leaf_labels
  Csr coarse;                            ///< segmentation: the classes of each column behind theirs, if there are any
  at::Tensor category, category_target;  ///< models of parts: [clouds] int32; [clouds,categories]
  std::int64_t points = 0;
};

/// At least one example, all of one recipe; rows and masks are made on the device.
Batch collate(std::vector<Example> examples, const Network& network, c10::Device device);

/// What each term of batch_loss() is divided by: the weight of the labels that it is about, or a number of cells or of
/// neighbours. Batches of one recipe have the same terms, and those of a merged batch are the sums of its clouds'.
std::vector<double> loss_weights(const Batch& batch, const TrainingSpec& training);

/// Loss of a batch: cross-entropy of points (or clouds) and, weighted, of every level's cells and of the categories.
/// all: the loss_weights of all that is learned from in this step, by which the terms are divided instead of those of
/// this batch; then the losses of the clouds of a batch sum to that of the batch.
at::Tensor batch_loss(const Network& network, const Weights& weights, const Batch& batch, const TrainingSpec& training,
                      Dropout* dropout = nullptr, const std::vector<double>* all = nullptr);

}  // namespace treewalk
