#include <cublas_v2.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <thread>

#include "tests/cuda_device/tests/stream_fixture.h"

namespace nextline::cuda_device {
namespace {

class GraphTest : public StreamTest {
 protected:
  void begin(cudaStreamCaptureMode mode = cudaStreamCaptureModeThreadLocal) {
    EXPECT_EQ(cudaStreamBeginCapture(stream_, mode), cudaSuccess);
  }
  /// Ends the capture, and makes of it what can be launched.
  cudaGraphExec_t end() {
    cudaGraph_t graph = nullptr;
    cudaGraphExec_t executable = nullptr;
    EXPECT_EQ(cudaStreamEndCapture(stream_, &graph), cudaSuccess);
    EXPECT_EQ(cudaGraphInstantiate(&executable, graph), cudaSuccess);
    EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
    return executable;
  }
  cudaStreamCaptureStatus capture_status() {
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    EXPECT_EQ(cudaStreamIsCapturing(stream_, &status), cudaSuccess);
    return status;
  }
  /// Captures nothing but a call that is refused: the capture is lost, the stream is not.
  void expect_refused(cudaError_t expected, const std::function<cudaError_t()>& call) {
    begin();
    EXPECT_EQ(call(), expected);
    EXPECT_EQ(capture_status(), cudaStreamCaptureStatusInvalidated);
    EXPECT_EQ(try_to_ask(plus, 1, stream_), cudaErrorStreamCaptureInvalidated);
    cudaGraph_t graph = nullptr;
    EXPECT_EQ(cudaStreamEndCapture(stream_, &graph), cudaErrorStreamCaptureInvalidated);
    EXPECT_EQ(graph, nullptr);
    EXPECT_EQ(capture_status(), cudaStreamCaptureStatusNone);
    upload(4, stream_);
    EXPECT_EQ(downloaded(stream_), 4);
  }
};

TEST_F(GraphTest, EachLaunchDoesWhatWasCapturedWithWhatIsInMemoryThen) {
  *pinned_ = 100;
  begin();
  EXPECT_EQ(capture_status(), cudaStreamCaptureStatusActive);
  EXPECT_EQ(cudaMemcpyAsync(number_, pinned_, sizeof(int), cudaMemcpyHostToDevice, stream_),
            cudaSuccess);
  ask(plus, 2, stream_);
  download(stream_);
  const cudaGraphExec_t graph = end();
  cudaStreamSynchronize(stream_);
  EXPECT_EQ(*pinned_, 100);

  for (const int number : {1, 10}) {
    *pinned_ = number;
    EXPECT_EQ(cudaGraphLaunch(graph, stream_), cudaSuccess);
    EXPECT_EQ(*pinned_, number);
    cudaStreamSynchronize(stream_);
    EXPECT_EQ(*pinned_, number + 2);
  }
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
}

TEST_F(GraphTest, AGraphHasItsTurnInTheStream) {
  for (const Progress progress : {Progress::kLate, Progress::kEarly, Progress::kRandom}) {
    set({.progress = progress});
    begin();
    ask(plus, 1, stream_);
    ask(times, 10, stream_);
    const cudaGraphExec_t graph = end();
    upload(1, stream_);
    cudaGraphLaunch(graph, stream_);
    ask(plus, 5, stream_);
    cudaGraphLaunch(graph, stream_);
    EXPECT_EQ(downloaded(stream_), 260);
    EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
  }
}

TEST_F(GraphTest, AGraphThatHasBeenLaunchedCanBeDestroyed) {
  begin();
  ask(plus, 1, stream_);
  const cudaGraphExec_t graph = end();
  upload(1, stream_);
  EXPECT_EQ(cudaGraphLaunch(graph, stream_), cudaSuccess);
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaSuccess);
  EXPECT_EQ(downloaded(stream_), 2);
  EXPECT_EQ(cudaGraphLaunch(graph, stream_), cudaErrorInvalidValue);
  EXPECT_EQ(cudaGraphExecDestroy(graph), cudaErrorInvalidValue);
}

TEST_F(GraphTest, AGraphWaitsWithItsStream) {
  cudaStream_t other = nullptr;
  cudaEvent_t event = nullptr;
  ASSERT_EQ(cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking), cudaSuccess);
  ASSERT_EQ(cudaEventCreate(&event), cudaSuccess);
  begin();
  ask(times, 10, stream_);
  const cudaGraphExec_t graph = end();
  upload(1, other);
  ask(plus, 1, other);
  cudaEventRecord(event, other);
  cudaStreamWaitEvent(stream_, event);
  cudaGraphLaunch(graph, stream_);
  EXPECT_EQ(downloaded(stream_), 20);
  cudaGraphExecDestroy(graph);
  cudaEventDestroy(event);
  cudaStreamDestroy(other);
}

