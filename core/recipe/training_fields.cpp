// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/recipe/recipe_fields.h"

namespace treewalk {

const KeyFields<TrainingSpec>& training_fields() {
  constexpr double many = 1e9;
  using T = TrainingSpec;
  static const KeyFields<T> fields{
      field("epochs", &T::epochs, 1, 1e6, "passes over the data"),
      field("steps_per_epoch", &T::steps_per_epoch, 0, many,
            "updates that make a pass; 0: as many as there are training clouds, over the batch"),
      field("batch", &T::batch, 1, 4096, "clouds a step"),
      field("pieces", &T::pieces, 0, 4096,
            "pieces of whole clouds that a step's batch is cut into, whose gradients are made one by one and summed; "
            "several processes (docs/distributed.md) share them out, and give the same model for any number of them")
          .otherwise("1, or of several processes as many as the batch has clouds"),
      field("seed", &T::seed, "of everything random; the same seed gives the same model, bit for bit on a CPU"),
      field("learning_rate", &T::learning_rate, 0, 10, "of AdamW, at its highest"),
      field("warmup", &T::warmup, 0, many, "steps over which the learning rate rises to that"),
      field("final_rate", &T::final_rate, 0, 1, "share of the learning rate to which it falls in the end, as a cosine"),
      field("weight_decay", &T::weight_decay, 0, 10, "of AdamW, times the learning rate"),
      field("beta1", &T::beta1, 0, 0.999999, "decay of AdamW's mean of gradients"),
      field("beta2", &T::beta2, 0, 0.999999, "decay of AdamW's mean of squared gradients"),
      field("clip", &T::clip, 0, many, "norm to which longer gradients are shortened"),
      field("ema", &T::ema, 0, 0.999999, "cap of the decay of the weights' moving average, which the model holds"),
      field("loss_points", &T::loss_points, 1, many, "segmentation: labelled points of a step that enter the loss"),
      field("label_smoothing", &T::label_smoothing, 0, 0.999, "share of a label's weight that all classes get alike"),
      field("class_weights", &T::class_weights, 0, 1e6,
            "weight of each class in the loss, above 0, and of a coarse label the mean of its classes'; empty: 1 for "
            "all"),
      field("auxiliary", &T::auxiliary, 0, 100, "segmentation: weight of the loss of the cells of all levels"),
      field("dropout", &T::dropout, 0, 0.95, "probability of dropping a number on a residual branch"),
      field("head_dropout", &T::head_dropout, 0, 0.95, "the same in the hidden layer of a head"),
      field("feature_dropout", &T::feature_dropout, 0, 0.999, "the same of the inputs"),
      field("category_weight", &T::category_weight, 0, 100, "models of parts: weight of the loss of the category"),
      field("category_smoothing", &T::category_smoothing, 0, 0.999, "models of parts: label smoothing of categories"),
      field("partition_weight", &T::partition_weight, 0, 100,
            "segmentation, hierarchy \"learned\": weight of the loss by which clusters tell their points' labels"),
      field("compact_weight", &T::compact_weight, 0, 100,
            "hierarchy \"learned\": weight of the cells' mean squared distance from their clusters"),
      field("link_weight", &T::link_weight, 0, 100,
            "hierarchy \"learned\": weight of a loss by which neighbours should share a cluster"),
      field("temperature", &T::temperature, 0.001, 1000,
            "what scores are divided by before they become confidences, where no split \"val\" is there to fit it"),
      field("category_temperature", &T::category_temperature, 0.001, 1000, "models of parts: the same of categories"),
      field("balance", &T::balance,
            "regular expression on the last part of clouds' names: what its first group finds names a stratum, strata "
            "are drawn alike often, then one of their clouds; names without a group are one more stratum; empty, or no "
            "name with a group: clouds in turn"),
      field("size_jitter", &T::size_jitter, 0, 10,
            "normalised clouds: deviation of the log of the size that the feature \"size\" is told"),
      object("augment_before", &T::augment_before, augment_fields(),
             "random changes before a normalised cloud is brought into its pose; keys as in \"augment\""),
      object("augment", &T::augment, augment_fields(),
             "random changes of a cloud each time it is drawn, in the order of this list whatever the order in the "
             "file; of each but \"limit\", \"probability\" says how often it is made"),
  };
  return fields;
}

}  // namespace treewalk
