// Passes where the device has too little memory for what documents cache: whatever goes to the
// host's memory and comes back, they compute the same bits as where there is enough.
#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <vector>

#include "tests/unit/cuda/cuda_memory_fixture.h"
#include "tests/unit/cuda/ten_documents.h"

namespace nextline {
namespace {

using test::expect_same_bits;
using test::LogitRows;
using test::TenDocuments;
using test::TestSequence;

class CudaMemoryTest : public test::CudaMemoryFixture {};

TEST_F(CudaMemoryTest, TenDocumentsWithATenthOfTheMemoryAreComputedAsWithAll) {
  const auto unlimited = backend();
  TenDocuments expected(*unlimited, *model_);
  const std::size_t needed_bytes = expected.page_bytes();
  ASSERT_GE(needed_bytes, 20 * page_bytes());
  const auto limited = backend(needed_bytes / 10);
  TenDocuments documents(*limited, *model_);
  for (int step = 0; step < 80; ++step) {
    SCOPED_TRACE(step);
    ASSERT_NO_FATAL_FAILURE(expect_same_bits(documents.step(), expected.step()));
  }
}

TEST_F(CudaMemoryTest, ADocumentLargerThanTheDeviceIsComputedAsAnyOther) {
  const auto text = tokens(300);
  const auto edit = tokens(3);
  const auto compute = [&](Backend& on) {
    TestSequence sequence(on);
    LogitRows all = sequence.append(text, 100);
    sequence->erase(90, 2);
    for (LogitRows rows : {sequence.insert(150, edit), sequence.append(edit, 1),
                           LogitRows{sequence.keys_and_values()}}) {
      all.insert(all.end(), rows.begin(), rows.end());
    }
    return all;
  };
  const LogitRows expected = compute(*backend());
  expect_same_bits(compute(*backend(page_bytes())), expected);
  expect_same_bits(compute(*backend(1)), expected);  // All of it lies in the host's memory.
}

TEST_F(CudaMemoryTest, WhatWasEvictedIsSavedFromWhereItLies) {
  const auto limited = backend(2 * page_bytes());
  TestSequence evicted(*limited);
  evicted.append(tokens(100));
  std::vector<Slot> slots(100);
  std::iota(slots.begin(), slots.end(), 0U);
  const auto saved = [&] {
    std::vector<std::byte> bytes(slots.size() * evicted.storage().slot_bytes());
    evicted.storage().save(slots, bytes);
    return bytes;
  };
  const std::vector<std::byte> before = saved();
  TestSequence other(*limited);
  other.append(tokens(100));
  EXPECT_EQ(saved(), before);
}

}  // namespace
}  // namespace nextline
