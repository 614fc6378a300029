// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/piece_steps.h"

#include <algorithm>
#include <exception>
#include <string>

#include "core/training/step.h"

namespace treewalk {
namespace {

constexpr std::size_t kStop = 0, kFailed = 1, kPoints = 2, kHead = 3;  // of what a process tells the others

/// At least as many as there are loss_weights(), and the same number in all processes.
std::size_t terms_of(const Recipe& recipe) { return 3 + 3 * static_cast<std::size_t>(recipe.scene.levels); }

}  // namespace

PieceSteps::PieceSteps(const Recipe& recipe, const Network& network, const DataLoader& load, World* world, bool mixed)
    : recipe_(recipe),
      network_(network),
      load_(load),
      world_(world),
      mixed_(mixed),
      count_(std::max(1, recipe.training.pieces)),
      own_(world ? pieces_of_rank(count_, world->rank(), world->size()) : PieceSpan{0, count_}) {}

std::vector<Batch> PieceSteps::pieces(std::int64_t step) const {
  std::vector<Batch> pieces;
  for (auto piece = own_.first; piece < own_.last; ++piece) {
    const auto clouds = pieces_of_rank(recipe_.training.batch, static_cast<int>(piece), static_cast<int>(count_));
    pieces.push_back(load_.part(step, clouds.first, clouds.last));
  }
  return pieces;
}

/// Tells the other processes of this one's pieces, hears of theirs, and so knows the weights of the whole batch.
StepResult PieceSteps::agree(const std::vector<Batch>& pieces, bool stop, bool failed, std::int64_t step) {
  const auto ranks = world_ ? world_->size() : 1;
  const auto most = static_cast<std::size_t>((count_ + ranks - 1) / ranks), terms = terms_of(recipe_);
  std::vector<double> own(kHead + most * terms);  // as long in all processes
  own[kStop] = stop, own[kFailed] = failed;
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    own[kPoints] += static_cast<double>(pieces[p].points);
    const auto weights = loss_weights(pieces[p], recipe_.training);
    std::copy(weights.begin(), weights.end(), own.begin() + static_cast<std::ptrdiff_t>(kHead + p * terms));
  }
  const auto values = world_ ? world_->gather_numbers(own) : own;
  StepResult result;
  all_.assign(terms, 0);
  for (std::size_t r = 0; r * own.size() < values.size(); ++r) {
    const double* of_rank = values.data() + r * own.size();
    if (of_rank[kFailed] != 0 && !failed)
      throw Error("rank " + std::to_string(r) + " has no clouds for step " + std::to_string(step) +
                  " of the training, and says why");
    result.stopped |= of_rank[kStop] != 0;
    result.points += static_cast<std::int64_t>(of_rank[kPoints]);
    for (std::size_t i = kHead; i < own.size(); ++i) all_[(i - kHead) % terms] += of_rank[i];  // in the batch's order
  }
  return result;
}

/// The gradient of one piece with the loss behind it; number: of the piece, over all steps.
at::Tensor PieceSteps::gradient(const Batch& piece, const Weights& weights, std::int64_t number) const {
  const auto& spec = recipe_.training;
  Dropout dropout(spec.seed, static_cast<std::uint64_t>(number), spec.dropout, spec.head_dropout);
  const auto used = mixed_ ? with_products_in(at::kBFloat16, network_.parameters(), weights) : weights;
  return gradient_and_loss(batch_loss(network_, used, piece, spec, &dropout, count_ > 1 ? &all_ : nullptr), weights);
}

StepResult PieceSteps::take(const std::function<std::vector<Batch>()>& next, const Weights& weights,
                            Optimizer& optimizer, bool stop) {
  std::vector<Batch> pieces;
  std::exception_ptr failure;
  try {
    pieces = next();
  } catch (...) {
    if (!world_) throw;
    failure = std::current_exception();
  }
  StepResult result;
  if (count_ > 1)
    result = agree(pieces, stop, failure != nullptr, optimizer.step());
  else
    result.points = pieces.front().points;
  if (failure) std::rethrow_exception(failure);
  if (result.stopped) return result;

  const auto gradient_of = [&](const PieceSpan& piece) {
    return gradient(pieces[static_cast<std::size_t>(piece.first - own_.first)], weights,
                    optimizer.step() * count_ + piece.first);
  };
  const auto sum = [&](const PieceSpan& span) {
    return sum_over(
        span, [](const PieceSpan& piece) { return piece.size() == 1; }, gradient_of,
        [](at::Tensor a, const at::Tensor& b) { return a.add_(b); });
  };
  at::Tensor total;
  if (world_) {
    std::vector<at::Tensor> sums;
    for (const auto& span : spans_of_rank(count_, world_->rank(), world_->size())) sums.push_back(sum(span).cpu());
    total = world_->sum(sums, count_).to(weights.front().device());
  } else {
    total = sum({0, count_});
  }
  made_ += pieces_of_rank(recipe_.training.batch, static_cast<int>(own_.last - 1), static_cast<int>(count_)).last -
           pieces_of_rank(recipe_.training.batch, static_cast<int>(own_.first), static_cast<int>(count_)).first;
  const auto numel = total.numel() - 1;
  result.loss =
      step_by_gradients(total[numel], {total.narrow(0, 0, numel)}, optimizer, "absurd coordinates in the data");
  return result;
}

}  // namespace treewalk