TEST_F(GraphTest, WhatGraphsDoIsCountedApart) {
  reset_counts();
  begin();
  download(stream_);
  ask(plus, 1, stream_);
  ask(plus, 2, stream_);
  EXPECT_EQ(cudaMemsetAsync(number_, 0, sizeof(int), stream_), cudaSuccess);
  const cudaGraphExec_t graph = end();
  EXPECT_EQ(counts().by_graphs.launches, 0U);
  cudaGraphLaunch(graph, stream_);
  cudaGraphLaunch(graph, stream_);
  cudaStreamSynchronize(stream_);
  const DeviceCounts seen = counts();
  EXPECT_EQ(seen.captures, 1U);
  EXPECT_EQ(seen.instantiations, 1U);
  EXPECT_EQ(seen.graph_launches, 2U);
  EXPECT_EQ(seen.by_graphs.launches, 4U);
  EXPECT_EQ(seen.by_graphs.launches_by_kernel.at("nextline::cuda_device::plus"), 4U);
  EXPECT_EQ(seen.by_graphs.copies_to_host, 2U);
  EXPECT_EQ(seen.by_graphs.bytes_to_host, 8U);
  EXPECT_EQ(seen.by_graphs.fills, 2U);
  EXPECT_EQ(seen.launches + seen.copies_to_host + seen.fills, 0U);
  cudaGraphExecDestroy(graph);
}

TEST_F(GraphTest, AMultiplicationCanBeCaptured) {
  {
    const DeviceArray<std::uint16_t> factors({0x4000, 0x4200});  // 2 and 3 as halves.
    const DeviceArray<float> product(1);
    const float one = 1;
    const float zero = 0;
    cublasHandle_t handle = nullptr;
    ASSERT_EQ(cublasCreate(&handle), CUBLAS_STATUS_SUCCESS);
    ASSERT_EQ(cublasSetStream(handle, stream_), CUBLAS_STATUS_SUCCESS);
    begin();
    EXPECT_EQ(cublasGemmEx(handle, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, &one, factors.data(),
                           CUDA_R_16F, 1, factors.data() + 1, CUDA_R_16F, 1, &zero, product.data(),
                           CUDA_R_32F, 1, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT),
              CUBLAS_STATUS_SUCCESS);
    const cudaGraphExec_t graph = end();
    cudaGraphLaunch(graph, stream_);
    cudaStreamSynchronize(stream_);
    EXPECT_EQ(product.values()[0], 6.0F);
    EXPECT_EQ(counts().by_graphs.multiplications, 1U);
    cudaGraphExecDestroy(graph);
    cublasDestroy(handle);
  }
}

TEST_F(GraphTest, WhatNoStreamOrdersCannotBeCaptured) {
  void* memory = nullptr;
  int host = 0;
  const cudaError_t unsupported = cudaErrorStreamCaptureUnsupported;
  expect_refused(unsupported, [&] { return cudaMalloc(&memory, 4); });
  expect_refused(unsupported, [&] { return cudaFree(number_); });
  expect_refused(unsupported, [&] { return cudaMallocHost(&memory, 4); });
  expect_refused(unsupported, [&] { return cudaFreeHost(pinned_); });
  expect_refused(unsupported, [&] { return cudaStreamSynchronize(stream_); });
  expect_refused(unsupported, [&] { return cudaStreamSynchronize(nullptr); });
  expect_refused(unsupported, [&] {
    return cudaMemcpyAsync(&host, number_, sizeof(int), cudaMemcpyDeviceToHost, stream_);
  });
}

TEST_F(GraphTest, ACallThatFailsEndsTheCapture) {
  expect_refused(cudaErrorInvalidValue, [&] {
    return cudaMemcpyAsync(number_, pinned_, 5, cudaMemcpyHostToDevice, stream_);
  });
  expect_refused(cudaErrorInvalidConfiguration, [&] {
    cudaLaunchConfig_t configuration{};
    configuration.blockDim = dim3(1025);
    configuration.stream = stream_;
    return cudaLaunchKernelEx(&configuration, plus, number_, 1);
  });
}

TEST_F(GraphTest, ACaptureKnowsNothingOfEventsFromOutside) {
  cudaStream_t other = nullptr;
  cudaEvent_t event = nullptr;
  ASSERT_EQ(cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking), cudaSuccess);
  ASSERT_EQ(cudaEventCreate(&event), cudaSuccess);
  cudaEventRecord(event, other);
  expect_refused(cudaErrorStreamCaptureIsolation,
                 [&] { return cudaStreamWaitEvent(stream_, event); });
  expect_refused(cudaErrorStreamCaptureUnsupported, [&] { return cudaEventSynchronize(event); });
  expect_refused(cudaErrorCapturedEvent, [&] {
    EXPECT_EQ(cudaEventRecord(event, stream_), cudaSuccess);
    return cudaEventQuery(event);
  });
  EXPECT_EQ(cudaStreamWaitEvent(other, event), cudaErrorStreamCaptureIsolation);
  EXPECT_EQ(cudaEventRecord(event, other), cudaSuccess);
  EXPECT_EQ(cudaEventSynchronize(event), cudaSuccess);
  cudaEventDestroy(event);
  cudaStreamDestroy(other);
}

