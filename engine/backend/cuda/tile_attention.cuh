#pragma once

#include "engine/backend/cuda/attention_memory.cuh"

namespace nextline::cuda {

/// What one thread block does. Each function is called by all threads; where one reads what another
/// has written to shared memory, `attend` has them wait for each other.
///
/// To construct it reads the item alone, which a copy has brought before the first kernel of the
/// pass, so that need not await the earlier kernels.
template <typename Number, int kGroups>
class TileAttention {
 public:
  using Memory = AttentionMemory<Number, kGroups>;
  static constexpr std::uint32_t kQueries = Memory::kQueries;
  static constexpr std::uint32_t kSegments = Memory::kSegments;

  __device__ TileAttention(const AttentionArguments& arguments)
      : a_(arguments),
        item_(arguments.lists->items[blockIdx.x]),
        kv_head_(blockIdx.y / arguments.parts),
        memory_(*dynamic_shared<Memory>()) {
    const std::uint32_t part_head = blockIdx.y % a_.parts * a_.heads_per_item;
    heads_ = lesser(a_.heads_per_item, a_.heads_per_kv - part_head);
    first_head_ = kv_head_ * a_.heads_per_kv + part_head;
    query_count_ = item_.row_count * heads_;
    chunks_ = (a_.dimension + kChunk - 1) / kChunk;
  }

  /// The item only fills up the grid.
  __device__ bool is_empty() const { return item_.row_count == 0; }

  template <bool kFolds>
  __device__ void attend() {
    load_rows();
    for (std::uint32_t block = item_.first_block; block < item_.end_block; ++block) {
      begin_ = block * kAttentionBlock;
      __syncthreads();
      locate();
      __syncthreads();
      score();
      __syncthreads();
      weigh<kFolds>(block);
      __syncthreads();
      gather<kFolds>(block);
    }
    if constexpr (kFolds) {
      __syncthreads();
      finish();
    }
  }

 private:
  /// Units of 16 bytes that a thread brings of each chunk.
  static constexpr std::uint32_t kUnits = kChunk * sizeof(Number) / 16;
  using Units = uint4[kUnits];

  __device__ void load_rows() {
    for (std::uint32_t query = threadIdx.x; query < query_count_; query += kAttentionThreads) {
      const AttentionRow row = a_.lists->rows[item_.first_row + query / heads_];
      memory_.positions[query] = row.position;
      memory_.rows[query] = row.row;
      memory_.outputs[query] = row.output;
    }
    end_ = a_.lists->rows[item_.first_row + item_.row_count - 1].position + 1;
  }

  __device__ std::uint32_t head_of(std::uint32_t query) const {
    return first_head_ + query % heads_;
  }

  /// Positions of the block that a query sees.
  __device__ std::uint32_t visible(std::uint32_t query) const {
    const std::uint32_t end = memory_.positions[query] + 1;
    return end <= begin_ ? 0 : lesser(end - begin_, kAttentionBlock);
  }

  /// The address and the segment of each position that any row sees.
  __device__ void locate() {
    const std::uint32_t* const block_runs =
        a_.lists->block_runs + item_.block_runs + begin_ / kAttentionBlock;
    const AttentionRun* const runs = a_.lists->runs;
    const std::uint32_t first = block_runs[0];
    const std::uint32_t position = begin_ + threadIdx.x;
    const std::byte* address = nullptr;
    std::uint32_t segment = 0;
    if (position < end_) {
      std::uint32_t low = first;
      std::uint32_t high = block_runs[1];
      while (low < high) {
        const std::uint32_t middle = (low + high + 1) / 2;
        if (runs[middle].first_position <= position) {
          low = middle;
        } else {
          high = middle - 1;
        }
      }
      const AttentionRun run = runs[low];
      address = run.first_address + (position - run.first_position) * a_.slot_stride;
      segment = run.segment - runs[first].segment;
      const bool begins_segment = position == begin_ || (position == run.first_position &&
                                                         runs[low - 1].segment != run.segment);
      if (begins_segment) {
        memory_.segment_shifts[segment] = run.shift;
        memory_.segment_starts[segment] = position;
      }
      if (position + 1 == end_ || threadIdx.x + 1 == kAttentionBlock) {
        memory_.segment_count = segment + 1;
      }
    }
    memory_.addresses[threadIdx.x] = address;
    memory_.segments[threadIdx.x] = segment;
  }

  /// Dimensions of a chunk.
  __device__ std::uint32_t length_of(std::uint32_t chunk) const {
    return lesser(kChunk, a_.dimension - chunk * kChunk);
  }

