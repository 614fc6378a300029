// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// Lists of a few nearest that stay in registers. Included by knn_search.inl inside its anonymous namespace, behind
// knn_nearest.inl.

/// The nearest one so far.
class OneNearest {
 public:
  static constexpr bool kTakesBound = false;  // the first leaf gives as good a one
  explicit OneNearest(std::int64_t) {}
  void start(float bound) { nearest_ = pack(bound, kNobody); }
  std::uint64_t worst() const { return nearest_; }
  void add(std::uint32_t chosen, const Distances& distances, const std::uint32_t* index) {
    float distance;
    std::uint32_t least = distances.least(chosen, distance);
    std::uint32_t first = index[__builtin_ctz(least)];
    for (least &= least - 1; least != 0; least &= least - 1) {
      const std::uint32_t other = index[__builtin_ctz(least)];
      first = other < first ? other : first;
    }
    const std::uint64_t packed = pack(distance, first);
    nearest_ = packed < nearest_ ? packed : nearest_;
  }
  const std::uint64_t* finish() { return &nearest_; }

 private:
  std::uint64_t nearest_ = 0;
};

/// The k <= Room nearest so far, ascending at all times; where k is less than Room, the first ones are 0, which no
/// point can displace.
#if defined(__AVX512F__)
template <int Room>
class FewNearest {
 public:
  static constexpr bool kTakesBound = false;
  static_assert(Room == 8 || Room == 16, "one register or two");
  explicit FewNearest(std::int64_t k) : zeros_(Room - k) {}

  void start(float bound) {
    const __m512i nothing = _mm512_set1_epi64(static_cast<long long>(pack(bound, kNobody)));
    for (int i = 0; i < kParts; ++i)
      list_[i] = _mm512_maskz_mov_epi64(static_cast<__mmask8>((0xffffu << zeros_) >> (8 * i)), nothing);
    worst_ = pack(bound, kNobody);
  }
  std::uint64_t worst() const { return worst_; }
  void add(std::uint32_t chosen, const Distances& distances, const std::uint32_t* index) {
    float distance[kFan];
    distances.store(distance);
    for (; chosen != 0; chosen &= chosen - 1) {
      const int j = __builtin_ctz(chosen);
      const __m512i candidate = _mm512_set1_epi64(static_cast<long long>(pack(distance[j], index[j])));
      // Each place keeps its number, takes the candidate, or takes the number of the place before it.
      for (int i = kParts - 1; i >= 0; --i) {
        const __m512i before = _mm512_alignr_epi64(list_[i], i > 0 ? list_[i - 1] : _mm512_setzero_si512(), 7);
        list_[i] = _mm512_min_epu64(list_[i], _mm512_max_epu64(before, candidate));
      }
    }
    const __m128i last = _mm512_extracti64x2_epi64(list_[kParts - 1], 3);
    worst_ = static_cast<std::uint64_t>(_mm_extract_epi64(last, 1));
  }
  const std::uint64_t* finish() {
    for (int i = 0; i < kParts; ++i) _mm512_storeu_si512(stored_ + 8 * i, list_[i]);
    return stored_ + zeros_;
  }

 private:
  static constexpr int kParts = Room / 8;
  __m512i list_[kParts];
  std::uint64_t worst_ = 0, stored_[Room];
  std::int64_t zeros_;
};
#else
template <int Room>
class FewNearest {
 public:
  static constexpr bool kTakesBound = false;
  explicit FewNearest(std::int64_t k) : zeros_(Room - k) {}

  void start(float bound) {
    for (int j = 0; j < Room; ++j) list_[j] = j < zeros_ ? 0 : pack(bound, kNobody);
  }
  std::uint64_t worst() const { return list_[Room - 1]; }
  void add(std::uint32_t chosen, const Distances& distances, const std::uint32_t* index) {
    float distance[kFan];
    distances.store(distance);
    for (; chosen != 0; chosen &= chosen - 1) {
      const int j = __builtin_ctz(chosen);
      std::uint64_t packed = pack(distance[j], index[j]);
#pragma GCC unroll 16
      for (int place = 0; place < Room; ++place) {  // costs less than a mispredicted branch
        const std::uint64_t other = list_[place];
        const bool before = packed < other;
        list_[place] = before ? packed : other;
        packed = before ? other : packed;
      }
    }
  }
  const std::uint64_t* finish() { return list_ + zeros_; }

 private:
  std::uint64_t list_[Room];
  std::int64_t zeros_;
};
#endif
