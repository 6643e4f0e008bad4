// Included once per instruction set, inside its namespace and behind its simd.h.

/// 2ˣ for x ≤ 0, to about 2 units in the last place; 0 below −126. 2⁰ is exactly 1.
/// x = n + r with |r| ≤ ½; a polynomial (minimax of the relative error, with 1 at 0) gives 2ʳ.
inline F32 power_of_two(F32 x) {
  const F32 shifted = add(x, broadcast(kRoundingMagic));
  const F32 r = sub(x, sub(shifted, broadcast(kRoundingMagic)));
  F32 p = broadcast(0x1.5bba14p-10F);
  p = fma(p, r, broadcast(0x1.3cea88p-7F));
  p = fma(p, r, broadcast(0x1.c6b752p-5F));
  p = fma(p, r, broadcast(0x1.ebf9bcp-3F));
  p = fma(p, r, broadcast(0x1.62e42ap-1F));
  p = fma(p, r, broadcast(1.0F));
  // Times 2ⁿ: n stands in the low bits of `shifted`.
  return zero_below(x, -126.0F, from_bits(add(bits_of(p), shift_left<23>(bits_of(shifted)))));
}

/// Calls the function with a count of 1 … kMost as a type.
template <int kMost, typename Function>
inline void with_count(std::uint32_t count, Function function) {
  if constexpr (kMost > 1) {
    if (count < kMost) return with_count<kMost - 1>(count, function);
  }
  function(Count<kMost>{});
}

/// Calls function(first, count) for parts of `total`, of about the same size and at most kMost.
template <int kMost, typename Function>
inline void in_even_parts(std::uint32_t total, Function function) {
  const std::uint32_t parts = (total + kMost - 1) / kMost;
  for (std::uint32_t part = 0; part < parts; ++part) {
    const std::uint32_t first = total * part / parts;
    function(first, total * (part + 1) / parts - first);
  }
}

/// Turns the pairs of all vectors from `pair` on, one by one.
inline void rotate_pairs(const Rotation& rotation, std::uint32_t pair, std::uint32_t dimension,
                         std::uint32_t count, const float* from, const HeadVectors& to) {
  const std::size_t stride = to.chunk_stride;
  for (; pair < rotation.pair_count; ++pair) {
    const std::uint32_t first = pair * rotation.step;
    const std::uint32_t second = first + rotation.stride;
    const float cosine = rotation.cosines[pair];
    const float sine = rotation.sines[pair];
    for (std::uint32_t i = 0; i < count; ++i) {
      float* vector = to.values + i * to.vector_stride;
      const float a = from[std::size_t{i} * dimension + first];
      const float b = from[std::size_t{i} * dimension + second];
      vector[first / 16 * stride + first % 16] = a * cosine - b * sine;
      vector[second / 16 * stride + second % 16] = a * sine + b * cosine;
    }
  }
}

/// Turns pairs that neighbour each other, eight to a chunk, as far as they fill chunks, and says
/// how many these are.
inline std::uint32_t rotate_neighbours(const Rotation& rotation, std::uint32_t dimension,
                                       std::uint32_t count, const float* from,
                                       const HeadVectors& to) {
  alignas(64) static constexpr float kSigns[16] = {-1, 1, -1, 1, -1, 1, -1, 1,
                                                   -1, 1, -1, 1, -1, 1, -1, 1};
  const std::uint32_t whole = rotation.pair_count / 8 * 8;
  for (std::uint32_t pair = 0; pair < whole; pair += 8) {
    const F32 cosine = load_twice(rotation.cosines + pair);
    const F32 sine = mul(load_twice(rotation.sines + pair), load(kSigns));
    float* chunk = to.values + pair / 8 * to.chunk_stride;
    for (std::uint32_t i = 0; i < count; ++i) {
      const F32 x = load(from + std::size_t{i} * dimension + 2 * pair);
      store(chunk + i * to.vector_stride, add(mul(x, cosine), mul(swap_neighbours(x), sine)));
    }
  }
  return whole;
}

/// Turns pairs that stand a multiple of 16 dimensions apart, sixteen at a time.
inline std::uint32_t rotate_halves(const Rotation& rotation, std::uint32_t dimension,
                                   std::uint32_t count, const float* from, const HeadVectors& to) {
  const std::size_t apart = rotation.stride / 16 * to.chunk_stride;
  for (std::uint32_t pair = 0; pair < rotation.pair_count; pair += 16) {
    const F32 cosine = load(rotation.cosines + pair);
    const F32 sine = load(rotation.sines + pair);
    float* chunk = to.values + pair / 16 * to.chunk_stride;
    for (std::uint32_t i = 0; i < count; ++i) {
      const F32 a = load(from + std::size_t{i} * dimension + pair);
      const F32 b = load(from + std::size_t{i} * dimension + pair + rotation.stride);
      float* turned = chunk + i * to.vector_stride;
      store(turned, sub(mul(a, cosine), mul(b, sine)));
      store(turned + apart, add(mul(a, sine), mul(b, cosine)));
    }
  }
  return rotation.pair_count;
}

