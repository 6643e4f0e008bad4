#include <gmock/gmock.h>

#include <vector>

#include "tests/cuda_device/tests/stream_fixture.h"

namespace nextline::cuda_device {
namespace {

TEST_F(StreamTest, WorkIsDoneInOrderWhenSomebodyWaits) {
  upload(1, stream_);
  ask(plus, 2, stream_);
  ask(times, 5, stream_);
  download(stream_);
  EXPECT_EQ(*pinned_, 1);
  EXPECT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
  EXPECT_EQ(*pinned_, 15);
}

TEST_F(StreamTest, WorkCanBeDoneAtOnce) {
  set({.progress = Progress::kEarly});
  upload(1, stream_);
  ask(plus, 2, stream_);
  download(stream_);
  EXPECT_EQ(*pinned_, 3);
}

TEST_F(StreamTest, PinnedMemoryThatIsUsedTooEarlyAgainShows) {
  upload(1, stream_);
  upload(2, stream_);
  ask(plus, 10, stream_);
  *pinned_ = 3;
  download(stream_);
  cudaStreamSynchronize(stream_);
  EXPECT_EQ(*pinned_, 13);
}

TEST_F(StreamTest, OtherMemoryOfTheHostCanBeUsedAgainAtOnce) {
  int number = 4;
  EXPECT_EQ(cudaMemcpyAsync(number_, &number, sizeof(int), cudaMemcpyHostToDevice, stream_),
            cudaSuccess);
  number = 5;
  ask(plus, 1, stream_);
  EXPECT_EQ(cudaMemcpyAsync(&number, number_, sizeof(int), cudaMemcpyDeviceToHost, stream_),
            cudaSuccess);
  EXPECT_EQ(number, 5);
}

TEST_F(StreamTest, NonBlockingStreamsDoNotWaitForTheDefaultStream) {
  upload(1, nullptr);
  cudaStreamSynchronize(nullptr);
  ask(times, 10, nullptr);
  ask(plus, 1, stream_);
  cudaStreamSynchronize(stream_);
  cudaStreamSynchronize(nullptr);
  download(stream_);
  cudaStreamSynchronize(stream_);
  EXPECT_EQ(*pinned_, 20);
}

TEST_F(StreamTest, BlockingStreamsTakeTurnsWithTheDefaultStream) {
  cudaStream_t blocking = nullptr;
  ASSERT_EQ(cudaStreamCreateWithFlags(&blocking, cudaStreamDefault), cudaSuccess);
  upload(1, nullptr);
  ask(times, 10, nullptr);
  ask(plus, 1, blocking);
  ask(times, 2, nullptr);
  download(blocking);
  cudaStreamSynchronize(blocking);
  EXPECT_EQ(*pinned_, 22);
  EXPECT_EQ(cudaStreamDestroy(blocking), cudaSuccess);
}

TEST_F(StreamTest, AnEventHappensWhenWhatStandsBeforeItIsDone) {
  cudaEvent_t event = nullptr;
  ASSERT_EQ(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), cudaSuccess);
  EXPECT_EQ(cudaEventQuery(event), cudaSuccess);
  upload(1, stream_);
  download(stream_);
  EXPECT_EQ(cudaEventRecord(event, stream_), cudaSuccess);
  ask(plus, 1, stream_);
  download(stream_);

  EXPECT_EQ(cudaEventSynchronize(event), cudaSuccess);
  EXPECT_EQ(*pinned_, 1);
  cudaStreamSynchronize(stream_);
  EXPECT_EQ(*pinned_, 2);
  EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);
}

TEST_F(StreamTest, AnEventThatIsAskedForIsNotThereAtOnce) {
  cudaEvent_t event = nullptr;
  ASSERT_EQ(cudaEventCreate(&event), cudaSuccess);
  ask(plus, 1, stream_);
  EXPECT_EQ(cudaEventRecord(event, stream_), cudaSuccess);
  EXPECT_EQ(cudaEventQuery(event), cudaErrorNotReady);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  EXPECT_EQ(cudaEventQuery(event), cudaSuccess);
  EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);
  EXPECT_EQ(cudaEventDestroy(event), cudaErrorInvalidResourceHandle);
}

TEST_F(StreamTest, TimeBetweenEventsIsThatOfTheWork) {
  cudaEvent_t start = nullptr;
  cudaEvent_t end = nullptr;
  cudaEventCreate(&start);
  cudaEventCreate(&end);
  float milliseconds = -1;
  EXPECT_EQ(cudaEventElapsedTime(&milliseconds, start, end), cudaErrorInvalidResourceHandle);
  cudaEventRecord(start, stream_);
  ask(plus, 1, stream_);
  cudaEventRecord(end, stream_);
  EXPECT_EQ(cudaEventElapsedTime(&milliseconds, start, end), cudaErrorNotReady);
  cudaStreamSynchronize(stream_);
  EXPECT_EQ(cudaEventElapsedTime(&milliseconds, start, end), cudaSuccess);
  EXPECT_GE(milliseconds, 0);
  cudaEventDestroy(start);
  cudaEventDestroy(end);
}

TEST_F(StreamTest, MemoryIsFreedAfterTheLastUse) {
  int* other = nullptr;
  ASSERT_EQ(cudaMalloc(&other, sizeof(int)), cudaSuccess);
  upload(6, stream_);
  cudaMemcpyAsync(other, number_, sizeof(int), cudaMemcpyDeviceToDevice, stream_);
  cudaMemcpyAsync(pinned_, other, sizeof(int), cudaMemcpyDeviceToHost, stream_);
  EXPECT_EQ(cudaFree(other), cudaSuccess);
  EXPECT_EQ(*pinned_, 6);
}

TEST_F(StreamTest, AStreamThatIsNoneIsRefused) {
  cudaStream_t gone = nullptr;
  cudaStreamCreateWithFlags(&gone, cudaStreamNonBlocking);
  EXPECT_EQ(cudaStreamDestroy(gone), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(gone), cudaErrorInvalidResourceHandle);
  EXPECT_EQ(cudaStreamDestroy(gone), cudaErrorInvalidResourceHandle);
}

}  // namespace
}  // namespace nextline::cuda_device
