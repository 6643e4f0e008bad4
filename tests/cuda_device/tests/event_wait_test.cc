// Streams that wait for each other by events, and what shows where one does not.
#include <gtest/gtest.h>

#include "tests/cuda_device/tests/stream_fixture.h"

namespace nextline::cuda_device {
namespace {

/// Two streams and an event between them.
class EventWaitTest : public StreamTest {
 protected:
  EventWaitTest() {
    EXPECT_EQ(cudaStreamCreateWithFlags(&other_, cudaStreamNonBlocking), cudaSuccess);
    EXPECT_EQ(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), cudaSuccess);
    upload(1, stream_);
    EXPECT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
  }
  ~EventWaitTest() override {
    cudaEventDestroy(event_);
    cudaStreamDestroy(other_);
  }

  void record(cudaStream_t stream) { EXPECT_EQ(cudaEventRecord(event_, stream), cudaSuccess); }
  void wait(cudaStream_t stream) { EXPECT_EQ(cudaStreamWaitEvent(stream, event_), cudaSuccess); }

  cudaStream_t other_ = nullptr;
  cudaEvent_t event_ = nullptr;
};

TEST_F(EventWaitTest, AStreamWaitsForWhatAnotherWasAskedForBefore) {
  ask(plus, 1, other_);
  record(other_);
  wait(stream_);
  ask(times, 10, stream_);
  EXPECT_EQ(downloaded(stream_), 20);
  EXPECT_EQ(counts().stream_waits, 1U);
}

TEST_F(EventWaitTest, WhatNobodyWaitedForHasNotHappened) {
  ask(plus, 1, other_);
  record(other_);
  ask(times, 10, stream_);
  EXPECT_EQ(downloaded(stream_), 10);
  EXPECT_EQ(downloaded(other_), 11);
}

TEST_F(EventWaitTest, WhatStandsBehindTheEventIsNotWaitedFor) {
  record(other_);
  ask(plus, 1, other_);
  wait(stream_);
  ask(times, 10, stream_);
  EXPECT_EQ(downloaded(stream_), 10);
}

TEST_F(EventWaitTest, AWaitIsForWhatWasRecordedLastAtThatTime) {
  ask(plus, 1, other_);
  record(other_);
  wait(stream_);
  ask(plus, 100, other_);
  record(other_);
  ask(times, 10, stream_);
  EXPECT_EQ(downloaded(stream_), 20);
}

TEST_F(EventWaitTest, AnEventThatWasNeverRecordedIsNotWaitedFor) {
  wait(stream_);
  ask(plus, 1, stream_);
  EXPECT_EQ(downloaded(stream_), 2);
}

TEST_F(EventWaitTest, AnEventCanBeDestroyedWhileAStreamWaitsForIt) {
  ask(plus, 1, other_);
  record(other_);
  wait(stream_);
  EXPECT_EQ(cudaEventDestroy(event_), cudaSuccess);
  ask(times, 10, stream_);
  EXPECT_EQ(downloaded(stream_), 20);
}

TEST_F(EventWaitTest, WaitsReachAcrossStreams) {
  cudaStream_t third = nullptr;
  ASSERT_EQ(cudaStreamCreateWithFlags(&third, cudaStreamNonBlocking), cudaSuccess);
  ask(plus, 1, third);
  record(third);
  wait(other_);
  ask(times, 3, other_);
  record(other_);
  wait(stream_);
  EXPECT_EQ(downloaded(stream_), 6);
  EXPECT_EQ(cudaStreamDestroy(third), cudaSuccess);
}

TEST_F(EventWaitTest, TheHostWaitsForAnEventBehindAWait) {
  ask(plus, 1, other_);
  record(other_);
  wait(stream_);
  download(stream_);
  record(stream_);
  EXPECT_EQ(cudaEventSynchronize(event_), cudaSuccess);
  EXPECT_EQ(*pinned_, 2);
}

TEST_F(EventWaitTest, InRandomOrderAStreamThatDoesNotWaitIsAheadOfTheOtherAndBehindIt) {
  bool was_ahead = false;
  bool was_behind = false;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    set({.seed = seed, .progress = Progress::kRandom});
    upload(1, stream_);
    cudaStreamSynchronize(stream_);
    ask(plus, 1, other_);
    ask(times, 10, stream_);
    cudaStreamSynchronize(stream_);
    cudaStreamSynchronize(other_);
    (downloaded(stream_) == 11 ? was_ahead : was_behind) = true;
  }
  EXPECT_TRUE(was_ahead);
  EXPECT_TRUE(was_behind);
}

TEST_F(EventWaitTest, InRandomOrderAStreamThatWaitsIsAlwaysBehind) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    set({.seed = seed, .progress = Progress::kRandom});
    upload(1, stream_);
    record(stream_);
    wait(other_);
    ask(plus, 1, other_);
    record(other_);
    wait(stream_);
    ask(times, 10, stream_);
    EXPECT_EQ(downloaded(stream_), 20) << "seed " << seed;
  }
}

}  // namespace
}  // namespace nextline::cuda_device
