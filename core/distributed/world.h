// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/distributed/piece_tree.h"
#include "treewalk/cloud.h"
#include "treewalk/world.h"

namespace treewalk {

/// Another process ended, or did not answer within the limit. What this process holds is as it was before the call.
class LostProcess : public Error {
 public:
  using Error::Error;
};

/// The processes that work together, over LibTorch's Gloo on TCP; only world.cpp knows that. Each call but next() is
/// made by all of them, in the same order; it waits for the others, and throws LostProcess for one that ended or does
/// not come within the limit. One thread at a time.
class World {
 public:
  /// Null where there is one process alone. Otherwise waits until all have come. Throws Error, which says who is
  /// missing, where they cannot meet.
  static std::unique_ptr<World> join(const WorldOptions& options);
  virtual ~World() = default;

  int rank() const { return rank_; }
  int size() const { return size_; }
  /// Of the processes on this machine, by rank: which this one is.
  int local_rank() const { return local_rank_; }
  /// Cores for this process: those that it may use, over the processes that may use the same ones.
  int cores() const { return cores_; }
  /// One sentence: how many processes on which machines.
  const std::string& about() const { return about_; }

  /// The numbers of all ranks, one after the other; each rank gives equally many, at least one.
  std::vector<double> gather_numbers(const std::vector<double>& own);
  /// The texts of all ranks, by rank.
  std::vector<std::string> gather_texts(const std::string& own);
  /// Overwrites a contiguous tensor of the CPU by that of rank 0.
  virtual void broadcast(const at::Tensor& tensor) = 0;
  /// The sum of `pieces` flat float tensors of the CPU, of equal length, in the order of the tree (piece_tree.h): own
  /// holds those over this rank's spans_of_rank, in order. All ranks get the same bits, and these do not depend on the
  /// number of ranks. At least as many pieces as ranks. Each sends and receives about twice the bytes of a tensor where
  /// they are as many halves of halves of the pieces, and a few times more otherwise.
  at::Tensor sum(const std::vector<at::Tensor>& own, std::int64_t pieces);
  /// Waits until all are here.
  void barrier() { gather_numbers({0}); }
  /// A counter that all share: 0 at the first call of any, then 1, and so on. Waits for nobody but the store.
  virtual std::int64_t next(const std::string& counter) = 0;

 protected:
  World(int rank, int size) : rank_(rank), size_(size) {}
  /// Finds out who is where.
  void introduce();

 private:
  /// Sends parts of `input`, `sent[r]` numbers to rank r, and gives what came, `received[r]` numbers from rank r.
  virtual at::Tensor exchange(const at::Tensor& input, const std::vector<std::int64_t>& sent,
                              const std::vector<std::int64_t>& received) = 0;
  /// The tensors of all ranks, equally long, one after the other.
  virtual at::Tensor gather(const at::Tensor& own) = 0;

  int rank_, size_, local_rank_ = 0, cores_ = 1;
  std::string about_;
};

}  // namespace treewalk