  /// Units of 16 bytes of a position: two to this power, for a chunk has 16 or 32 dimensions.
  __device__ std::uint32_t unit_bits(std::uint32_t chunk) const {
    constexpr std::uint32_t kBits = sizeof(Number) == 4 ? 3 : 2;
    return length_of(chunk) == kChunk ? kBits : kBits - 1;
  }

  /// Asks for a chunk of the block's keys or values, which are `offset` behind the addresses.
  __device__ void fetch(std::size_t offset, std::uint32_t chunk, Units& units) const {
    offset += kv_head_ * a_.head_stride + chunk * kChunk * sizeof(Number);
    const std::uint32_t bits = unit_bits(chunk);
#pragma unroll
    for (std::uint32_t i = 0; i < kUnits; ++i) {
      units[i] = make_uint4(0, 0, 0, 0);
      const std::uint32_t index = threadIdx.x + i * kAttentionThreads;
      const std::uint32_t place = index >> bits;
      if (place >= kAttentionBlock) continue;
      const std::byte* const address = memory_.addresses[place];
      if (address == nullptr) continue;
      units[i] = global_memory<const uint4>(address + offset)[index - (place << bits)];
    }
  }

  /// Puts them on the stage.
  __device__ void put(std::uint32_t chunk, const Units& units) {
    const std::uint32_t bits = unit_bits(chunk);
#pragma unroll
    for (std::uint32_t i = 0; i < kUnits; ++i) {
      const std::uint32_t index = threadIdx.x + i * kAttentionThreads;
      const std::uint32_t place = index >> bits;
      if (place >= kAttentionBlock) continue;
      *reinterpret_cast<uint4*>(memory_.stage + place * Memory::kStageStride +
                                (index - (place << bits)) * 16) = units[i];
    }
  }

  __device__ const Number* staged(std::uint32_t place) const {
    return reinterpret_cast<const Number*>(memory_.stage + place * Memory::kStageStride);
  }

  /// Turns the queries for `count` segments. Rows before a segment see nothing of it, nor has the
  /// table their positions.
  __device__ void turn(std::uint32_t first_segment, std::uint32_t count) {
    const std::uint32_t dimension = a_.dimension;
    const std::uint32_t pairs = a_.angles.pair_count;
    // Pairs, then the dimensions that do not turn.
    const std::uint32_t steps = dimension - pairs;
    for (std::uint32_t i = threadIdx.x; i < count * query_count_ * steps; i += kAttentionThreads) {
      const std::uint32_t step = i % steps;
      const std::uint32_t query = i / steps % query_count_;
      const std::uint32_t segment = i / steps / query_count_;
      const std::uint32_t position = memory_.positions[query];
      if (position < memory_.segment_starts[first_segment + segment]) continue;
      const float* const from =
          a_.queries +
          (std::size_t{memory_.rows[query]} * a_.head_count + head_of(query)) * dimension;
      float* const to = memory_.turned() + (segment * kQueries + query) * dimension;
      if (step >= pairs) {
        to[pairs + step] = from[pairs + step];
        continue;
      }
      const float* const cosines =
          a_.angles.table +
          std::size_t{position - memory_.segment_shifts[first_segment + segment]} * 2 * pairs;
      const float cosine = cosines[step];
      const float sine = cosines[pairs + step];
      const PairPlaces places = places_of(a_.angles, step);
      const float first = from[places.first];
      const float second = from[places.second];
      to[places.first] = first * cosine - second * sine;
      to[places.second] = first * sine + second * cosine;
    }
  }

  /// scores[query][position of the block]. A thread has kGroups positions and eight queries.
  __device__ void score() {
    constexpr std::uint32_t kStep = kAttentionThreads / kGroups;  // Between a thread's positions.
    const std::uint32_t first_query = threadIdx.x / kStep * kGroupQueries;
    const std::uint32_t first_place = threadIdx.x % kStep;
    float sums[kGroups][kGroupQueries] = {};
    std::uint32_t own_segments[kGroups];
#pragma unroll
    for (int i = 0; i < kGroups; ++i) own_segments[i] = memory_.segments[first_place + i * kStep];

    Units units;
    fetch(a_.keys, 0, units);
    const std::uint32_t segment_count = memory_.segment_count;
    for (std::uint32_t first = 0; first < segment_count; first += kSegments) {
      const std::uint32_t count = lesser(kSegments, segment_count - first);
      turn(first, count);
      for (std::uint32_t chunk = 0; chunk < chunks_; ++chunk) {
        put(chunk, units);
        __syncthreads();
        if (chunk + 1 < chunks_) {
          fetch(a_.keys, chunk + 1, units);
        } else if (first + kSegments < segment_count) {
          fetch(a_.keys, 0, units);
        }
        for (std::uint32_t segment = 0; segment < count; ++segment) {
          add_products(first + segment, segment, chunk, first_query, first_place, own_segments,
                       sums);
        }
        __syncthreads();
      }
    }
#pragma unroll
    for (int i = 0; i < kGroups; ++i) {
#pragma unroll
      for (std::uint32_t query = 0; query < kGroupQueries; ++query) {
        memory_.scores[(first_query + query) * kScoreStride + first_place + i * kStep] =
            sums[i][query];
      }
    }
  }

