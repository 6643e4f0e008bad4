// What the backend does with the device's memory where others want it, too: only the emulated
// device can be made to have less of it, and counts.
#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <vector>

#include "tests/cuda_device/cuda_device.h"
#include "tests/unit/cuda/cuda_memory_fixture.h"
#include "tests/unit/cuda/ten_documents.h"

namespace nextline {
namespace {

using cuda_device::Progress;
using test::expect_same_bits;
using test::LogitRows;
using test::TenDocuments;
using test::TestSequence;

class CudaMemoryUse : public test::CudaMemoryFixture {
 protected:
  ~CudaMemoryUse() override { cuda_device::set({}); }
};

TEST_F(CudaMemoryUse, WhatOtherProgramsTakeIsDoneWithout) {
  const auto text = tokens(130);
  const auto more = tokens(170);
  const auto compute = [&](bool is_taken) {
    const auto on = backend();
    std::vector<std::unique_ptr<TestSequence>> documents;
    for (int i = 0; i < 12; ++i) {
      documents.push_back(std::make_unique<TestSequence>(*on));
      documents.back()->append(text);
    }
    if (is_taken) cuda_device::set({.memory_bytes = cuda_device::bytes_in_use()});
    LogitRows all = documents[0]->append(text, 16);  // In more pages.
    for (LogitRows rows :
         {documents[1]->append(more),  // In a larger pass than any before.
          documents[0]->append(text, 16),
          LogitRows{documents[0]->keys_and_values(), documents[1]->keys_and_values(),
                    documents[2]->keys_and_values()}}) {
      all.insert(all.end(), rows.begin(), rows.end());
    }
    EXPECT_EQ(on->broken_by(), nullptr);
    cuda_device::set({});
    return all;
  };
  const LogitRows expected = compute(false);
  expect_same_bits(compute(true), expected);
}

TEST(CudaMemoryUseOfOneDocument, BuffersTakeTheRoomOfThePagesThatTheirOwnPassReads) {
  test::RandomModelOptions options;
  options.layers = 4;
  options.head_count_kv = 4;
  const test::TestModel model(options);
  test::Random random{34};
  const auto text = test::random_tokens(random, 330, *model);
  const auto few = test::random_tokens(random, 16, *model);
  const auto compute = [&](bool is_taken) {
    const auto on = test::cuda_backend(*model, 16);
    TestSequence only(*on);
    only.append(text, 110);
    if (is_taken) cuda_device::set({.memory_bytes = cuda_device::bytes_in_use()});
    cuda_device::reset_counts();
    LogitRows all = only.append(few);  // The first pass of few rows has buffers of its own.
    EXPECT_EQ(cuda_device::counts().bytes_to_host > 2 * test::page_bytes_of(*model), is_taken);
    all.push_back(only.keys_and_values());
    cuda_device::set({});
    return all;
  };
  const LogitRows expected = compute(false);
  expect_same_bits(compute(true), expected);
}

TEST_F(CudaMemoryUse, PagesComeAndGoWheneverTheDeviceGetsToIt) {
  std::vector<LogitRows> expected;
  for (const Progress progress : {Progress::kEarly, Progress::kLate, Progress::kRandom}) {
    cuda_device::set({.seed = 5, .progress = progress});
    cuda_device::reset_counts();
    const auto limited = backend(3 * page_bytes());
    TenDocuments documents(*limited, *model_);
    std::vector<LogitRows> computed;
    for (int step = 0; step < 30; ++step) computed.push_back(documents.step());
    EXPECT_GT(cuda_device::counts().stream_waits, 20U);
    if (expected.empty()) expected = computed;
    for (std::size_t step = 0; step < computed.size(); ++step) {
      SCOPED_TRACE(step);
      ASSERT_NO_FATAL_FAILURE(expect_same_bits(computed[step], expected[step]));
    }
  }
}

TEST_F(CudaMemoryUse, SavingWhatWasEvictedDoesNotBringItBack) {
  const auto limited = backend(2 * page_bytes());
  TestSequence evicted(*limited);
  evicted.append(tokens(100));
  TestSequence other(*limited);
  other.append(tokens(100));
  std::vector<Slot> slots(100);
  std::iota(slots.begin(), slots.end(), 0U);
  std::vector<std::byte> bytes(slots.size() * evicted.storage().slot_bytes());
  cuda_device::reset_counts();
  evicted.storage().save(slots, bytes);
  EXPECT_LT(cuda_device::counts().bytes_to_device, page_bytes());  // The addresses of slots.
  evicted.storage().bring_back();
  EXPECT_GE(cuda_device::counts().bytes_to_device, 2 * page_bytes());
}

TEST_F(CudaMemoryUse, ABackendLeavesNothingBehind) {
  const std::size_t on_device = cuda_device::bytes_in_use();
  const std::size_t pinned = cuda_device::pinned_bytes_in_use();
  const cuda_device::HandlesInUse handles = cuda_device::handles_in_use();
  {
    const auto limited = backend(2 * page_bytes());
    TenDocuments documents(*limited, *model_);
    for (int step = 0; step < 10; ++step) documents.step();
  }
  EXPECT_EQ(cuda_device::bytes_in_use(), on_device);
  EXPECT_EQ(cuda_device::pinned_bytes_in_use(), pinned);
  EXPECT_TRUE(cuda_device::handles_in_use() == handles);
}

}  // namespace
}  // namespace nextline
