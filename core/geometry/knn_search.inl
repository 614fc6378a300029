// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// The searches of a box tree, compiled once per instruction set: each knn_search_*.cpp names its functions and includes
// this file. No std templates here: the linker would keep one copy of them for all instruction sets.
#include <cstdint>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "core/geometry/knn_search.h"

namespace treewalk {
namespace {

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

/// Squared distances to 16 points; bit j of the result: distance[j] <= bound.
inline std::uint32_t point_distances(const float* point, const float* query, float bound, float* distance) {
  std::uint32_t near = 0;
  for (int j = 0; j < kFan; j += Vector::size) {
    const Vector x = Vector::load(point + j) - Vector::all(query[0]);
    const Vector y = Vector::load(point + kFan + j) - Vector::all(query[1]);
    const Vector z = Vector::load(point + 2 * kFan + j) - Vector::all(query[2]);
    const Vector d = (x * x + y * y) + z * z;
    d.store(distance + j);
    near |= d.not_above(Vector::all(bound)) << j;
  }
  return near;
}

/// The same to 16 boxes. Rounding is monotonic, so no point of a box can come out nearer than its box.
inline std::uint32_t box_distances(const float* box, const float* query, float bound, float* distance) {
  std::uint32_t near = 0;
  for (int j = 0; j < kFan; j += Vector::size) {
    Vector gap[3];
    for (int axis = 0; axis < 3; ++axis) {
      const Vector at = Vector::all(query[axis]);
      const Vector below = Vector::load(box + axis * kFan + j) - at;
      const Vector above = at - Vector::load(box + (3 + axis) * kFan + j);
      gap[axis] = below.max(above).max(Vector::all(0));
    }
    const Vector d = (gap[0] * gap[0] + gap[1] * gap[1]) + gap[2] * gap[2];
    d.store(distance + j);
    near |= d.not_above(Vector::all(bound)) << j;
  }
  return near;
}

/// The k nearest so far, ascending at all times: for few of them, or very many.
class SortedNearest {
 public:
  SortedNearest(std::uint64_t* list, std::int64_t k) : list_(list), k_(k) {}

  void start(float bound) {
    for (std::int64_t j = 0; j < k_; ++j) list_[j] = pack(bound, kNobody);
  }
  /// No point at or behind this is among the k nearest.
  std::uint64_t worst() const { return list_[k_ - 1]; }
  /// Takes those of 16 points whose bit of `chosen` is set.
  void add(std::uint32_t chosen, const float* distance, const std::uint32_t* index) {
    for (; chosen != 0; chosen &= chosen - 1) {
      const int j = __builtin_ctz(chosen);
      insert(pack(distance[j], index[j]));
    }
  }
  void tighten() {}
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
  static constexpr std::int64_t kMost = 48;

  explicit GatheredNearest(std::int64_t k) : k_(k) {}

  void start(float bound) {
    size_ = 0;
    worst_ = pack(bound, kNobody);
  }
  std::uint64_t worst() const { return worst_; }
  void add(std::uint32_t chosen, const float* distance, const std::uint32_t* index) {
    size_ += append(chosen, distance, index, distance_ + size_, index_ + size_);
    if (size_ > 2 * k_ + kFan) tighten();
  }
  /// Makes `worst` as good as the points so far allow.
  void tighten() {
    if (size_ < k_) return;
    sort();
    size_ = k_;
    for (std::int64_t j = 0; j < k_; ++j) {
      distance_[j] = distance_of(sorted_[j]);
      index_[j] = static_cast<std::uint32_t>(sorted_[j]);
    }
    worst_ = sorted_[k_ - 1];
  }
  const std::uint64_t* finish() {
    sort();
    for (std::int64_t j = size_; j < k_; ++j) sorted_[j] = worst_;
    return sorted_;
  }

