// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// What entries of masks bring, for attention_simd.inl, which includes it inside its anonymous namespace.

/// A row of a mask at a time: its factors, weights and their gradients.
struct MaskRow {
  using Arrays = MaskedArrays<float>;
  static constexpr bool one_width = false;
  const Arrays& a;
  const std::int64_t entries;                           ///< places for the entries of a row
  float *weight, *gradient, *factor, *factor_gradient;  ///< [heads][entries]; factor: [1][entries] where heads share it

  static std::int64_t floats(const Arrays& a, std::int64_t longest) {
    return 4 * std::int64_t(a.heads) * (padded(longest) + kLanes);
  }
  MaskRow(const Arrays& arrays, std::int64_t longest, float* memory)
      : a(arrays), entries(padded(longest) + kLanes), weight(memory) {
    const std::int64_t size = a.heads * entries;
    gradient = memory + size;
    factor = memory + 2 * size;
    factor_gradient = memory + 3 * size;
  }

  void read(std::int64_t /*row*/, std::int64_t first, std::int64_t n) const {
    if (a.mask_heads > 1) {
      to_heads(a.mask + first * a.heads, entries, a.heads, n, factor);
    } else {
      for (std::int64_t e = 0; e < n; ++e) factor[e] = a.mask[first + e];
    }
  }

  /// Turns the dot products of each head into the weights of the values; padding lanes get 0.
  void to_weights(std::int64_t row, std::int64_t n) const {
    for (int h = 0; h < a.heads; ++h) {
      float* w = weight + h * entries;
      const float* m = factor_of(h);
      if (a.exponential) to_exponentials(w, n, a.peak[row * a.heads + h] = largest_product(w, n));
      Float<kLanes> total = {};
      for (std::int64_t e = 0; e < n; e += kLanes) {
        const Float<kLanes> x = within(load<kLanes>(w + e) * load<kLanes>(m + e), e, n, 0.f);
        store<kLanes>(w + e, x);
        total += x;
      }
      const float denominator = sum_of<kLanes>(total) + a.epsilon, normal = denominator != 0 ? 1 / denominator : 0;
      a.denominator[row * a.heads + h] = denominator;
      for (std::int64_t e = 0; e < n; e += kLanes) store<kLanes>(w + e, load<kLanes>(w + e) * normal);
    }
  }

  void finish_forward(std::int64_t /*row*/, std::int64_t /*first*/, std::int64_t /*n*/) const {}

  void start_backward(std::int64_t /*piece*/) const {}

  template <class Products>
  void load_weights(std::int64_t row, std::int64_t first, std::int64_t n, const Products& products) const {
    products.dots(a.heads, a.features, a.query + row * a.query_stride, a.key, a.key_stride, a.column + first, n, weight,
                  entries);
  }

  /// Turns the dot products into weights, and the gradients of those into gradients of products and factors.
  template <class Products>
  void to_gradients(std::int64_t row, std::int64_t n, const float* out_gradient, const float* out,
                    const Products& products) const {
    for (int h = 0; h < a.heads; ++h) {
      const float mean = products.dot(a.width, out_gradient + h * a.width, out + h * a.width);
      const float total = a.denominator[row * a.heads + h], normal = total != 0 ? 1 / total : 0;
      float *w = weight + h * entries, *change = gradient + h * entries, *of_factor = factor_gradient + h * entries;
      const float* factors = factor_of(h);
      if (a.exponential) to_exponentials(w, n, a.peak[row * a.heads + h]);
      for (std::int64_t e = 0; e < n; e += kLanes) {
        const Float<kLanes> d = (load<kLanes>(change + e) - mean) * normal, m = load<kLanes>(factors + e);
        const Float<kLanes> product = load<kLanes>(w + e);
        store<kLanes>(change + e, a.exponential ? m * d * product : m * d);
        store<kLanes>(of_factor + e, product * d);
        store<kLanes>(w + e, product * m * normal);
      }
    }
  }

  void finish_backward(std::int64_t /*row*/, std::int64_t first, std::int64_t n) const {
    to_entries(weight, entries, a.heads, n, a.weight + first * a.heads);
    if (a.mask_gradient) to_entries(factor_gradient, entries, a.heads, n, a.mask_gradient + first * a.heads);
  }

 private:
  const float* factor_of(int head) const { return factor + (a.mask_heads > 1 ? head * entries : 0); }

  static float largest_product(const float* product, std::int64_t n) {
    Float<kLanes> highest = all(-__builtin_inff());
    for (std::int64_t e = 0; e < n; e += kLanes)
      highest = larger<kLanes>(within(load<kLanes>(product + e), e, n, -__builtin_inff()), highest);
    return largest_of<kLanes>(highest);
  }
  static void to_exponentials(float* product, std::int64_t n, float peak) {
    for (std::int64_t e = 0; e < n; e += kLanes)
      store<kLanes>(product + e, exponential(load<kLanes>(product + e) - peak));
  }
};
