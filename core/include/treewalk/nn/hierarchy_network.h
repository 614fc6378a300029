// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "treewalk/nn/tree.h"

namespace at {
class Tensor;  // LibTorch's, which code that calls these functions includes itself
}

namespace treewalk::nn {

/// \ingroup core
/// Attention over families of a hierarchy as a differentiable LibTorch function: the network that a recipe describes,
/// without heads, over a tree of one's own. On the CPU, or the GPU of the features. Only parameters() change, so any
/// number of threads may call it meanwhile.
class TREEWALK_EXPORT HierarchyNetwork {
 public:
  /// Throws Error for a network that recipes cannot have.
  /// \param network the section "network" of a recipe, as JSON: {"widths": [32, 32, 64]} is enough and has a level for
  /// each width; what belongs to clouds and cells is left out, and "hierarchy" is "fixed" or "learned"
  /// \param columns of the features of each level's nodes, finest first; levels that are not named, or have 0, begin
  /// with zeros and know what they get from the levels below
  /// \param seed of the parameters
  HierarchyNetwork(const std::string& network, const std::vector<int>& columns, std::uint64_t seed = 0);
  ~HierarchyNetwork();
  HierarchyNetwork(HierarchyNetwork&&) noexcept;  ///< The other may only be assigned to after that.
  /// Moves likewise.
  /// \return this
  HierarchyNetwork& operator=(HierarchyNetwork&&) noexcept;

  /// What an optimiser changes in place: float32 leaves on the CPU that require gradients.
  /// \return as many as names()
  std::vector<at::Tensor> parameters() const;
  /// Their names, as in model files.
  /// \return one for each parameter
  std::vector<std::string> names() const;

  /// A tree that was checked, with all that is worked out of it once.
  class Prepared {
    friend class HierarchyNetwork;
    struct Impl;
    std::shared_ptr<const Impl> impl_;
  };
  /// Prepares a tree; worth it where it is used more than once. Throws Error for a tree that breaks the rules of
  /// tree.h, or has another number of levels than the network.
  /// \param tree with as many levels as the network has widths
  /// \return what the calls below take
  Prepared prepare(const Tree& tree) const;

  /// What the network makes of the nodes of every level.
  struct Rows {
    std::vector<at::Tensor> level;   ///< [n_l, width_l] for each level, finest first; differentiable
    std::vector<at::Tensor> parent;  ///< [n_l] int32 for all levels but the last: given, or chosen by the network
  };
  /// Runs the network. Differentiable in parameters and features; the same bits for any number of threads. Throws Error
  /// for features of another shape or type.
  /// \param features float32 [n_l, columns of level l] for each level that has columns, on one device; for others, and
  /// behind the last one, undefined or left out
  /// \param tree that was prepared by this network
  /// \return rows of all levels
  Rows operator()(const std::vector<at::Tensor>& features, const Prepared& tree) const;
  /// The same for a tree that is used once.
  /// \param features likewise
  /// \param tree with as many levels as the network has widths
  /// \return rows of all levels
  Rows operator()(const std::vector<at::Tensor>& features, const Tree& tree) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace treewalk::nn
