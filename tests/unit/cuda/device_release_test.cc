// What is left of a device's memory, and in it, when it is not used any more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <memory>

#include "tests/cuda_device/cuda_device.h"
#include "tests/unit/cuda/cuda_fixture.h"

namespace nextline {
namespace {

using test::TestSequence;

class DeviceReleaseTest : public testing::Test {
 protected:
  void TearDown() override { cuda_device::set({}); }

  std::unique_ptr<Backend> backend() { return std::move(*cuda::create_backend(*model_)); }

  static void expect_nothing_in_use() {
    EXPECT_FALSE(cuda_device::has_context());
    EXPECT_EQ(cuda_device::bytes_in_use(), 0U);
    EXPECT_EQ(cuda_device::pinned_bytes_in_use(), 0U);
    EXPECT_EQ(cuda_device::handles_in_use(), cuda_device::HandlesInUse());
  }

  test::TestModel model_{test::RandomModelOptions{}};
  test::Random random_{21};
};

TEST_F(DeviceReleaseTest, TheContextGoesWithTheLastBackend) {
  auto first = backend();
  auto second = backend();
  first.reset();
  {
    TestSequence sequence(*second);
    EXPECT_EQ(sequence.append(test::random_tokens(random_, 40, *model_)).size(), 40U);
  }
  second.reset();
  expect_nothing_in_use();
}

TEST_F(DeviceReleaseTest, NothingIsLeftAndABackendCanBeMadeAgain) {
  test::LogitRows before;
  const auto tokens = test::random_tokens(random_, 40, *model_);
  for (int round = 0; round < 3; ++round) {
    {
      const auto made = backend();
      TestSequence sequence(*made);
      const test::LogitRows logits = sequence.append(tokens);
      if (round > 0) test::expect_same_bits(logits, before);
      before = logits;
    }
    expect_nothing_in_use();
  }
}

TEST_F(DeviceReleaseTest, ALookAtTheDevicesIsGivenBack) {
  ASSERT_EQ(cuda::find_devices().value().size(), 1U);
  EXPECT_TRUE(cuda_device::has_context());
  cuda::release_devices();
  expect_nothing_in_use();
  // On one that computes nothing is given back.
  const auto made = backend();
  cuda::release_devices();
  TestSequence sequence(*made);
  EXPECT_EQ(sequence.append(test::random_tokens(random_, 3, *model_)).size(), 3U);
}

TEST_F(DeviceReleaseTest, WhereverMemoryEndsAsAModelIsLoadedNothingIsLeft) {
  std::size_t needed = 0;
  {
    const auto made = backend();
    needed = cuda_device::bytes_in_use();
  }
  for (std::size_t memory = 0; memory < needed; memory += needed / 40) {
    SCOPED_TRACE(memory);
    cuda_device::Settings settings;
    settings.memory_bytes = memory;
    cuda_device::set(settings);
    const auto made = cuda::create_backend(*model_);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, testing::HasSubstr("memory"));
    expect_nothing_in_use();
  }
}

TEST_F(DeviceReleaseTest, WithoutMemoryForAPassTheDeviceIsBrokenAndSaysSo) {
  const auto made = backend();
  TestSequence sequence(*made);
  sequence.append(test::random_tokens(random_, 3, *model_));
  cuda_device::Settings settings;
  settings.memory_bytes = cuda_device::bytes_in_use();  // Others have taken the rest.
  cuda_device::set(settings);
  EXPECT_TRUE(sequence.append(test::random_tokens(random_, 400, *model_)).empty());
  ASSERT_NE(made->broken_by(), nullptr);
  EXPECT_EQ(made->broken_by()->message,
            "There is not enough memory on the CUDA device for a pass of so many tokens.");
}

}  // namespace
}  // namespace nextline