  __device__ void add_products(std::uint32_t segment, std::uint32_t turned, std::uint32_t chunk,
                               std::uint32_t first_query, std::uint32_t first_place,
                               const std::uint32_t (&own_segments)[kGroups],
                               float (&sums)[kGroups][kGroupQueries]) {
    constexpr std::uint32_t kStep = kAttentionThreads / kGroups;
    bool has_any = false;
#pragma unroll
    for (int i = 0; i < kGroups; ++i) has_any = has_any || own_segments[i] == segment;
    if (!has_any || first_query >= query_count_) return;
    const float* const queries =
        memory_.turned() + (turned * kQueries + first_query) * a_.dimension + chunk * kChunk;
    const std::uint32_t own_queries = query_count_ - first_query;
    for (std::uint32_t d = 0; d < length_of(chunk); d += 8) {
      float keys[kGroups][8];
#pragma unroll
      for (int i = 0; i < kGroups; ++i) widen(staged(first_place + i * kStep) + d, keys[i]);
#pragma unroll
      for (std::uint32_t query = 0; query < kGroupQueries; ++query) {
        if (query >= own_queries) break;
        float own[8];
        widen(queries + query * a_.dimension + d, own);
#pragma unroll
        for (int i = 0; i < kGroups; ++i) {
          if (own_segments[i] != segment) continue;
          float sum = sums[i][query];
#pragma unroll
          for (int k = 0; k < 8; ++k) sum = fmaf(own[k], keys[i][k], sum);
          sums[i][query] = sum;
        }
      }
    }
  }

  /// Makes weights of the scores, a warp per query, and says how the block is merged.
  template <bool kFolds>
  __device__ void weigh(std::uint32_t block) {
    constexpr std::uint32_t kPerLane = kAttentionBlock / kWarpThreads;
    for (std::uint32_t query = warp_index(); query < query_count_;
         query += kAttentionThreads / kWarpThreads) {
      float* const scores = memory_.scores + query * kScoreStride;
      const std::uint32_t count = visible(query);
      float own[kPerLane];
      float highest = -INFINITY;
#pragma unroll
      for (std::uint32_t i = 0; i < kPerLane; ++i) {
        const std::uint32_t place = lane_index() + i * kWarpThreads;
        own[i] = place < count ? scores[place] : -INFINITY;
        highest = fmaxf(highest, own[i]);
      }
      highest = highest_over_lanes(highest);
      float sum = 0.0F;
#pragma unroll
      for (std::uint32_t i = 0; i < kPerLane; ++i) {
        const std::uint32_t place = lane_index() + i * kWarpThreads;
        const float weight = place < count ? exp2f(own[i] - highest) : 0.0F;
        scores[place] = weight;
        sum += weight;
      }
      sum = sum_over_lanes(sum);
      if (lane_index() == 0) note_sum<kFolds>(block, query, count, highest, sum);
    }
  }

  template <bool kFolds>
  __device__ void note_sum(std::uint32_t block, std::uint32_t query, std::uint32_t count,
                           float highest, float sum) {
    if constexpr (kFolds) {
      if (block == item_.first_block) {
        memory_.highest[query] = highest;
        memory_.weights[query] = sum;
      } else if (count == 0) {
        memory_.total_factors[query] = 1.0F;
        memory_.block_factors[query] = 0.0F;
      } else {
        const MergeFactors factors = merge_factors(memory_.highest[query], highest);
        memory_.highest[query] = factors.highest;
        memory_.weights[query] = merged(memory_.weights[query], factors.total, sum, factors.block);
        memory_.total_factors[query] = factors.total;
        memory_.block_factors[query] = factors.block;
      }
    } else if (count > 0) {
      a_.sum_weights[sum_index(block, query)] = make_float2(highest, sum);
    }
  }

  __device__ std::size_t sum_index(std::uint32_t block, std::uint32_t query) const {
    return (std::size_t{memory_.outputs[query]} * a_.head_count + head_of(query)) * a_.most_blocks +
           block;
  }