void rotate(const Rotation& rotation, std::uint32_t dimension, std::uint32_t count,
            const float* from, const HeadVectors& to) {
  std::uint32_t turned = 0;
  if (rotation.step == 2) {
    turned = rotate_neighbours(rotation, dimension, count, from, to);
  } else if (rotation.stride % 16 == 0) {
    turned = rotate_halves(rotation, dimension, count, from, to);
  }
  rotate_pairs(rotation, turned, dimension, count, from, to);
  for (std::uint32_t i = 0; i < count; ++i, from += dimension) {
    float* vector = to.values + i * to.vector_stride;
    for (std::uint32_t d = 2 * rotation.pair_count; d < dimension; ++d) {
      vector[d / 16 * to.chunk_stride + d % 16] = from[d];
    }
  }
}

/// Keys and values are asked for so many bytes ahead. A single row needs them as fast as memory
/// gives them, and the processor's own prefetching ends with each page.
constexpr std::size_t kPrefetchBytes = 3072;

/// How many numbers lie in a line of the cache.
template <typename Number>
constexpr int kLineNumbers = 64 / sizeof(Number);

template <typename Number>
inline void prefetch_behind(const Number* numbers) {
  __builtin_prefetch(numbers + kPrefetchBytes / sizeof(Number));
}

/// What is in registers at once: queries whose scores are summed, queries whose values are, and
/// vectors of 16 dimensions of these. Completions are computed with halves; the other types are
/// there to be compared with these, and small tiles keep their code small. No result depends on it.
template <typename Number>
struct AttentionTile {
  static constexpr int kMost = 7;
  static constexpr int kScores = kScoreQueries < kMost ? kScoreQueries : kMost;
  static constexpr int kValues = kValueQueries < kMost ? kValueQueries : kMost;
  static constexpr int kVectors = 1;
};
template <>
struct AttentionTile<Half> {
  static constexpr int kScores = kScoreQueries;
  static constexpr int kValues = kValueQueries;
  static constexpr int kVectors = kValueVectors;
};

/// Scores of kQueries queries: a lane is a key, and its score is summed over the dimensions in
/// ascending order, so that it depends neither on the slots beside it nor on other queries. Not
/// inlined, so that its registers do not depend on what else is compiled.
template <typename Number, int kQueries>
[[gnu::noinline]] void score_segment(const HeadCache& cache, const Segment& segment,
                                     const float* queries, std::size_t chunk_stride,
                                     float* scores) {
  const std::uint32_t end = segment.first_slot + segment.length;
  for (std::uint32_t group = segment.first_slot / 16; group * 16 < end; ++group) {
    const Number* keys =
        static_cast<const Number*>(cache.keys) + std::size_t{group} * 16 * cache.dimension;
    const float* chunk = queries;
    F32 sums[kQueries];
#pragma GCC unroll 32
    for (int query = 0; query < kQueries; ++query) sums[query] = zero();
    for (std::uint32_t d = 0; d < cache.dimension; d += 16) {
      for (int ahead = 0; ahead < 256; ahead += kLineNumbers<Number>) prefetch_behind(keys + ahead);
      for (std::uint32_t i = 0; i < 16; ++i) {
        const F32 key = load_numbers(keys);
        keys += 16;
#pragma GCC unroll 32
        for (int query = 0; query < kQueries; ++query) {
          sums[query] = fma_memory(key, chunk + 16 * query + i, sums[query]);
        }
      }
      chunk += chunk_stride;
    }
    if (group * 16 >= segment.first_slot) {
      float* out = scores + (group * 16 - segment.first_slot);
#pragma GCC unroll 32
      for (int query = 0; query < kQueries; ++query) store(out + query * kScoreStride, sums[query]);
    } else {
      const std::uint32_t before = segment.first_slot - group * 16;
#pragma GCC unroll 32
      for (int query = 0; query < kQueries; ++query) {
        store_from(scores + query * kScoreStride - before, before, sums[query]);
      }
    }
  }
}

