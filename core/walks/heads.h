// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

namespace treewalk {

template <int Heads>
struct Constant {
  static constexpr int value = Heads;
};
/// with(a constant for the number of heads, 0 if it is an unusual one).
template <class With>
void with_heads(int heads, const With& with) {
  heads == 1   ? with(Constant<1>())
  : heads == 2 ? with(Constant<2>())
  : heads == 4 ? with(Constant<4>())
  : heads == 8 ? with(Constant<8>())
               : with(Constant<0>());
}

}  // namespace treewalk
