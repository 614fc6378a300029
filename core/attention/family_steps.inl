// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// What entries of families bring, for attention_simd.inl, which includes it inside its anonymous namespace.

/// The records of kLanes nodes, by component.
inline void load_records(const float* node, const std::int32_t* column, Float<kLanes>* component) {
#if TREEWALK_LANES == 16
  for (int i = 0; i < 8; ++i) {
    const Float<8> a = load<8>(node + std::int64_t(column[i]) * kNodeRecord);
    const Float<8> b = load<8>(node + std::int64_t(column[i + 8]) * kNodeRecord);
    component[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  }
#elif TREEWALK_LANES == 8
  for (int i = 0; i < 8; ++i) component[i] = load<8>(node + std::int64_t(column[i]) * kNodeRecord);
#else
  for (int i = 0; i < 4; ++i) {
    component[i] = load<4>(node + std::int64_t(column[i]) * kNodeRecord);
    component[i + 4] = load<4>(node + std::int64_t(column[i]) * kNodeRecord + 4);
  }
#endif
  exchange<1, kLanes, 8>(component);
  exchange<2, kLanes, 8>(component);
#if TREEWALK_LANES > 4
  exchange<4, kLanes, 8>(component);
#endif
}

/// The reverse, to kLanes records that follow each other.
inline void store_records(float* record, Float<kLanes>* component) {
  exchange<1, kLanes, 8>(component);
  exchange<2, kLanes, 8>(component);
#if TREEWALK_LANES > 4
  exchange<4, kLanes, 8>(component);
#endif
  for (int i = 0; i < 8; ++i) {
#if TREEWALK_LANES == 16
    store<8>(record + i * 8, lower_half<8>(component[i], IndicesOf<8>::type{}));
    store<8>(record + (i + 8) * 8, upper_half<8>(component[i], IndicesOf<8>::type{}));
#elif TREEWALK_LANES == 8
    store<8>(record + i * 8, component[i]);
#else
    store<4>(record + (i & 3) * 8 + (i & 4), component[i]);
#endif
  }
}

inline void copy_six(float* to, Float<8> from) {
  store<4>(to, lower_half<4>(from, IndicesOf<4>::type{}));
  to[4] = from[4];
  to[5] = from[5];
}

/// A family at a time: the edge geometry of its entries, its softmax, and the gradients of both. Holds tables of the
/// relations by component: slopes and bias of each head, and the inverse of the scales.
struct FamilyRow {
  using Arrays = FamilyArrays<float>;
  static constexpr bool one_width = true;
  const Arrays& a;
  const std::int64_t entries, relations;  ///< places for the entries of a row, for the relations
  const bool one_register;                ///< the relations fit into one register
  float *inverse_scale, *slope;           ///< [relations]; [heads][7][relations]
  float* component;                       ///< [8][entries]: geometry, then 1 and 0
  float* geometry;                        ///< [entries][8]: the same
  std::int32_t* relation;                 ///< [entries]
  float *weight, *gradient;               ///< [heads][entries]
  float* partial = nullptr;               ///< relation_partial of the piece

  static std::int64_t floats(const Arrays& a, std::int64_t longest) {
    const std::int64_t e = padded(longest) + kLanes, r = padded(a.relations);
    return r + std::int64_t(a.heads) * 7 * r + (8 + 8 + 1 + 2 * std::int64_t(a.heads)) * e;
  }

  FamilyRow(const Arrays& arrays, std::int64_t longest, float* memory)
      : a(arrays),
        entries(padded(longest) + kLanes),
        relations(padded(a.relations)),
        one_register(relations == kLanes) {
    const auto take = [&](std::int64_t floats) {
      float* taken = memory;
      memory += floats;
      return taken;
    };
    inverse_scale = take(relations);
    slope = take(a.heads * 7 * relations);
    component = take(8 * entries);
    geometry = take(8 * entries);
    relation = reinterpret_cast<std::int32_t*>(take(entries));
    weight = take(a.heads * entries);
    gradient = take(a.heads * entries);
    for (std::int64_t r = 0; r < relations; ++r) inverse_scale[r] = r < a.relations ? 1 / a.relation_scale[r] : 0;
    for (int h = 0; h < a.heads; ++h)
      for (int c = 0; c < 7; ++c)
        for (std::int64_t r = 0; r < relations; ++r)
          slope[(h * 7 + c) * relations + r] = r >= a.relations ? 0
                                               : c < kEdgeGeometry
                                                   ? a.relation_slope[(r * a.heads + h) * kEdgeGeometry + c]
                                                   : a.relation_bias[r * a.heads + h];
  }

  void read(std::int64_t row, std::int64_t /*first*/, std::int64_t /*n*/) const {
    one_register ? edge_geometry<true>(row) : edge_geometry<false>(row);
  }

  /// Turns the dot products of each head into the softmax of the logits; padding lanes get 0. Always inline: which of
  /// its products a compiler fuses with sums depends on what stands around, and bits are to stay as they are.
  __attribute__((always_inline)) void to_weights(std::int64_t row, std::int64_t n) const {
    const float *position = a.position_query + row * a.heads * kEdgeGeometry, *slopes = slope;
    for (int h = 0; h < a.heads && n > 0; ++h, position += kEdgeGeometry, slopes += 7 * relations) {
      float* p = weight + h * entries;
      one_register ? softmax<true>(slopes, position, n, p) : softmax<false>(slopes, position, n, p);
    }
  }

  void finish_forward(std::int64_t row, std::int64_t first, std::int64_t n) const {
    float* geometry_sum = a.geometry_sum + row * a.heads * kEdgeGeometry;
    for (int h = 0; h < a.heads; ++h) {
      Float<8> sum = {};
      for (std::int64_t e = 0; e < n; ++e) sum += weight[h * entries + e] * load<8>(geometry + e * 8);
      copy_six(geometry_sum + h * kEdgeGeometry, sum);
    }
    if (a.weight) to_entries(weight, entries, a.heads, n, a.weight + first * a.heads);
  }

  void start_backward(std::int64_t piece) {
    partial = a.relation_partial + piece * a.relations * a.heads * kPartial;
    for (int i = 0; i < a.relations * a.heads * kPartial; ++i) partial[i] = 0;
  }

  template <class Products>
  void load_weights(std::int64_t /*row*/, std::int64_t first, std::int64_t n, const Products&) const {
    to_heads(a.weight + first * a.heads, entries, a.heads, n, weight);
  }

  /// Turns the gradients of the weights into those of the logits.
  template <class Products>
  void to_gradients(std::int64_t row, std::int64_t n, const float* out_gradient, const float* out,
                    const Products& products) const {
    const float* geometry_gradient = a.geometry_gradient + row * a.heads * kEdgeGeometry;
    const float* geometry_sum = a.geometry_sum + row * a.heads * kEdgeGeometry;
    for (int h = 0; h < a.heads && n > 0; ++h, geometry_gradient += kEdgeGeometry, geometry_sum += kEdgeGeometry) {
      float mean = products.dot(a.width, out_gradient + h * a.width, out + h * a.width);  // what the softmax subtracts
      for (int c = 0; c < kEdgeGeometry; ++c) mean += geometry_gradient[c] * geometry_sum[c];
      const float* p = weight + h * entries;
      float* change = gradient + h * entries;
      for (std::int64_t e = 0; e < n; e += kLanes) {
        Float<kLanes> sum = load<kLanes>(change + e) - mean;
        for (int c = 0; c < kEdgeGeometry; ++c) sum += geometry_gradient[c] * load<kLanes>(component + c * entries + e);
        store<kLanes>(change + e, load<kLanes>(p + e) * sum);
      }
    }
  }

  /// Adds gradient * (g, 1) of the entries to their relation's partial sums and to the gradient of position_query,
  /// taking entries of one relation that follow each other together.
  void finish_backward(std::int64_t row, std::int64_t /*first*/, std::int64_t n) const {
    float* position = a.position_gradient + row * a.heads * kEdgeGeometry;
    for (int h = 0; h < a.heads; ++h) {
      const float* change = gradient + h * entries;
      Float<8> total = {};
      for (std::int64_t e = 0; e < n;) {
        const std::int32_t one = relation[e];
        Float<8> sum = {};
        for (; e < n && relation[e] == one; ++e) sum += change[e] * load<8>(geometry + e * 8);
        float* place = partial + (std::int64_t(one) * a.heads + h) * kPartial;
        store<8>(place, load<8>(place) + sum);
        total += sum;
      }
      copy_six(position + h * kEdgeGeometry, total);
    }
  }

 private:
  /// Edge geometry of a row, by component and by entry. Padding lanes get that of entries of the next rows (or of entry
  /// 0 at the very end), so that all columns are valid.
  template <bool kOneRegister>
  void edge_geometry(std::int64_t row) const {
    const std::int64_t begin = a.offset[row], end = a.offset[row + 1], last = a.offset[a.queries];
    const float* from = a.node + (a.first_query + row) * kNodeRecord;
    const float inverse_size = 1 / from[3];
    const auto self = static_cast<std::int32_t>(a.first_query + row - a.first_key);
    for (std::int64_t e = begin; e < end; e += kLanes) {
      std::int32_t copied[kLanes] = {};
      const std::int32_t* column = a.column + e;
      Int key, of_entry;
      if (e + kLanes <= last) {
        key = *reinterpret_cast<const UnalignedInt*>(column);
        of_entry = __builtin_convertvector(Bytes(*reinterpret_cast<const UnalignedBytes*>(a.relation + e)), Int);
      } else {
        of_entry = Int{};
        for (std::int64_t i = 0; i < last - e; ++i) {
          copied[i] = column[i];
          of_entry[i] = a.relation[e + i];
        }
        column = copied;
        key = *reinterpret_cast<const UnalignedInt*>(column);
      }
      Float<kLanes> to[8];
      load_records(a.node + a.first_key * kNodeRecord, column, to);
      const Float<kLanes> unit = look_up<kOneRegister>(inverse_scale, of_entry) * inverse_size;
      const Float<kLanes> x = to[0] - from[0], y = to[1] - from[1], z = to[2] - from[2];
      const Float<kLanes> along = (to[4] * x + to[5] * y + to[6] * z) * inverse_size;
      const Float<kLanes> low = along < -4.f ? all(-4.f) : along;
      Float<kLanes> g[8] = {x * unit,
                            y * unit,
                            z * unit,
                            root_of(x * x + y * y + z * z) * unit,
                            low > 4.f ? all(4.f) : low,
                            to[4] * from[4] + to[5] * from[5] + to[6] * from[6] - 1.f,
                            all(1.f),
                            all(0.f)};
      const std::int64_t place = e - begin;
      for (int c = 0; c < kEdgeGeometry; ++c) {
        g[c] = key == self ? all(0.f) : g[c];
        store<kLanes>(component + c * entries + place, g[c]);
      }
      *reinterpret_cast<UnalignedInt*>(relation + place) = of_entry;
      store_records(geometry + place * 8, g);
    }
  }

  /// Logits of entries e .. e + kLanes of one head from their dot products; minus infinity in padding lanes.
  template <bool kOneRegister>
  Float<kLanes> logits(const float* slopes, const float* position, const float* product, std::int64_t e,
                       std::int64_t n) const {
    const Int of_entry = *reinterpret_cast<const UnalignedInt*>(relation + e);
    Float<kLanes> logit = load<kLanes>(product + e) * a.scale;
#pragma GCC unroll 6
    for (int c = 0; c < kEdgeGeometry; ++c) {
      logit += load<kLanes>(component + c * entries + e) *
               (look_up<kOneRegister>(slopes + c * relations, of_entry) + position[c]);
    }
    logit += look_up<kOneRegister>(slopes + kEdgeGeometry * relations, of_entry);  // last: it may be huge
    return within(logit, e, n, -__builtin_inff());
  }

  /// Turns the dot products of one head into the softmax of its logits.
  template <bool kOneRegister>
  void softmax(const float* slopes, const float* position, std::int64_t n, float* p) const {
    if (n <= kLanes) {  // most rows of a family, where AVX-512 is at hand: nothing goes through memory
      const Float<kLanes> logit = logits<kOneRegister>(slopes, position, p, 0, n);
      const Float<kLanes> power = exponential(logit - largest_of<kLanes>(logit));
      return store<kLanes>(p, power * (1 / sum_of<kLanes>(power)));
    }
    Float<kLanes> highest = all(-__builtin_inff()), total = {};
    for (std::int64_t e = 0; e < n; e += kLanes) {
      const Float<kLanes> logit = logits<kOneRegister>(slopes, position, p, e, n);
      store<kLanes>(p + e, logit);
      highest = larger<kLanes>(logit, highest);
    }
    const float peak = largest_of<kLanes>(highest);
    for (std::int64_t e = 0; e < n; e += kLanes) {
      const Float<kLanes> power = exponential(load<kLanes>(p + e) - peak);
      store<kLanes>(p + e, power);
      total += power;
    }
    const float normal = 1 / sum_of<kLanes>(total);
    for (std::int64_t e = 0; e < n; e += kLanes) store<kLanes>(p + e, load<kLanes>(p + e) * normal);
  }
};
