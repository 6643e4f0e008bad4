// Included once per instruction set, inside its namespace and behind its simd.h.

/// Scores of 16 neighbouring slots for kHeads queries: a lane is a key, and its score is summed
/// over the dimensions in ascending order, so that it does not depend on the slots beside it.
template <int kHeads>
inline void score_group(const std::uint16_t* keys, std::uint32_t dimension, const float* queries,
                        F32 (&scores)[kHeads]) {
  for (int head = 0; head < kHeads; ++head) scores[head] = zero();
  for (std::uint32_t d = 0; d < dimension; ++d) {
    const F32 key = load_half(keys + std::size_t{16} * d);
#pragma GCC unroll 8
    for (int head = 0; head < kHeads; ++head) {
      scores[head] = fma(broadcast(queries[head * dimension + d]), key, scores[head]);
    }
  }
}

/// The scores of one segment, [heads × kAttentionBlock] from position `first` on.
template <int kHeads>
inline void score_segment(const HeadCache& cache, const KeySegment& segment, std::uint32_t first,
                          const float* queries, float* scores) {
  const std::uint32_t end = segment.first_slot + segment.length;
  for (std::uint32_t group = segment.first_slot / 16; group * 16 < end; ++group) {
    F32 sums[kHeads];
    score_group<kHeads>(cache.keys + std::size_t{group} * 16 * cache.dimension, cache.dimension,
                        queries, sums);
    const std::uint32_t begin =
        group * 16 < segment.first_slot ? segment.first_slot - group * 16 : 0;
    const std::uint32_t stop = end - group * 16 < 16 ? end - group * 16 : 16;
    const std::uint32_t position = first + group * 16 + begin - segment.first_slot;
    for (int head = 0; head < kHeads; ++head) {
      float* out = scores + head * kAttentionBlock + position;
      if (begin == 0 && stop == 16) {
        store(out, sums[head]);
      } else {
        float lanes[16];
        store(lanes, sums[head]);
        for (std::uint32_t lane = begin; lane < stop; ++lane) out[lane - begin] = lanes[lane];
      }
    }
  }
}

/// Scores to weights exp(score − highest), in place; `scores` is padded with −infinity to whole
/// vectors.
inline void weigh(float* scores, std::uint32_t padded_length, float& highest_score,
                  float& weights) {
  F32 top = load(scores);
  for (std::uint32_t i = 16; i < padded_length; i += 16) top = max(top, load(scores + i));
  highest_score = highest(top);
  const F32 shift = broadcast(highest_score);
  F32 total = zero();
  for (std::uint32_t i = 0; i < padded_length; i += 16) {
    const F32 weight = exponential(sub(load(scores + i), shift));
    store(scores + i, weight);
    total = add(total, weight);
  }
  weights = sum(total);
}

/// Weighted values of all segments in ascending positions; 16 dimensions at a time.
template <int kHeads>
inline void gather_values(const HeadCache& cache, const KeySegment* segments,
                          std::uint32_t segment_count, const float* weights, float* values) {
  for (std::uint32_t d = 0; d < cache.dimension; d += 16) {
    F32 sums[kHeads];
    for (int head = 0; head < kHeads; ++head) sums[head] = zero();
    const float* weight = weights;
    for (std::uint32_t s = 0; s < segment_count; ++s) {
      const std::uint16_t* value =
          cache.values + std::size_t{segments[s].first_slot} * cache.dimension + d;
      for (std::uint32_t i = 0; i < segments[s].length; ++i) {
        const F32 sixteen = load_half(value);
#pragma GCC unroll 8
        for (int head = 0; head < kHeads; ++head) {
          sums[head] = fma(broadcast(weight[head * kAttentionBlock]), sixteen, sums[head]);
        }
        value += cache.dimension;
        ++weight;
      }
    }
    for (int head = 0; head < kHeads; ++head)
      store(values + head * cache.dimension + d, sums[head]);
  }
}