template <typename Number>
void score(const HeadCache& cache, const Segment& segment, const TurnedQueries& queries,
           float* scores) {
  constexpr int kQueries = AttentionTile<Number>::kScores;
  in_even_parts<kQueries>(queries.count, [&](std::uint32_t first, std::uint32_t count) {
    with_count<kQueries>(count, [&](auto tile) {
      score_segment<Number, decltype(tile)::value>(
          cache, segment, queries.values + std::size_t{16} * first, queries.chunk_stride,
          scores + first * kScoreStride);
    });
  });
}

/// The highest of the first `length` scores; up to 15 scores behind them become −infinity.
inline float highest_score(float* scores, std::uint32_t length) {
  const std::uint32_t padded_length = (length + 15) / 16 * 16;
  for (std::uint32_t i = length; i < padded_length; ++i) scores[i] = -__builtin_inff();
  F32 top = load(scores);
  for (std::uint32_t i = 16; i < padded_length; i += 16) top = max(top, load(scores + i));
  return highest(top);
}

/// Scores to weights 2^(score − highest), in place, in whole vectors; gives their sum.
inline float weigh(float* scores, std::uint32_t length, float highest) {
  const F32 shift = broadcast(highest);
  F32 total = zero();
  for (std::uint32_t i = 0; i < length; i += 16) {
    const F32 weight = power_of_two(sub(load(scores + i), shift));
    store(scores + i, weight);
    total = add(total, weight);
  }
  return sum(total);
}

/// Positions of a block, counted from its first.
struct BlockRange {
  std::uint32_t first;
  std::uint32_t last;  // Excluded.
};

/// Adds the weighted values of a range of positions, in ascending order, to kQueries sums of
/// 16 · kVectors dimensions; from position 0 on, the sums begin at zero.
template <typename Number, int kQueries, int kVectors>
inline void add_values(const HeadCache& cache, const Segment* segments, const BlockRange& range,
                       const float* weights, std::uint32_t dimension, float* values) {
  F32 sums[kQueries][kVectors];
#pragma GCC unroll 32
  for (int query = 0; query < kQueries; ++query) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      sums[query][v] =
          range.first == 0 ? zero() : load(values + query * cache.dimension + 16 * v + dimension);
    }
  }
  std::uint32_t position = 0;
  for (const Segment* segment = segments; position < range.last; ++segment) {
    const std::uint32_t behind = position + segment->length;
    const std::uint32_t begin = position < range.first ? range.first : position;
    const std::uint32_t end = behind < range.last ? behind : range.last;
    const Number* value = static_cast<const Number*>(cache.values) +
                          std::size_t{segment->first_slot + begin - position} * cache.dimension +
                          dimension;
    for (std::uint32_t i = begin; i < end; ++i, value += cache.dimension) {
      F32 vectors[kVectors];
      for (int v = 0; v < kVectors; v += kLineNumbers<Number> / 16) {
        prefetch_behind(value + 16 * v);
      }
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) vectors[v] = load_numbers(value + 16 * v);
#pragma GCC unroll 32
      for (int query = 0; query < kQueries; ++query) {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
          sums[query][v] =
              fma_memory(vectors[v], weights + query * kScoreStride + i, sums[query][v]);
        }
      }
    }
    position = behind;
  }
#pragma GCC unroll 32
  for (int query = 0; query < kQueries; ++query) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      store(values + query * cache.dimension + 16 * v + dimension, sums[query][v]);
    }
  }
}

/// The same for all dimensions from `dimension` on, kVectors vectors at a time while there are.
template <typename Number, int kQueries, int kVectors>
inline void add_values_from(const HeadCache& cache, const Segment* segments,
                            const BlockRange& range, const float* weights, std::uint32_t dimension,
                            float* values) {
  for (; dimension + 16 * kVectors <= cache.dimension; dimension += 16 * kVectors) {
    add_values<Number, kQueries, kVectors>(cache, segments, range, weights, dimension, values);
  }
  if constexpr (kVectors > 1) {
    add_values_from<Number, kQueries, kVectors / 2>(cache, segments, range, weights, dimension,
                                                    values);
  }
}

