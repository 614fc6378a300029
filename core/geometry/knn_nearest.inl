// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// Registers, distances, and lists of the nearest so far. Included by knn_search.inl inside its anonymous namespace.

#if defined(__AVX512F__)
struct Vector {
  static constexpr int size = 16;
  __m512 v;
  static Vector load(const float* p) { return {_mm512_loadu_ps(p)}; }
  static Vector all(float x) { return {_mm512_set1_ps(x)}; }
  void store(float* p) const { _mm512_storeu_ps(p, v); }
  Vector operator-(Vector o) const { return {_mm512_sub_ps(v, o.v)}; }
  Vector operator+(Vector o) const { return {_mm512_add_ps(v, o.v)}; }
  Vector operator*(Vector o) const { return {_mm512_mul_ps(v, o.v)}; }
  Vector max(Vector o) const { return {_mm512_max_ps(v, o.v)}; }
  std::uint32_t not_above(Vector o) const { return _mm512_cmp_ps_mask(v, o.v, _CMP_LE_OQ); }
};
struct Count {
  __m512i v = _mm512_setzero_si512();
  void add_where_below(Vector a, Vector b) {
    v = _mm512_mask_sub_epi32(v, _mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ), v, _mm512_set1_epi32(-1));
  }
  void store(std::int32_t* p) const { _mm512_storeu_si512(p, v); }
};
#elif defined(__AVX2__)
struct Vector {
  static constexpr int size = 8;
  __m256 v;
  static Vector load(const float* p) { return {_mm256_loadu_ps(p)}; }
  static Vector all(float x) { return {_mm256_set1_ps(x)}; }
  void store(float* p) const { _mm256_storeu_ps(p, v); }
  Vector operator-(Vector o) const { return {_mm256_sub_ps(v, o.v)}; }
  Vector operator+(Vector o) const { return {_mm256_add_ps(v, o.v)}; }
  Vector operator*(Vector o) const { return {_mm256_mul_ps(v, o.v)}; }
  Vector max(Vector o) const { return {_mm256_max_ps(v, o.v)}; }
  std::uint32_t not_above(Vector o) const { return _mm256_movemask_ps(_mm256_cmp_ps(v, o.v, _CMP_LE_OQ)); }
};
struct Count {
  __m256i v = _mm256_setzero_si256();
  void add_where_below(Vector a, Vector b) {
    v = _mm256_sub_epi32(v, _mm256_castps_si256(_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)));
  }
  void store(std::int32_t* p) const { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v); }
};
#elif defined(__SSE2__)
struct Vector {
  static constexpr int size = 4;
  __m128 v;
  static Vector load(const float* p) { return {_mm_loadu_ps(p)}; }
  static Vector all(float x) { return {_mm_set1_ps(x)}; }
  void store(float* p) const { _mm_storeu_ps(p, v); }
  Vector operator-(Vector o) const { return {_mm_sub_ps(v, o.v)}; }
  Vector operator+(Vector o) const { return {_mm_add_ps(v, o.v)}; }
  Vector operator*(Vector o) const { return {_mm_mul_ps(v, o.v)}; }
  Vector max(Vector o) const { return {_mm_max_ps(v, o.v)}; }
  std::uint32_t not_above(Vector o) const { return _mm_movemask_ps(_mm_cmple_ps(v, o.v)); }
};
struct Count {
  __m128i v = _mm_setzero_si128();
  void add_where_below(Vector a, Vector b) { v = _mm_sub_epi32(v, _mm_castps_si128(_mm_cmplt_ps(a.v, b.v))); }
  void store(std::int32_t* p) const { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), v); }
};
#else
struct Vector {
  static constexpr int size = 1;
  float v;
  static Vector load(const float* p) { return {*p}; }
  static Vector all(float x) { return {x}; }
  void store(float* p) const { *p = v; }
  Vector operator-(Vector o) const { return {v - o.v}; }
  Vector operator+(Vector o) const { return {v + o.v}; }
  Vector operator*(Vector o) const { return {v * o.v}; }
  Vector max(Vector o) const { return {v > o.v ? v : o.v}; }
  std::uint32_t not_above(Vector o) const { return v <= o.v; }
};
struct Count {
  std::int32_t v = 0;
  void add_where_below(Vector a, Vector b) { v += a.v < b.v; }
  void store(std::int32_t* p) const { *p = v; }
};
#endif

