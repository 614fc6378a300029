// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/cloud_steps.h"

#include <algorithm>
#include <exception>
#include <string>

#include "core/training/step.h"

namespace treewalk {
namespace {

constexpr std::size_t kStop = 0, kFailed = 1, kPoints = 2, kHead = 3;  // of what a process tells the others

/// At least as many as there are terms in loss_weights(), and the same number in all processes.
std::size_t terms_of(const Recipe& recipe) { return 3 + 3 * static_cast<std::size_t>(recipe.scene.levels); }

}  // namespace

PieceSpan CloudSteps::own() const {
  const auto batch = recipe_.training.batch;
  return world_ ? pieces_of_rank(batch, world_->rank(), world_->size()) : PieceSpan{0, batch};
}

std::vector<Batch> CloudSteps::clouds(std::int64_t step) const {
  std::vector<Batch> clouds;
  const auto places = own();
  for (auto place = places.first; place < places.last; ++place) clouds.push_back(load_.cloud(step, place));
  return clouds;
}

/// What this process tells the others before a step: the same number of values in all of them.
std::vector<double> CloudSteps::told(const std::vector<Batch>& clouds, bool stop, bool failed) const {
  const auto ranks = static_cast<std::size_t>(world_ ? world_->size() : 1);
  const auto most = (static_cast<std::size_t>(recipe_.training.batch) + ranks - 1) / ranks, terms = terms_of(recipe_);
  std::vector<double> values(kHead + most * terms);
  values[kStop] = stop, values[kFailed] = failed;
  for (std::size_t c = 0; c < clouds.size(); ++c) {
    values[kPoints] += static_cast<double>(clouds[c].points);
    const auto weights = loss_weights(clouds[c], recipe_.training);
    std::copy(weights.begin(), weights.end(), values.begin() + static_cast<std::ptrdiff_t>(kHead + c * terms));
  }
  return values;
}

at::Tensor CloudSteps::gradient(const Batch& cloud, const Weights& weights, std::int64_t number,
                                const std::vector<double>& all) {
  const auto& spec = recipe_.training;
  Dropout dropout(spec.seed, static_cast<std::uint64_t>(number), spec.dropout, spec.head_dropout);
  const auto used = mixed_ ? with_products_in(at::kBFloat16, network_.parameters(), weights) : weights;
  ++made_;
  return gradient_and_loss(batch_loss(network_, used, cloud, spec, &dropout, &all), weights);
}

StepResult CloudSteps::take(const std::function<std::vector<Batch>()>& next, const Weights& weights,
                            Optimizer& optimizer, bool stop) {
  std::vector<Batch> clouds;
  std::exception_ptr failure;
  try {
    clouds = next();
  } catch (...) {
    if (!world_) throw;
    failure = std::current_exception();
  }
  const auto own_values = told(clouds, stop, failure != nullptr);
  const auto values = world_ ? world_->gather_numbers(own_values) : own_values;
  if (failure) std::rethrow_exception(failure);
  StepResult result;
  const auto terms = terms_of(recipe_);
  std::vector<double> all(terms);  // summed in the order of the batch
  for (std::size_t r = 0; r * own_values.size() < values.size(); ++r) {
    const double* of_rank = values.data() + r * own_values.size();
    if (of_rank[kFailed] != 0)
      throw Error("rank " + std::to_string(r) + " has no clouds for step " + std::to_string(optimizer.step()) +
                  " of the training, and says why");
    result.stopped |= of_rank[kStop] != 0;
    result.points += static_cast<std::int64_t>(of_rank[kPoints]);
    for (std::size_t i = kHead; i < own_values.size(); ++i) all[(i - kHead) % terms] += of_rank[i];
  }
  if (result.stopped) return result;

  const std::int64_t batch = recipe_.training.batch, first = own().first;
  const auto gradient_of = [&](const PieceSpan& piece) {
    return gradient(clouds[static_cast<std::size_t>(piece.first - first)], weights,
                    optimizer.step() * batch + piece.first, all);
  };
  const auto sum = [&](const PieceSpan& span) {
    return sum_over(
        span, [](const PieceSpan& piece) { return piece.size() == 1; }, gradient_of,
        [](at::Tensor a, const at::Tensor& b) { return a.add_(b); });
  };
  at::Tensor total;
  if (world_) {
    std::vector<at::Tensor> sums;
    for (const auto& span : spans_of_rank(batch, world_->rank(), world_->size())) sums.push_back(sum(span).cpu());
    total = world_->sum(sums, batch).to(weights.front().device());
  } else {
    total = sum({0, batch});
  }
  const auto numel = total.numel() - 1;
  result.loss =
      step_by_gradients(total[numel], {total.narrow(0, 0, numel)}, optimizer, "absurd coordinates in the data");
  return result;
}

}  // namespace treewalk