 private:
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
};

template <class Nearest>
void visit_leaf(const BoxTree& tree, std::uint32_t leaf, const float* query, Nearest& nearest,
                std::uint32_t eligible = ~std::uint32_t{0}) {
  float distance[kFan];
  const std::uint32_t near = eligible & point_distances(tree.point + std::size_t{leaf} * 3 * kFan, query,
                                                        distance_of(nearest.worst()), distance);
  if (near != 0) nearest.add(near, distance, tree.index + std::size_t{leaf} * kFan);
}

struct Visit {
  std::uint64_t bound;  ///< no point of the box can come before this
  std::uint32_t box;
  std::int32_t level;
};

/// Depth first, from every group the nearest box first and the others in any order: the bound is good early, and a full
/// order costs more in mispredicted branches than it saves in visits. `seen` leaves from `first_seen` on have been
/// visited already.
template <class Nearest>
void descend(const BoxTree& tree, const float* query, std::uint32_t first_seen, std::uint32_t seen, Nearest& nearest) {
  Visit stack[kMaxBoxLevels * kFan + 2];
  int top = 0;
  Visit visit{0, 0, tree.levels};
  for (;;) {
    if (visit.level == 0) {
      visit_leaf(tree, visit.box, query, nearest);
    } else {
      const int level = visit.level - 1;
      float distance[kFan];
      std::uint32_t near = box_distances(tree.box[level] + std::size_t{visit.box} * 6 * kFan, query,
                                         distance_of(nearest.worst()), distance);
      const std::uint32_t* lowest = tree.lowest[level] + std::size_t{visit.box} * kFan;
      const int base = top;
      int first = top;
      for (; near != 0; near &= near - 1) {
        const int j = __builtin_ctz(near);
        stack[top] = {pack(distance[j], lowest[j]), visit.box * kFan + j, level};
        const bool promising =
            stack[top].bound < nearest.worst() && !(level == 0 && stack[top].box - first_seen < seen);
        first = promising && stack[top].bound < stack[first].bound ? top : first;
        top += promising;
      }
      if (top > base) {
        const Visit last = stack[top - 1];
        stack[top - 1] = stack[first];
        stack[first] = last;
      }
    }
    do {
      if (top == 0) return;
      visit = stack[--top];
    } while (visit.bound >= nearest.worst());
  }
}

/// Upper bound of the k-th squared distance from a point `step` away from one whose k-th is `distance` (triangle
/// inequality), with room for rounding.
inline float bound_after_step(float distance, const float* from, const float* to) {
  const double x = double(to[0]) - from[0], y = double(to[1]) - from[1], z = double(to[2]) - from[2];
  const double radius = __builtin_sqrt(double(distance)) + __builtin_sqrt(x * x + y * y + z * z);
  return static_cast<float>(radius * radius * 1.00001 + 1e-37);
}

inline std::uint32_t row_of(const KnnTask& task, std::int64_t i) {
  return task.row != nullptr ? task.row[i] : static_cast<std::uint32_t>(i);
}

/// Writes the list of a query into its row.
inline void write(const KnnTask& task, std::uint32_t row, const std::uint64_t* list) {
  std::int32_t* index = task.index + std::size_t{row} * task.k;
  float* distance = task.distance + std::size_t{row} * task.k;
  for (std::int64_t j = 0; j < task.k; ++j) {
    const auto found = static_cast<std::uint32_t>(list[j]);
    index[j] = found == kNobody ? -1 : static_cast<std::int32_t>(found);
    distance[j] = found == kNobody ? __builtin_inff() : distance_of(list[j]);
  }
}

/// Queries that are near each other: each starts with the bound that the one before gives it.
template <class Nearest>
void search(const KnnTask& task, std::int64_t begin, std::int64_t end, Nearest nearest) {
  const BoxTree& tree = task.tree;
  float last[3] = {0, 0, 0}, query[3], bound = task.most;
  for (std::int64_t i = begin; i < end; ++i) {
    const bool own = task.query == nullptr;
    const std::uint32_t leaf = own ? static_cast<std::uint32_t>(i / kFan) : kNobody;
    const float* first = own ? tree.point + std::size_t{leaf} * 3 * kFan + i % kFan : task.query + 3 * i;
    for (int axis = 0; axis < 3; ++axis) query[axis] = first[axis * (own ? kFan : 1)];

    if (i > begin) bound = bound_after_step(bound, last, query);
    if (bound > task.most) bound = task.most;
    nearest.start(bound);
    if (own) visit_leaf(tree, leaf, query, nearest, ~(std::uint32_t{1} << i % kFan));
    descend(tree, query, leaf, own, nearest);

    const std::uint64_t* list = nearest.finish();
    bound = distance_of(list[task.k - 1]);
    for (int axis = 0; axis < 3; ++axis) last[axis] = query[axis];
    write(task, own ? tree.index[i] : row_of(task, i), list);
  }
}

/// Queries that are not near each other: the leaves around the place of each give the first bound.
template <class Nearest>
void search_alone(const KnnTask& task, std::int64_t i, Nearest nearest) {
  const BoxTree& tree = task.tree;
  const float* query = task.query + 3 * i;
  const std::uint32_t leaf = task.place[i] / kFan;
  // One more than k points need: the bound is then about as good as a query nearby would give it.
  const std::uint32_t many = static_cast<std::uint32_t>((task.k + kFan - 1) / kFan + 1);
  std::uint32_t first = leaf > many / 2 ? leaf - many / 2 : 0;
  if (first + many > tree.leaves) first = tree.leaves > many ? tree.leaves - many : 0;
  const std::uint32_t seen = tree.leaves - first < many ? tree.leaves - first : many;
  nearest.start(task.most);
  for (std::uint32_t near = first; near < first + seen; ++near) visit_leaf(tree, near, query, nearest);
  nearest.tighten();
  descend(tree, query, first, seen, nearest);
  write(task, row_of(task, i), nearest.finish());
}

void search_radius(const BoxTree& tree, const float* query, float most, const FoundPoints& found) {
  std::uint32_t box[kMaxBoxLevels * kFan + 1];
  std::int32_t level[kMaxBoxLevels * kFan + 1];
  box[0] = 0;
  level[0] = tree.levels;
  float distance[kFan], near_distance[2 * kFan];
  std::uint32_t near_index[2 * kFan];
  for (int top = 1; top > 0;) {
    --top;
    const std::size_t group = box[top];
    const int below = level[top] - 1;
    if (below < 0) {
      const std::uint32_t near = point_distances(tree.point + group * 3 * kFan, query, most, distance);
      if (near == 0) continue;
      const std::int64_t count = append(near, distance, tree.index + group * kFan, near_distance, near_index);
      found.add(found.self, near_distance, near_index, count);
      continue;
    }
    std::uint32_t near = box_distances(tree.box[below] + group * 6 * kFan, query, most, distance);
    while (near != 0) {  // the last box first on the stack, so that points come in tree order
      const int j = 31 - __builtin_clz(near);
      near ^= std::uint32_t{1} << j;
      box[top] = static_cast<std::uint32_t>(group) * kFan + j;
      level[top++] = below;
    }
  }
}

}  // namespace

void TREEWALK_RADIUS_SEARCH(const BoxTree& tree, const float* query, float most, const FoundPoints& found) {
  search_radius(tree, query, most, found);
}

void TREEWALK_KNN_SEARCH(const KnnTask& task, std::int64_t begin, std::int64_t end, std::uint64_t* list) {
  if (task.place != nullptr) {
    for (std::int64_t i = begin; i < end; ++i)
      if (task.k <= GatheredNearest::kMost)
        search_alone(task, i, GatheredNearest(task.k));
      else
        search_alone(task, i, SortedNearest(list, task.k));
  } else if (task.k > 16 && task.k <= GatheredNearest::kMost) {
    search(task, begin, end, GatheredNearest(task.k));
  } else {
    search(task, begin, end, SortedNearest(list, task.k));
  }
}

}  // namespace treewalk
