#include <gmock/gmock.h>

#include <cstdint>
#include <vector>

#include "tests/cuda_device/tests/device_test.h"
#include "tests/support/random.h"

namespace nextline::cuda_device {
namespace {

using testing::Each;
using testing::HasSubstr;

constexpr unsigned int kAll = 0xffffffff;

class WarpStepTest : public EveryOrder {};
INSTANTIATE_TEST_SUITE_P(Orders, WarpStepTest, every_order(), order_name);

enum class Shuffle { kFrom, kUp, kDown, kXor };

template <typename T>
__global__ void shuffle_by(Shuffle kind, int operand, int width, T* numbers) {
  T& own = numbers[threadIdx.x];
  if (kind == Shuffle::kFrom) own = __shfl_sync(kAll, own, operand, width);
  if (kind == Shuffle::kUp) own = __shfl_up_sync(kAll, own, operand, width);
  if (kind == Shuffle::kDown) own = __shfl_down_sync(kAll, own, operand, width);
  if (kind == Shuffle::kXor) own = __shfl_xor_sync(kAll, own, operand, width);
}

/// The lane whose value comes, said in another way than the device has it.
int expected_source(Shuffle kind, int lane, int operand, int width) {
  const int first = lane / width * width;
  if (kind == Shuffle::kFrom) return first + operand % width;
  if (kind == Shuffle::kXor) {
    const int source = lane ^ operand;
    return source / width > lane / width ? lane : source;
  }
  const int source = kind == Shuffle::kUp ? lane - operand : lane + operand;
  return source < first || source >= first + width ? lane : source;
}

template <typename T>
void expect_shuffles(const std::vector<T>& numbers) {
  for (const Shuffle kind : {Shuffle::kFrom, Shuffle::kUp, Shuffle::kDown, Shuffle::kXor}) {
    for (const int width : {1, 2, 4, 8, 16, 32}) {
      for (int operand = 0; operand < 32; ++operand) {
        const DeviceArray<T> held(numbers);
        ASSERT_EQ(run(1, static_cast<unsigned int>(numbers.size()), shuffle_by<T>, kind, operand,
                      width, held.data()),
                  cudaSuccess);
        const std::vector<T> shuffled = held.values();
        for (std::size_t i = 0; i < numbers.size(); ++i) {
          const int lane = static_cast<int>(i % 32);
          const auto source = i - i % 32 + expected_source(kind, lane, operand, width);
          ASSERT_EQ(shuffled[i], numbers[source])
              << "kind " << static_cast<int>(kind) << " lane " << lane << " operand " << operand
              << " width " << width;
        }
      }
    }
  }
}

TEST_P(WarpStepTest, ShufflesMoveWhatTheGuideSays) {
  test::Random random(1);
  std::vector<float> floats(96);
  for (float& number : floats) number = random.normal();
  expect_shuffles(floats);
  std::vector<std::uint64_t> wide(64);
  for (std::uint64_t& number : wide) number = random.next();
  expect_shuffles(wide);
}

struct Votes {
  unsigned int ballot;
  int any, all;
};

__global__ void vote_on(const int* predicates, Votes* votes) {
  const int own = predicates[threadIdx.x];
  votes[threadIdx.x] = {__ballot_sync(kAll, own), __any_sync(kAll, own), __all_sync(kAll, own)};
}

TEST_P(WarpStepTest, VotesAreThoseOfTheWarp) {
  test::Random random(2);
  std::vector<int> predicates(128);
  for (std::size_t i = 0; i < 32; ++i) {
    predicates[i] = random.below(2) != 0 ? static_cast<int>(random.next() >> 33) + 1 : 0;
    predicates[64 + i] = 1;
    predicates[96 + i] = i == 17 ? 0 : 1;
  }
  const DeviceArray<int> held(predicates);
  const DeviceArray<Votes> votes(128);

  ASSERT_EQ(run(1, 128, vote_on, held.data(), votes.data()), cudaSuccess);

  const std::vector<Votes> cast = votes.values();
  for (std::size_t i = 0; i < cast.size(); ++i) {
    unsigned int ballot = 0;
    for (std::size_t lane = 0; lane < 32; ++lane) {
      if (predicates[i / 32 * 32 + lane] != 0) ballot |= 1U << lane;
    }
    ASSERT_EQ(cast[i].ballot, ballot);
    ASSERT_EQ(cast[i].any, ballot != 0 ? 1 : 0);
    ASSERT_EQ(cast[i].all, ballot == kAll ? 1 : 0);
  }
}

/// Quarters of the warp go their own ways, some of them longer ones.
__global__ void sum_in_quarters(int* numbers) {
  const unsigned int quarter = threadIdx.x % 32 / 8;
  const unsigned int mask = 0xffU << (8 * quarter);
  int own = numbers[threadIdx.x];
  for (unsigned int i = 0; i <= quarter; ++i) {
    for (int distance = 4; distance > 0; distance /= 2) own += __shfl_xor_sync(mask, own, distance);
  }
  __syncwarp();
  numbers[threadIdx.x] = own;
}

TEST_P(WarpStepTest, LanesMeetInGroupsOfTheirOwn) {
  const DeviceArray<int> numbers(std::vector<int>(64, 1));

  ASSERT_EQ(run(1, 64, sum_in_quarters, numbers.data()), cudaSuccess);

  const std::vector<int> sums = numbers.values();
  for (std::size_t i = 0; i < sums.size(); ++i) EXPECT_EQ(sums[i], 8 << (i % 32 / 8 * 3));
}

__global__ void sum_over_warps(const float* numbers, float* sums) {
  __shared__ float parts[32];
  float own = numbers[threadIdx.x];
  for (int distance = 16; distance > 0; distance /= 2) {
    own += __shfl_down_sync(kAll, own, distance);
  }
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = own;
  __syncthreads();
  if (threadIdx.x >= 32) return;
  own = threadIdx.x < blockDim.x / 32 ? parts[threadIdx.x] : 0;
  for (int distance = 16; distance > 0; distance /= 2) {
    own += __shfl_down_sync(kAll, own, distance);
  }
  if (threadIdx.x == 0) *sums = own;
}

TEST_P(WarpStepTest, WarpsAndBarriersGoTogether) {
  std::vector<float> numbers(1024);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i);
  const DeviceArray<float> held(numbers);
  const DeviceArray<float> result(1);

