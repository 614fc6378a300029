// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// The steps of a row that forward and backward passes share: scratch memory and edge geometry. Included by
// attention_simd.inl inside its anonymous namespace.

using Arrays = AttentionArrays<float>;

constexpr std::int64_t padded(std::int64_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

/// Scratch memory of a piece of rows, with tables of the relations by component: slopes and bias of each head, and the
/// inverse of the scales.
struct Scratch {
  std::int64_t entries, relations;  ///< places for the entries of a row, for the relations
  bool one_register;                ///< the relations fit into one register
  float *inverse_scale, *slope;     ///< [relations]; [heads][7][relations]
  float* component;                 ///< [8][entries]: geometry, then 1 and 0
  float* geometry;                  ///< [entries][8]: the same
  std::int32_t* relation;           ///< [entries]
  float *weight, *gradient;         ///< [heads][entries]

  static std::int64_t floats(const Arrays& a, std::int64_t longest) {
    const std::int64_t e = padded(longest) + kLanes, r = padded(a.relations);
    return r + std::int64_t(a.heads) * 7 * r + (8 + 8 + 1 + 2 * std::int64_t(a.heads)) * e;
  }

  Scratch(const Arrays& a, std::int64_t longest, float* memory)
      : entries(padded(longest) + kLanes), relations(padded(a.relations)), one_register(relations == kLanes) {
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
                                               : c < kEdgeGeometry  ? a.relation_slope[(r * a.heads + h) * kEdgeGeometry + c]
                                                                : a.relation_bias[r * a.heads + h];
  }
};

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
    store<8>(record + i * 8, lower_half<8>(component[i], LanesOf<8>::type{}));
    store<8>(record + (i + 8) * 8, upper_half<8>(component[i], LanesOf<8>::type{}));
#elif TREEWALK_LANES == 8
    store<8>(record + i * 8, component[i]);
#else
    store<4>(record + (i & 3) * 8 + (i & 4), component[i]);
#endif
  }
}

/// Edge geometry of a row, by component and by entry. Padding lanes get that of entries of the next rows (or of entry
/// 0 at the very end), so that all columns are valid.
template <bool kOneRegister>
void edge_geometry(const Arrays& a, std::int64_t row, const Scratch& s) {
  const std::int64_t begin = a.offset[row], end = a.offset[row + 1], last = a.offset[a.queries];
  const float* from = a.node + (a.first_query + row) * kNodeRecord;
  const float inverse_size = 1 / from[3];
  const auto self = static_cast<std::int32_t>(a.first_query + row - a.first_key);
  for (std::int64_t e = begin; e < end; e += kLanes) {
    std::int32_t copied[kLanes] = {};
    const std::int32_t* column = a.column + e;
    Int key, relation;
    if (e + kLanes <= last) {
      key = *reinterpret_cast<const UnalignedInt*>(column);
      relation = __builtin_convertvector(Bytes(*reinterpret_cast<const UnalignedBytes*>(a.relation + e)), Int);
    } else {
      relation = Int{};
      for (std::int64_t i = 0; i < last - e; ++i) {
        copied[i] = column[i];
        relation[i] = a.relation[e + i];
      }
      column = copied;
      key = *reinterpret_cast<const UnalignedInt*>(column);
    }
    Float<kLanes> to[8];
    load_records(a.node + a.first_key * kNodeRecord, column, to);
    const Float<kLanes> unit = look_up<kOneRegister>(s.inverse_scale, relation) * inverse_size;
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
      store<kLanes>(s.component + c * s.entries + place, g[c]);
    }
    *reinterpret_cast<UnalignedInt*>(s.relation + place) = relation;
    store_records(s.geometry + place * 8, g);
  }
}
