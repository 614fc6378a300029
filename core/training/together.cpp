// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/together.h"

#include <exception>

#include "core/device/devices.h"
#include "core/device/public_errors.h"
#include "core/device/sha256.h"

namespace treewalk {

void together(World* world, const std::function<void()>& work) {
  if (!world) return work();
  std::string failure;
  std::exception_ptr own;
  try {
    with_public_errors(work);
  } catch (const std::exception& error) {
    own = std::current_exception();
    failure = error.what();
    if (failure.empty()) failure = "an error";
  }
  std::vector<std::string> failures;
  try {
    failures = world->gather_texts(failure);
  } catch (const LostProcess&) {
    if (!own) throw;
  }
  if (own) std::rethrow_exception(own);
  for (std::size_t r = 0; r < failures.size(); ++r)
    if (!failures[r].empty()) throw Error("rank " + std::to_string(r) + " cannot go on: " + failures[r]);
}

bool as_rank_0(World* world, bool value) {
  return world ? world->gather_numbers({static_cast<double>(value)}).front() != 0 : value;
}

void check_same_training(World* world, const std::string& print) {
  if (!world) return;
  Sha256 sum;
  const std::string text = TREEWALK_VERSION + print;
  sum.add(text.data(), text.size());
  const auto sums = world->gather_texts(sum.digits());
  for (std::size_t r = 1; r < sums.size(); ++r)
    if (sums[r] != sums[0])
      throw Error("rank " + std::to_string(r) +
                  " has another recipe, seed, number of epochs or list of training clouds than rank 0, or is another "
                  "version of treewalk; all processes need the same");
}

void check_pieces(const World* world, int batch, int pieces) {
  if (!world || pieces >= world->size()) return;
  const std::string shared = " cannot be shared out among " + std::to_string(world->size()) + " processes";
  if (batch < world->size())
    throw Error("a batch of " + std::to_string(batch) + shared +
                ", each of which takes whole clouds; start fewer, or change the recipe's training.batch (and "
                "learning_rate with it)");
  throw Error("a batch in " + std::to_string(pieces) + " pieces" + shared +
              "; start fewer, or change training.pieces, by which the model changes a little");
}

c10::Device device_of_rank(const World* world, const std::string& name) {
  const auto device = device_named(name);
  if (!world || device.is_cpu() || name.find(':') != std::string::npos) return device;
  return device_named((name == "auto" ? "cuda" : name) + ":" + std::to_string(world->local_rank()));
}

void take_over(World* world, Optimizer& optimizer, Progress& progress) {
  if (!world) return;
  const auto state = optimizer.state();
  world->broadcast(state);
  const auto numbers = world->gather_numbers({static_cast<double>(progress.step), progress.loss_sum,
                                              static_cast<double>(progress.loss_count), progress.seconds});
  progress.step = static_cast<std::int64_t>(numbers[0]);
  progress.loss_sum = numbers[1];
  progress.loss_count = static_cast<std::int64_t>(numbers[2]);
  progress.seconds = numbers[3];
  optimizer.restore(state, progress.step);
}

std::string gradients_made(World* world, std::int64_t made) {
  std::string text = "gradients of clouds that each rank made:";
  const auto all = world ? world->gather_numbers({static_cast<double>(made)}) : std::vector<double>{double(made)};
  for (std::size_t r = 0; r < all.size(); ++r)
    text += (r == 0 ? " " : ", ") + std::to_string(static_cast<std::int64_t>(all[r]));
  return text;
}

}  // namespace treewalk