  /// Sums of weighted values, merged into the totals or stored to be merged.
  template <bool kFolds>
  __device__ void gather(std::uint32_t block) {
    Units units;
    fetch(a_.values, 0, units);
    for (std::uint32_t chunk = 0; chunk < chunks_; ++chunk) {
      put(chunk, units);
      __syncthreads();
      if (chunk + 1 < chunks_) fetch(a_.values, chunk + 1, units);
      float sums[2 * kGroups][4] = {};
      sum_values(chunk, sums);
      __syncthreads();
      share_sums(chunk, sums);
      __syncthreads();
      take_sums<kFolds>(block, chunk);
      __syncthreads();
    }
  }

  /// A warp has kSumPositions positions. A quarter of it has 2 · kGroups of the queries, a lane of
  /// that four dimensions.
  __device__ void sum_values(std::uint32_t chunk, float (&sums)[2 * kGroups][4]) const {
    const std::uint32_t first_place = warp_index() * kSumPositions;
    const std::uint32_t first_query = lane_index() / 8 * (2 * kGroups);
    const std::uint32_t d = lane_index() % 8 * 4;
    if (begin_ + first_place >= end_ || first_query >= query_count_ || d >= length_of(chunk))
      return;
    const std::uint32_t own_queries = query_count_ - first_query;
    for (std::uint32_t place = first_place; place < first_place + kSumPositions; place += 4) {
      float values[4][4];
#pragma unroll
      for (std::uint32_t i = 0; i < 4; ++i) widen(staged(place + i) + d, values[i]);
#pragma unroll
      for (std::uint32_t query = 0; query < 2 * kGroups; ++query) {
        if (query >= own_queries) break;
        float weights[4];
        widen(memory_.scores + (first_query + query) * kScoreStride + place, weights);
#pragma unroll
        for (int i = 0; i < 4; ++i) {
#pragma unroll
          for (int k = 0; k < 4; ++k) {
            sums[query][k] = fmaf(weights[i], values[i][k], sums[query][k]);
          }
        }
      }
    }
  }

  /// [warp][query][dimension of the chunk], where the values were.
  __device__ float* warp_sums() { return reinterpret_cast<float*>(memory_.stage); }

  __device__ void share_sums(std::uint32_t chunk, const float (&sums)[2 * kGroups][4]) {
    const std::uint32_t first_query = lane_index() / 8 * (2 * kGroups);
    const std::uint32_t d = lane_index() % 8 * 4;
    if (d >= length_of(chunk)) return;
#pragma unroll
    for (std::uint32_t query = 0; query < 2 * kGroups; ++query) {
      *reinterpret_cast<float4*>(warp_sums() +
                                 (warp_index() * kQueries + first_query + query) * kChunk + d) =
          make_float4(sums[query][0], sums[query][1], sums[query][2], sums[query][3]);
    }
  }

  template <bool kFolds>
  __device__ void take_sums(std::uint32_t block, std::uint32_t chunk) {
    const std::uint32_t length = length_of(chunk);
    for (std::uint32_t i = threadIdx.x; i < query_count_ * length; i += kAttentionThreads) {
      const std::uint32_t query = i / length;
      const std::uint32_t d = i % length;
      float sum = 0.0F;
#pragma unroll
      for (std::uint32_t warp = 0; warp < Memory::kWarps; ++warp) {
        sum += warp_sums()[(warp * kQueries + query) * kChunk + d];
      }
      if constexpr (kFolds) {
        float& total = memory_.totals(a_.dimension)[query * a_.dimension + chunk * kChunk + d];
        total = block == item_.first_block ? sum
                                           : merged(total, memory_.total_factors[query], sum,
                                                    memory_.block_factors[query]);
      } else if (visible(query) > 0) {
        a_.sum_values[sum_index(block, query) * a_.dimension + chunk * kChunk + d] = sum;
      }
    }
  }

  __device__ void finish() {
    for (std::uint32_t i = threadIdx.x; i < query_count_ * a_.dimension; i += kAttentionThreads) {
      const std::uint32_t query = i / a_.dimension;
      const std::uint32_t place = head_of(query) * a_.dimension + i % a_.dimension;
      a_.outputs[std::size_t{memory_.outputs[query]} * a_.output_stride +
                 (a_.in_lane_order ? lane_order(place) : place)] =
          memory_.totals(a_.dimension)[i] / memory_.weights[query];
    }
  }

  const AttentionArguments& a_;
  const AttentionItem item_;
  const std::uint32_t kv_head_;
  Memory& memory_;
  std::uint32_t heads_;
  std::uint32_t first_head_;
  std::uint32_t query_count_;
  std::uint32_t chunks_;
  std::uint32_t begin_ = 0;  // Of the block of positions.
  std::uint32_t end_ = 0;    // Of what the last row sees.
};

}  // namespace nextline::cuda