template <int kHeads>
inline void attend_heads(const HeadCache& cache, std::uint32_t first_head,
                         const KeySegment* segments, std::uint32_t segment_count,
                         const AttentionSum& sum) {
  alignas(64) float scores[kHeads * kAttentionBlock];
  std::uint32_t length = 0;
  for (std::uint32_t s = 0; s < segment_count; ++s) {
    const float* queries = segments[s].queries + std::size_t{first_head} * cache.dimension;
    score_segment<kHeads>(cache, segments[s], length, queries, scores);
    length += segments[s].length;
  }
  const std::uint32_t padded_length = (length + 15) / 16 * 16;
  for (int head = 0; head < kHeads; ++head) {
    float* own = scores + head * kAttentionBlock;
    for (std::uint32_t i = length; i < padded_length; ++i) own[i] = -__builtin_inff();
    weigh(own, padded_length, sum.highest[first_head + head], sum.weights[first_head + head]);
  }
  gather_values<kHeads>(cache, segments, segment_count, scores,
                        sum.values + std::size_t{first_head} * cache.dimension);
}

void attend(const HeadCache& cache, std::uint32_t heads, const KeySegment* segments,
            std::uint32_t segment_count, const AttentionSum& sum) {
  // Up to eight heads share each key and value that is loaded.
  for (std::uint32_t first = 0; first < heads;) {
    const std::uint32_t left = heads - first;
    const auto with = [&](auto count) {
      attend_heads<decltype(count)::value>(cache, first, segments, segment_count, sum);
      first += static_cast<std::uint32_t>(decltype(count)::value);
    };
    switch (left) {
      case 1:
        with(Count<1>{});
        break;
      case 2:
        with(Count<2>{});
        break;
      case 3:
        with(Count<3>{});
        break;
      case 4:
        with(Count<4>{});
        break;
      case 5:
        with(Count<5>{});
        break;
      case 6:
        with(Count<6>{});
        break;
      case 7:
        with(Count<7>{});
        break;
      default:
        with(Count<8>{});
        break;
    }
  }
}

void merge(std::uint32_t dimension, std::uint32_t heads, const AttentionSum& earlier,
           const AttentionSum& later) {
  for (std::uint32_t head = 0; head < heads; ++head) {
    const float top =
        earlier.highest[head] > later.highest[head] ? earlier.highest[head] : later.highest[head];
    const float keep = first_exponential(earlier.highest[head] - top);
    const float take = first_exponential(later.highest[head] - top);
    earlier.highest[head] = top;
    earlier.weights[head] = earlier.weights[head] * keep + later.weights[head] * take;
    float* values = earlier.values + std::size_t{head} * dimension;
    const float* more = later.values + std::size_t{head} * dimension;
    for (std::uint32_t d = 0; d < dimension; d += 16) {
      store(values + d,
            fma(load(values + d), broadcast(keep), mul(load(more + d), broadcast(take))));
    }
  }
}

void finish(std::uint32_t dimension, std::uint32_t heads, const AttentionSum& sum, float* output) {
  for (std::uint32_t head = 0; head < heads; ++head) {
    const F32 weights = broadcast(sum.weights[head]);
    const std::size_t offset = std::size_t{head} * dimension;
    for (std::uint32_t d = 0; d < dimension; d += 16) {
      store(output + offset + d, div(load(sum.values + offset + d), weights));
    }
  }
}

void store_key(const float* key, std::uint32_t dimension, std::uint32_t slot, std::uint16_t* keys) {
  std::uint16_t* column = keys + std::size_t{slot / 16} * 16 * dimension + slot % 16;
  for (std::uint32_t d = 0; d < dimension; d += 16) {
    std::uint16_t halves[16];
    store_half(halves, load(key + d));
    for (std::uint32_t i = 0; i < 16; ++i) column[std::size_t{16} * (d + i)] = halves[i];
  }
}

void store_value(const float* value, std::uint32_t dimension, std::uint32_t slot,
                 std::uint16_t* values) {
  for (std::uint32_t d = 0; d < dimension; d += 16) {
    store_half(values + std::size_t{slot} * dimension + d, load(value + d));
  }
}

void turn_keys(const KeyTurn& turn, std::uint16_t* keys) {
  for (std::uint32_t pair = 0; pair < turn.pair_count; ++pair) {
    std::uint16_t* first = keys + std::size_t{16} * pair * turn.step;
    std::uint16_t* second = first + std::size_t{16} * turn.stride;
    const F32 a = load_half(first);
    const F32 b = load_half(second);
    const F32 cosine = load(turn.cosines + std::size_t{16} * pair);
    const F32 sine = load(turn.sines + std::size_t{16} * pair);
    store_half(first, sub(mul(a, cosine), mul(b, sine)));
    store_half(second, add(mul(a, sine), mul(b, cosine)));
  }
}