  ASSERT_EQ(run(1, 1024, sum_over_warps, held.data(), result.data()), cudaSuccess);

  EXPECT_EQ(result.values().front(), 1023.0f * 1024 / 2);
}

__global__ void name_an_ended_lane(int* numbers) {
  if (threadIdx.x % 32 == 17) return;
  numbers[threadIdx.x] = __shfl_sync(kAll, threadIdx.x, 0);
}

__global__ void shuffle_at_two_places(int* numbers) {
  if (threadIdx.x < 16) {
    numbers[threadIdx.x] = __shfl_sync(kAll, threadIdx.x, 0);
  } else {
    numbers[threadIdx.x] = __shfl_sync(kAll, threadIdx.x, 1);
  }
}

__global__ void leave_oneself_out(int* numbers) {
  numbers[threadIdx.x] = __shfl_sync(kAll - 4, threadIdx.x, 0);
}

__global__ void read_who_takes_no_part(int* numbers) {
  if (threadIdx.x < 8) numbers[threadIdx.x] = __shfl_sync(0xff, threadIdx.x, 9);
}

__global__ void wait_for_who_waits_for_the_block(int* numbers) {
  if (threadIdx.x == 3) __syncthreads();
  numbers[threadIdx.x] = __any_sync(kAll, 1);
  if (threadIdx.x != 3) __syncthreads();
}

TEST_P(WarpStepTest, AMaskThatNamesAnEndedLaneStopsTheDevice) {
  const DeviceArray<int> numbers(64);
  EXPECT_EQ(run(1, 64, name_an_ended_lane, numbers.data()), cudaErrorLaunchFailure);
  EXPECT_THAT(failure_report(), HasSubstr("__shfl_sync at warp_step_test.cc:"));
}

TEST_P(WarpStepTest, AMaskThatNamesLanesThatDoNotExistStopsTheDevice) {
  const DeviceArray<int> numbers(std::vector<int>(40, 1));
  EXPECT_EQ(run(1, 40, sum_in_quarters, numbers.data()), cudaErrorLaunchFailure);
  EXPECT_THAT(failure_report(), HasSubstr("do not exist: 0xffffff00"));
}

TEST_P(WarpStepTest, LanesAtTwoPlacesStopTheDevice) {
  const DeviceArray<int> numbers(32);
  EXPECT_EQ(run(1, 32, shuffle_at_two_places, numbers.data()), cudaErrorLaunchFailure);
  EXPECT_THAT(failure_report(), HasSubstr("lanes 0x0000ffff wait at __shfl_sync"));
  EXPECT_THAT(failure_report(), HasSubstr("lanes 0xffff0000 wait at __shfl_sync"));
}

TEST_P(WarpStepTest, ALaneThatItsMaskLeavesOutStopsTheDevice) {
  const DeviceArray<int> numbers(32);
  EXPECT_EQ(run(1, 32, leave_oneself_out, numbers.data()), cudaErrorLaunchFailure);
  EXPECT_THAT(failure_report(), HasSubstr("which leaves it out"));
}

TEST_P(WarpStepTest, TheValueOfALaneThatTakesNoPartStopsTheDevice) {
  const DeviceArray<int> numbers(32);
  EXPECT_EQ(run(1, 32, read_who_takes_no_part, numbers.data()), cudaErrorLaunchFailure);
  EXPECT_THAT(failure_report(), HasSubstr("one that takes no part"));
}

TEST_P(WarpStepTest, LanesThatWaitForTheBlockAreMissed) {
  const DeviceArray<int> numbers(32);
  EXPECT_EQ(run(1, 32, wait_for_who_waits_for_the_block, numbers.data()), cudaErrorLaunchFailure);
  EXPECT_THAT(failure_report(), HasSubstr("in warp 0; lanes 0xfffffff7 wait at __any_sync"));
}

__global__ void calculate(const int* a, int* results) {
  results[0] = __dp4a(a[0], a[1], 7);
  results[1] = static_cast<int>(__dp4a(0xff02ff02U, 0xff030103U, 1U));
  results[2] = __popc(0xf0f00000U);
  results[3] = __ffs(0x10);
  results[4] = __ffs(0);
  results[5] = __clz(0x00800000);
  results[6] = __float_as_int(1.0f);
  results[7] = __ldg(a + 1);
}

TEST_F(DeviceTest, IntrinsicsAreWhatTheGuideSays) {
  const DeviceArray<int> a(std::vector<int>{static_cast<int>(0x80ff0102), 0x7f017f03});
  const DeviceArray<int> results(8);

  ASSERT_EQ(run(1, 1, calculate, a.data(), results.data()), cudaSuccess);

  EXPECT_EQ(results.values(), (std::vector<int>{7 + 2 * 3 + 1 * 127 - 1 * 1 - 128 * 127,
                                                1 + 2 * 3 + 255 * 1 + 2 * 3 + 255 * 255, 8, 5, 0, 8,
                                                0x3f800000, 0x7f017f03}));
}

}  // namespace
}  // namespace nextline::cuda_device
