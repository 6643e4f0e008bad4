// What the backend asks of the device, and what it says of one that is not as it should be: only
// the emulated device counts the one and can be the other. The other tests run on real ones, too.
#include <cuda_runtime.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <semaphore>
#include <stop_token>
#include <string>
#include <thread>

#include "engine/backend/cuda/kv_page.h"
#include "tests/cuda_device/cuda_device.h"
#include "tests/unit/cuda/cuda_fixture.h"

namespace nextline {
namespace {

using test::cuda_backend;
using test::TestSequence;

TEST(CudaDeviceUse, AnEditLaunchesAndCopiesNothing) {
  const test::TestModel model(test::RandomModelOptions{});
  test::Random random{10};
  const auto cuda = cuda_backend(*model, 16);
  TestSequence sequence(*cuda);
  sequence.append(test::random_tokens(random, 40, *model));
  cuda_device::reset_counts();
  auto removed = (*sequence).remove(10, 4);
  (*sequence).erase(3, 1);
  (*sequence).restore(20, std::move(removed));
  const cuda_device::DeviceCounts counts = cuda_device::counts();
  EXPECT_EQ(counts.launches, 0U);
  EXPECT_EQ(counts.bytes_to_device + counts.bytes_to_host + counts.bytes_within_device, 0U);
}

TEST(CudaDeviceUse, SaysWhatIsMissing) {
  const test::TestModel model(test::RandomModelOptions{});
  const auto message_on = [&](cuda_device::Presence presence, std::size_t memory_bytes) {
    cuda_device::Settings settings;
    settings.presence = presence;
    settings.memory_bytes = memory_bytes;
    cuda_device::set(settings);
    const auto backend = cuda::create_backend(*model);
    cuda_device::set({});
    return backend ? std::string() : backend.error().message;
  };
  using cuda_device::Presence;
  EXPECT_EQ(message_on(Presence::kNoDevice, 0), "There is no CUDA device on this machine.");
  EXPECT_EQ(message_on(Presence::kNoDriver, 0),
            "There is no NVIDIA driver on this machine, or one that is too old.");
  EXPECT_EQ(message_on(Presence::kPresent, std::size_t{200'000}),
            "There is not enough memory on the CUDA device for the weights of \"random model\".");
  EXPECT_EQ(cuda::create_backend(*model, {7}).error().message,
            "There is no CUDA device 7; this machine has 1.");
  const auto cuda = cuda::create_backend(*model);
  ASSERT_TRUE(cuda.has_value());
  cuda_device::set({.memory_bytes = cuda_device::bytes_in_use(), .pinned_memory_bytes = 0});
  const std::string message = (*cuda)->create_storage(1024).error().message;
  EXPECT_EQ(message,
            "There is no memory for more keys and values, neither on the CUDA device \"Emulated "
            "CUDA device\" nor beside it.");
  // So the CPU goes on.
  ASSERT_NE((*cuda)->broken_by(), nullptr);
  EXPECT_EQ((*cuda)->broken_by()->message, message);
  cuda_device::set({});
}

TEST(CudaDeviceUse, AStorageTakesMemoryForThePagesThatItsTokensFill) {
  const test::TestModel model(test::RandomModelOptions{});
  test::Random random{15};
  const auto cuda = cuda_backend(*model, 16);
  TestSequence other(*cuda);  // Passes of many rows and of few have their memory then.
  other.append(test::random_tokens(random, 200, *model));
  other.append(test::random_tokens(random, 1, *model));
  const std::size_t before = cuda_device::bytes_in_use();
  TestSequence sequence(*cuda, 100'000);
  sequence.append(test::random_tokens(random, 2 * cuda::kPageSlots, *model));
  EXPECT_EQ(cuda_device::bytes_in_use() - before,
            2 * cuda::kPageSlots * sequence.storage().slot_bytes());
  sequence.append(test::random_tokens(random, 1, *model));
  EXPECT_EQ(cuda_device::bytes_in_use() - before,
            3 * cuda::kPageSlots * sequence.storage().slot_bytes());
}

TEST(CudaDeviceUse, APassOfManyRowsIsStoppedSoonWhenAskedFromAnotherThread) {
  test::RandomModelOptions options;
  options.layers = 8;
  const test::TestModel model(options);
  test::Random random{12};
  const auto cuda = cuda_backend(*model, 16);
  TestSequence sequence(*cuda);
  std::vector<PlannedToken> planned;
  for (const TokenId token : test::random_tokens(random, 60, *model)) {
    planned.push_back({token, PlannedToken::Place::kInsert, 0, true});
  }
  auto pass = (*sequence).plan(planned);
  ASSERT_TRUE(pass.has_value());
  std::stop_source stop;
  Logits logits;
  std::binary_semaphore has_begun{0};
  std::jthread canceller([&] {
    has_begun.acquire();
    stop.request_stop();
  });
  cuda_device::Settings settings;
  settings.on_launch = [&] {
    if (stop.stop_requested()) return;
    has_begun.release();
    while (!stop.stop_requested()) std::this_thread::yield();
  };
  cuda_device::set(settings);
  cuda_device::reset_counts();
  EXPECT_EQ(cuda->forward(sequence.storage(), pass->batch(), logits, stop.get_token()),
            PassOutcome::kCancelled);
  cuda_device::set({});
  EXPECT_LT(cuda_device::counts().multiplications, 4U * 4);  // Half of the layers.
}

__global__ void wait_in_one_branch() {
  if (threadIdx.x == 0) __syncthreads();
}

TEST(CudaDeviceUse, ADeviceThatHasFailedCancelsEveryPassAndSaysWhy) {
  const test::TestModel model(test::RandomModelOptions{});
  test::Random random{13};
  {
    const auto backend = cuda::create_backend(*model);
    ASSERT_TRUE(backend.has_value());
    TestSequence sequence(**backend);
    sequence.append(test::random_tokens(random, 3, *model));
    EXPECT_EQ((*backend)->broken_by(), nullptr);
    cudaLaunchConfig_t configuration{};
    configuration.blockDim = dim3(64);
    cudaLaunchKernelEx(&configuration, wait_in_one_branch);
    cudaStreamSynchronize(nullptr);
    EXPECT_TRUE(sequence.append(test::random_tokens(random, 3, *model)).empty());
    ASSERT_NE((*backend)->broken_by(), nullptr);
    EXPECT_THAT((*backend)->broken_by()->message, testing::StartsWith("The CUDA device \""));
    EXPECT_TRUE(sequence.append(test::random_tokens(random, 3, *model)).empty());
  }
  cuda_device::reset();
}

}  // namespace
}  // namespace nextline