TEST_F(GraphTest, WithinACaptureAnEventSaysWhatTheStreamsOrderSays) {
  cudaEvent_t event = nullptr;
  ASSERT_EQ(cudaEventCreate(&event), cudaSuccess);
  begin();
  EXPECT_EQ(cudaEventRecord(event, stream_), cudaSuccess);
  EXPECT_EQ(cudaStreamWaitEvent(stream_, event), cudaSuccess);
  cudaGraphExecDestroy(end());
  cudaEventDestroy(event);
}

TEST_F(GraphTest, OtherThreadsGoOnBesideACaptureOfThisOneAlone) {
  void* memory = nullptr;
  const auto allocate = [&] {
    cudaError_t error = cudaSuccess;
    std::thread([&] { error = cudaMalloc(&memory, 4); }).join();
    return error;
  };
  begin(cudaStreamCaptureModeThreadLocal);
  EXPECT_EQ(allocate(), cudaSuccess);
  cudaGraphExecDestroy(end());
  cudaFree(memory);

  begin(cudaStreamCaptureModeGlobal);
  EXPECT_EQ(allocate(), cudaErrorStreamCaptureUnsupported);
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(cudaStreamEndCapture(stream_, &graph), cudaErrorStreamCaptureInvalidated);
}

TEST_F(GraphTest, TheThreadThatBeginsACaptureEndsIt) {
  begin();
  std::thread([&] {
    cudaGraph_t graph = nullptr;
    EXPECT_EQ(cudaStreamEndCapture(stream_, &graph), cudaErrorStreamCaptureWrongThread);
  }).join();
  cudaGraphExecDestroy(end());
}

TEST_F(GraphTest, ABlockingStreamThatCapturesKeepsTheDefaultStreamFromItsTurn) {
  cudaStream_t blocking = nullptr;
  cudaGraph_t graph = nullptr;
  ASSERT_EQ(cudaStreamCreateWithFlags(&blocking, cudaStreamDefault), cudaSuccess);
  ASSERT_EQ(cudaStreamBeginCapture(blocking, cudaStreamCaptureModeThreadLocal), cudaSuccess);
  EXPECT_EQ(try_to_ask(plus, 1, nullptr), cudaErrorStreamCaptureImplicit);
  EXPECT_EQ(cudaStreamEndCapture(blocking, &graph), cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(cudaStreamDestroy(blocking), cudaSuccess);
}

TEST_F(GraphTest, CapturesBeginAndEndOnce) {
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(cudaStreamEndCapture(stream_, &graph), cudaErrorInvalidValue);
  EXPECT_EQ(cudaStreamBeginCapture(nullptr, cudaStreamCaptureModeThreadLocal),
            cudaErrorStreamCaptureUnsupported);
  begin();
  EXPECT_EQ(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal),
            cudaErrorInvalidValue);
  cudaGraphExecDestroy(end());
}

TEST_F(GraphTest, AGraphMayBeLaunchedFromNoCapture) {
  begin();
  ask(plus, 1, stream_);
  const cudaGraphExec_t graph = end();
  expect_refused(cudaErrorStreamCaptureUnsupported,
                 [&] { return cudaGraphLaunch(graph, stream_); });
  cudaGraphExecDestroy(graph);
}

TEST_F(GraphTest, MemoryThatAGraphKnowsMustNotBeFreed) {
  int* other = nullptr;
  ASSERT_EQ(cudaMalloc(&other, sizeof(int)), cudaSuccess);
  begin();
  cudaMemcpyAsync(pinned_, other, sizeof(int), cudaMemcpyDeviceToHost, stream_);
  const cudaGraphExec_t copying = end();
  cudaLaunchConfig_t configuration{};
  configuration.stream = stream_;
  begin();
  cudaLaunchKernelEx(&configuration, plus, other, 1);
  const cudaGraphExec_t computing = end();
  EXPECT_EQ(cudaFree(other), cudaSuccess);

  for (const cudaGraphExec_t graph : {copying, computing}) {
    EXPECT_EQ(cudaGraphLaunch(graph, stream_), cudaSuccess);
    EXPECT_EQ(cudaStreamSynchronize(stream_), cudaErrorIllegalAddress);
    EXPECT_FALSE(failure_report().empty());
    reset();
    cudaGraphExecDestroy(graph);
  }
}

}  // namespace
}  // namespace nextline::cuda_device