template <typename Number>
void gather(const HeadCache& cache, const Segment* segments, const std::uint32_t* lengths,
            std::uint32_t query_count, float* scores, const AttentionSum& sum) {
  using Tile = AttentionTile<Number>;
  in_even_parts<Tile::kValues>(query_count, [&](std::uint32_t first, std::uint32_t count) {
    std::uint32_t shortest = lengths[first];
    for (std::uint32_t query = first; query < first + count; ++query) {
      sum.highest[query] = highest_score(scores + query * kScoreStride, lengths[query]);
      if (lengths[query] < shortest) shortest = lengths[query];
    }
    for (std::uint32_t query = first; query < first + count; ++query) {
      sum.weights[query] = weigh(scores + query * kScoreStride, lengths[query], sum.highest[query]);
    }
    // What all of them see is read once, the rest for each: a weight of 0 would not do, for a value
    // that is not finite.
    with_count<Tile::kValues>(count, [&](auto tile) {
      add_values_from<Number, decltype(tile)::value, Tile::kVectors>(
          cache, segments, {0, shortest}, scores + first * kScoreStride, 0,
          sum.values + std::size_t{first} * cache.dimension);
    });
    for (std::uint32_t query = first; query < first + count; ++query) {
      if (lengths[query] == shortest) continue;
      add_values_from<Number, 1, Tile::kVectors>(cache, segments, {shortest, lengths[query]},
                                                 scores + query * kScoreStride, 0,
                                                 sum.values + std::size_t{query} * cache.dimension);
    }
  });
}

void merge(std::uint32_t dimension, std::uint32_t query_count, const AttentionSum& earlier,
           const AttentionSum& later) {
  // The factors of sixteen queries at a time.
  for (std::uint32_t first = 0; first < query_count; first += 16) {
    const std::uint32_t count = query_count - first < 16 ? query_count - first : 16;
    const F32 earlier_top = load_tail(earlier.highest + first, count);
    const F32 later_top = load_tail(later.highest + first, count);
    const F32 top = max(earlier_top, later_top);
    const F32 keep = power_of_two(sub(earlier_top, top));
    const F32 take = power_of_two(sub(later_top, top));
    store_tail(earlier.highest + first, count, top);
    const F32 weights = add(mul(load_tail(earlier.weights + first, count), keep),
                            mul(load_tail(later.weights + first, count), take));
    store_tail(earlier.weights + first, count, weights);
    float keeps[16];
    float takes[16];
    store(keeps, keep);
    store(takes, take);
    for (std::uint32_t query = 0; query < count; ++query) {
      float* values = earlier.values + std::size_t{first + query} * dimension;
      const float* more = later.values + std::size_t{first + query} * dimension;
      for (std::uint32_t d = 0; d < dimension; d += 16) {
        const F32 taken = mul(load(more + d), broadcast(takes[query]));
        store(values + d, fma(load(values + d), broadcast(keeps[query]), taken));
      }
    }
  }
}

void finish(std::uint32_t dimension, std::uint32_t query_count, const AttentionSum& sum,
            float* output) {
  for (std::uint32_t query = 0; query < query_count; ++query) {
    const F32 weights = broadcast(sum.weights[query]);
    const std::size_t offset = std::size_t{query} * dimension;
    for (std::uint32_t d = 0; d < dimension; d += 16) {
      store(output + offset + d, div(load(sum.values + offset + d), weights));
    }
  }
}

template <typename Number>
void store_key(const float* key, std::uint32_t dimension, std::uint32_t slot, void* keys) {
  Number* column = static_cast<Number*>(keys) + std::size_t{slot / 16} * 16 * dimension + slot % 16;
  for (std::uint32_t d = 0; d < dimension; d += 16) {
    Number numbers[16];
    store_numbers(numbers, load(key + d));
    for (std::uint32_t i = 0; i < 16; ++i) column[std::size_t{16} * (d + i)] = numbers[i];
  }
}

template <typename Number>
void store_value(const float* value, std::uint32_t dimension, std::uint32_t slot, void* values) {
  Number* own = static_cast<Number*>(values) + std::size_t{slot} * dimension;
  for (std::uint32_t d = 0; d < dimension; d += 16) store_numbers(own + d, load(value + d));
}

template <typename Number>
void turn_keys(const KeyTurn& turn, void* keys) {
  for (std::uint32_t pair = 0; pair < turn.pair_count; ++pair) {
    Number* first = static_cast<Number*>(keys) + std::size_t{16} * pair * turn.step;
    Number* second = first + std::size_t{16} * turn.stride;
    const F32 a = load_numbers(first);
    const F32 b = load_numbers(second);
    const F32 cosine = load(turn.cosines + std::size_t{16} * pair);
    const F32 sine = load(turn.sines + std::size_t{16} * pair);
    store_numbers(first, sub(mul(a, cosine), mul(b, sine)));
    store_numbers(second, add(mul(a, sine), mul(b, cosine)));
  }
}

template <typename Number>
constexpr KvKernels kKvKernels = {store_key<Number>, store_value<Number>, turn_keys<Number>,
                                  score<Number>, gather<Number>};
