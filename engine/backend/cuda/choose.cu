#include "engine/backend/cuda/choose.h"

#include "engine/backend/cuda/device_code.h"
#include "engine/backend/sampling_arithmetic.h"
#include "engine/backend/softmax_arithmetic.h"

namespace nextline::cuda {
namespace {

constexpr std::uint32_t kThreads = 1024;
constexpr std::uint32_t kWarps = kThreads / kWarpThreads;
constexpr std::uint32_t kDigitBits = 8;
constexpr std::uint32_t kDigits = 1U << kDigitBits;

using Weight = unsigned long long;  // As atomicAdd has it.

/// A row of logits, and the part of it that a warp goes through: consecutive tokens, so that sums
/// over the warps' parts and within them are sums in the order of tokens.
struct Row {
  const float* logits;
  std::uint32_t size;
  std::uint32_t first;
  std::uint32_t last;
};

__device__ Row row_of(const float* logits, std::uint32_t size) {
  const std::uint32_t steps = (size + kThreads - 1) / kThreads;
  const std::uint32_t first = lesser(size, warp_index() * steps * kWarpThreads);
  return {logits, size, first, lesser(size, first + steps * kWarpThreads)};
}

__device__ bool is_better(float logit, std::uint32_t token, float other, std::uint32_t than) {
  return logit > other || (logit == other && token < than);
}

__device__ Weight sum_of_lanes(Weight value) {
#pragma unroll
  for (int offset = 16; offset > 0; offset /= 2) value += __shfl_xor_sync(kAllLanes, value, offset);
  return value;
}

/// The sum of the lanes up to and including the caller's.
__device__ Weight sum_until_lane(Weight value) {
#pragma unroll
  for (std::uint32_t offset = 1; offset < kWarpThreads; offset *= 2) {
    const Weight below = __shfl_up_sync(kAllLanes, value, offset);
    if (lane_index() >= offset) value += below;
  }
  return value;
}

/// The token with the highest logit, of equals the lowest; the first where nothing is a number.
__device__ std::uint32_t most_likely(const Row& row) {
  __shared__ float logits[kWarps];
  __shared__ std::uint32_t tokens[kWarps];
  float best = -INFINITY;
  std::uint32_t token = 0;
  for (std::uint32_t i = row.first + lane_index(); i < row.last; i += kWarpThreads) {
    if (row.logits[i] > best) {
      best = row.logits[i];
      token = i;
    }
  }
  const auto meet = [&] {
#pragma unroll
    for (int offset = 16; offset > 0; offset /= 2) {
      const float other = __shfl_xor_sync(kAllLanes, best, offset);
      const std::uint32_t its_token = __shfl_xor_sync(kAllLanes, token, offset);
      if (is_better(other, its_token, best, token)) {
        best = other;
        token = its_token;
      }
    }
  };
  meet();
  if (lane_index() == 0) {
    logits[warp_index()] = best;
    tokens[warp_index()] = token;
  }
  __syncthreads();
  best = logits[lane_index()];
  token = tokens[lane_index()];
  meet();
  return token;
}

/// The weight of what is no further away than `furthest`: of each warp's part, and of all.
__device__ Weight weigh(const Row& row, float highest, float steepness, std::uint32_t furthest,
                        Weight (&of_warps)[kWarps]) {
  Weight sum = 0;
  for (std::uint32_t i = row.first + lane_index(); i < row.last; i += kWarpThreads) {
    const std::uint32_t distance = sampling::distance(row.logits[i], highest, steepness);
    if (distance <= furthest) sum += sampling::weight(distance);
  }
  sum = sum_of_lanes(sum);
  __syncthreads();  // What stood there has been read.
  if (lane_index() == 0) of_warps[warp_index()] = sum;
  __syncthreads();
  return sum_of_lanes(of_warps[lane_index()]);
}

/// The smallest distance within which tokens have at least the weight `mass` together, digit by
/// digit from the highest: the weights of all that begin with the digits found so far, by their
/// next one.
__device__ std::uint32_t nucleus_distance(const Row& row, float highest, float steepness,
                                          Weight mass) {
  __shared__ Weight of_digits[kDigits];
  __shared__ std::uint32_t found;
  __shared__ Weight left;
  std::uint32_t prefix = 0;
  for (std::uint32_t shift = 32; shift > 0;) {
    shift -= kDigitBits;
    if (threadIdx.x < kDigits) of_digits[threadIdx.x] = 0;
    __syncthreads();
    for (std::uint32_t i = row.first + lane_index(); i < row.last; i += kWarpThreads) {
      const std::uint32_t distance = sampling::distance(row.logits[i], highest, steepness);
      if ((std::uint64_t{distance ^ prefix} >> shift) >> kDigitBits != 0) continue;
      const Weight weight = sampling::weight(distance);
      if (weight != 0) atomicAdd(&of_digits[(distance >> shift) % kDigits], weight);
    }
    __syncthreads();
    if (warp_index() == 0) {
      Weight before = 0;  // Of the digits below the 32 at hand.
      for (std::uint32_t first = 0; first < kDigits; first += kWarpThreads) {
        const Weight own = of_digits[first + lane_index()];
        const Weight until = before + sum_until_lane(own);
        if (until >= mass && until - own < mass) {
          found = first + lane_index();
          left = mass - (until - own);
        }
        before = __shfl_sync(kAllLanes, until, static_cast<int>(kWarpThreads) - 1);
      }
    }
    __syncthreads();
    prefix |= found << shift;
    mass = left;
  }
  return prefix;
}

/// The token in whose weight the `left`-th part of the weight falls, in the order of tokens. Only
/// the warp that finds it writes it.
__device__ void pick(const Row& row, float highest, float steepness, std::uint32_t furthest,
                     const Weight (&of_warps)[kWarps], Weight left, TokenId* token) {
  const Weight until = sum_until_lane(of_warps[lane_index()]);
  const Weight end = __shfl_sync(kAllLanes, until, static_cast<int>(warp_index()));
  const Weight begin = end - of_warps[warp_index()];
  if (left < begin || left >= end) return;
  left -= begin;
  for (std::uint32_t first = row.first; first < row.last; first += kWarpThreads) {
    const std::uint32_t i = first + lane_index();
    Weight own = 0;
    if (i < row.last) {
      const std::uint32_t distance = sampling::distance(row.logits[i], highest, steepness);
      if (distance <= furthest) own = sampling::weight(distance);
    }
    const Weight sum = sum_until_lane(own);
    if (left < sum && left >= sum - own) *token = static_cast<TokenId>(i);
    const Weight all = __shfl_sync(kAllLanes, sum, static_cast<int>(kWarpThreads) - 1);
    if (left < all) return;
    left -= all;
  }
}

/// Draws a token; only the thread that finds it writes it. None does where nothing is a number.
__device__ void draw_token(const Row& row, float highest, std::uint64_t position, const Draw& draw,
                           TokenId* token) {
  __shared__ Weight of_warps[kWarps];
  std::uint32_t furthest = sampling::kNoWeight - 1;
  Weight total = weigh(row, highest, draw.steepness, furthest, of_warps);
  if (total == 0) return;  // Nothing is a number.
  if (draw.top_p >> 32 == 0) {
    furthest =
        nucleus_distance(row, highest, draw.steepness, sampling::nucleus_mass(total, draw.top_p));
    total = weigh(row, highest, draw.steepness, furthest, of_warps);
  }
  const Weight drawn = sampling::below(total, sampling::random_bits(draw.seed, position));
  pick(row, highest, draw.steepness, furthest, of_warps, drawn, token);
}

/// The sum of exp(logit − highest), as softmax_arithmetic.h says; without meaning where the highest
/// is not finite.
__device__ float sum_of_exponentials(const Row& row, float highest) {
  static_assert(kThreads == softmax::kSums);
  __shared__ float sums[kThreads];
  float sum = 0.0F;
  for (std::uint32_t i = threadIdx.x; i < row.size; i += kThreads) {
    sum += softmax::exponential(softmax::higher(softmax::kLowest, row.logits[i] - highest));
  }
  sums[threadIdx.x] = sum;
  for (std::uint32_t half = kThreads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
  }
  __syncthreads();
  return sums[0];
}

/// A thread block per row.
__global__ __launch_bounds__(kThreads) void choose_in_rows(const float* logits,
                                                           std::uint32_t vocabulary_size,
                                                           const PassRow* rows,
                                                           const std::uint32_t* asking,
                                                           const Draw* how, PickedToken* picked) {
  await_earlier_kernels();
  const Draw draw = *how;
  const Row row = row_of(logits + std::size_t{blockIdx.x} * vocabulary_size, vocabulary_size);
  TokenId* const token = &picked[blockIdx.x].token;
  const std::uint32_t best = most_likely(row);
  const float highest = row.logits[best];
  if (threadIdx.x == 0) *token = static_cast<TokenId>(best);
  if (!draw.is_greedy) {
    const std::uint64_t position = std::uint64_t{rows[asking[blockIdx.x]].position} + 1;
    draw_token(row, highest, position, draw, token);
  }
  // Its threads wait for each other, so that what one has drawn, the first can read.
  const float sum = sum_of_exponentials(row, highest);
  if (threadIdx.x == 0) picked[blockIdx.x] = {*token, row.logits[*token], highest, sum};
}

}  // namespace

Draw draw_of(const Sampling& sampling) {
  const bool is_greedy = sampling.temperature == 0.0F;
  return {is_greedy, is_greedy ? 0.0F : sampling::steepness(sampling.temperature),
          sampling::fixed_point(sampling.top_p), sampling.seed};
}

bool choose_tokens(DeviceContext& device, const float* logits, std::uint32_t vocabulary_size,
                   const PassRow* rows, const std::uint32_t* asking, std::uint32_t count,
                   const Draw* draw, PickedToken* picked) {
  return device.launch(choose_in_rows, dim3(count), dim3(kThreads), 0, logits, vocabulary_size,
                       rows, asking, draw, picked);
}

}  // namespace nextline::cuda