/// Appends those of 16 distances and indices whose bit of `chosen` is set; writes up to 16 places behind the end.
inline std::int64_t append(std::uint32_t chosen, const float* distance, const std::uint32_t* index, float* to_distance,
                           std::uint32_t* to_index) {
#if defined(__AVX512F__)
  const auto mask = static_cast<__mmask16>(chosen);
  _mm512_storeu_ps(to_distance, _mm512_maskz_compress_ps(mask, _mm512_loadu_ps(distance)));
  _mm512_storeu_si512(to_index, _mm512_maskz_compress_epi32(mask, _mm512_loadu_si512(index)));
  return __builtin_popcount(chosen);
#else
  std::int64_t count = 0;
  for (; chosen != 0; chosen &= chosen - 1, ++count) {
    const int j = __builtin_ctz(chosen);
    to_distance[count] = distance[j];
    to_index[count] = index[j];
  }
  return count;
#endif
}

constexpr std::uint32_t kNobody = 0xffffffffu;

/// Squared distance and index in one number that orders by distance, then by index.
inline std::uint64_t pack(float distance, std::uint32_t index) {
  std::uint32_t bits;
  __builtin_memcpy(&bits, &distance, sizeof bits);  // a float that is not negative orders as its bits
  return static_cast<std::uint64_t>(bits) << 32 | index;
}

inline float distance_of(std::uint64_t packed) {
  const auto bits = static_cast<std::uint32_t>(packed >> 32);
  float distance;
  __builtin_memcpy(&distance, &bits, sizeof distance);
  return distance;
}

/// 16 squared distances, in registers where these are wide enough.
struct Distances {
  static constexpr int kParts = kFan / Vector::size;
  Vector part[kParts];

  /// Bit j: distance j is at most the bound.
  std::uint32_t not_above(float bound) const {
    std::uint32_t near = 0;
    for (int i = 0; i < kParts; ++i) near |= part[i].not_above(Vector::all(bound)) << (i * Vector::size);
    return near;
  }
  void store(float* to) const {
    for (int i = 0; i < kParts; ++i) part[i].store(to + i * Vector::size);
  }
  /// The least of those whose bit of `chosen`, which is not 0, is set, and the bits of all that equal it.
  std::uint32_t least(std::uint32_t chosen, float& value) const {
#if defined(__AVX512F__)
    const auto mask = static_cast<__mmask16>(chosen);
    const __m512 all = _mm512_mask_mov_ps(_mm512_set1_ps(__builtin_inff()), mask, part[0].v);
    value = _mm512_reduce_min_ps(all);
    return chosen & _mm512_cmp_ps_mask(part[0].v, _mm512_set1_ps(value), _CMP_EQ_OQ);
#else
    float distance[kFan];
    store(distance);
    value = distance[__builtin_ctz(chosen)];
    for (std::uint32_t rest = chosen & (chosen - 1); rest != 0; rest &= rest - 1) {
      const float other = distance[__builtin_ctz(rest)];
      value = other < value ? other : value;
    }
    return chosen & not_above(value);
#endif
  }
};

/// To 16 points.
inline Distances point_distances(const float* point, const float* query) {
  Distances result;
  for (int i = 0; i < Distances::kParts; ++i) {
    const float* const at = point + i * Vector::size;
    const Vector x = Vector::load(at) - Vector::all(query[0]);
    const Vector y = Vector::load(at + kFan) - Vector::all(query[1]);
    const Vector z = Vector::load(at + 2 * kFan) - Vector::all(query[2]);
    result.part[i] = (x * x + y * y) + z * z;
  }
  return result;
}

/// To 16 boxes. Rounding is monotonic, so no point of a box can come out nearer than its box.
inline Distances box_distances(const float* box, const float* query) {
  Distances result;
  for (int i = 0; i < Distances::kParts; ++i) {
    Vector gap[3];
    for (int axis = 0; axis < 3; ++axis) {
      const Vector at = Vector::all(query[axis]);
      const Vector below = Vector::load(box + axis * kFan + i * Vector::size) - at;
      const Vector above = at - Vector::load(box + (3 + axis) * kFan + i * Vector::size);
      gap[axis] = below.max(above).max(Vector::all(0));
    }
    result.part[i] = (gap[0] * gap[0] + gap[1] * gap[1]) + gap[2] * gap[2];
  }
  return result;
}

/// The k nearest so far, ascending at all times: for few of them, or very many.
class SortedNearest {
 public:
  static constexpr bool kTakesBound = true;
  SortedNearest(std::uint64_t* list, std::int64_t k) : list_(list), k_(k) {}

  void start(float bound) {
    for (std::int64_t j = 0; j < k_; ++j) list_[j] = pack(bound, kNobody);
  }
  /// No point at or behind this is among the k nearest.
  std::uint64_t worst() const { return list_[k_ - 1]; }
  /// Takes those of 16 points whose bit of `chosen` is set.
  void add(std::uint32_t chosen, const Distances& distances, const std::uint32_t* index) {
    float distance[kFan];
    distances.store(distance);
    for (; chosen != 0; chosen &= chosen - 1) {
      const int j = __builtin_ctz(chosen);
      insert(pack(distance[j], index[j]));
    }
  }
  const std::uint64_t* finish() { return list_; }

 private:
  /// Puts `packed` in its place; one that is not below the worst changes nothing.
  void insert(std::uint64_t packed) {
    if (k_ <= 16) {  // sinking through the whole list costs less than a mispredicted branch
      for (std::int64_t place = 0; place < k_; ++place) {
        const std::uint64_t other = list_[place];
        const bool before = packed < other;
        list_[place] = before ? packed : other;
        packed = before ? other : packed;
      }
      return;
    }
    if (packed >= worst()) return;
    std::int64_t place = k_ - 1;
    for (; place > 0 && list_[place - 1] > packed; --place) list_[place] = list_[place - 1];
    list_[place] = packed;
  }

  std::uint64_t* list_;
  std::int64_t k_;
};

/// Gathers all within a bound, which the query before has made a good one, and sorts them at the end or when the room
/// is full: the place of each is the number of those before it, counted without a branch.
class GatheredNearest {
 public:
  static constexpr bool kTakesBound = true;
  static constexpr std::int64_t kMost = 48;

  explicit GatheredNearest(std::int64_t k) : k_(k) {}

  void start(float bound) {
    size_ = 0;
    worst_ = pack(bound, kNobody);
    no_bound_ = bound > 1e38f;
  }
  std::uint64_t worst() const { return worst_; }
  void add(std::uint32_t chosen, const Distances& distances, const std::uint32_t* index) {
    float distance[kFan];
    distances.store(distance);
    size_ += append(chosen, distance, index, distance_ + size_, index_ + size_);
    if (size_ > 2 * k_ + kFan || (no_bound_ && size_ >= k_)) tighten();
  }
  const std::uint64_t* finish() {
    sort();
    for (std::int64_t j = size_; j < k_; ++j) sorted_[j] = worst_;
    return sorted_;
  }

 private:
  /// Makes `worst` as good as the points so far allow.
  void tighten() {
    sort();
    size_ = k_;
    no_bound_ = false;
    for (std::int64_t j = 0; j < k_; ++j) {
      distance_[j] = distance_of(sorted_[j]);
      index_[j] = static_cast<std::uint32_t>(sorted_[j]);
    }
    worst_ = sorted_[k_ - 1];
  }

  static constexpr std::int64_t kRoom = 2 * kMost + 2 * kFan;

  void sort() {
    std::int32_t rank[kRoom];
    for (std::int64_t j = size_; j % Vector::size != 0; ++j) distance_[j] = __builtin_inff();
    std::int64_t sum = 0;
    for (std::int64_t j = 0; j < size_; j += Vector::size) {
      const Vector mine = Vector::load(distance_ + j);
      Count before[2];
      std::int64_t i = 0;
      for (; i + 1 < size_; i += 2) {
        before[0].add_where_below(Vector::all(distance_[i]), mine);
        before[1].add_where_below(Vector::all(distance_[i + 1]), mine);
      }
      if (i < size_) before[0].add_where_below(Vector::all(distance_[i]), mine);
      std::int32_t other[Vector::size];
      before[0].store(rank + j);
      before[1].store(other);
      for (int lane = 0; lane < Vector::size; ++lane) rank[j + lane] += other[lane];
    }
    for (std::int64_t j = 0; j < size_; ++j) sum += rank[j];
    if (2 * sum == size_ * (size_ - 1)) {
      for (std::int64_t j = 0; j < size_; ++j) sorted_[rank[j]] = pack(distance_[j], index_[j]);
      return;
    }
    // Equal distances have equal ranks: those points come one after another, by index.
    for (std::int64_t j = 0; j < size_; ++j) sorted_[j] = kFree;
    for (std::int64_t j = 0; j < size_; ++j) {
      std::int64_t place = rank[j];
      std::uint64_t packed = pack(distance_[j], index_[j]);
      for (; sorted_[place] != kFree; ++place) {
        const std::uint64_t other = sorted_[place];
        sorted_[place] = packed < other ? packed : other;
        packed = packed < other ? other : packed;
      }
      sorted_[place] = packed;
    }
  }

  static constexpr std::uint64_t kFree = ~std::uint64_t{0};  // no distance has these bits
  float distance_[kRoom];
  std::uint32_t index_[kRoom];
  std::uint64_t sorted_[kRoom];
  std::int64_t k_, size_ = 0;
  std::uint64_t worst_ = 0;
  bool no_bound_ = false;
};
