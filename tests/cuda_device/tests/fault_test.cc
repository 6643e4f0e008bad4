// Calls that are made to fail, by the places that call.
#include <cublas_v2.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/cuda_device/tests/stream_fixture.h"

namespace nextline::cuda_device {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

[[gnu::noinline]] cudaError_t fill_with(int* number, int byte, cudaStream_t stream) {
  const cudaError_t error = cudaMemsetAsync(number, byte, sizeof(int), stream);
  return error == cudaSuccess ? cudaStreamSynchronize(stream) : error;
}
[[gnu::noinline]] bool clear(int* number, cudaStream_t stream) {
  return fill_with(number, 0, stream) == cudaSuccess;
}

/// The sites that call a function.
std::vector<CallSite> sites_of(std::string_view function) {
  std::vector<CallSite> sites;
  for (const auto& [site, count] : calls()) {
    if (site.function == function) sites.push_back(site);
  }
  return sites;
}

class FaultTest : public StreamTest {
 protected:
  ~FaultTest() override {
    reset();
    set({});
  }

  /// What a call gives that is made to fail: made once, to learn its site, and once more from the
  /// same place.
  [[gnu::noinline]] int failing(std::string_view function, FaultKind kind,
                                const std::function<int()>& call) {
    reset_counts();
    int result = 0;
    for (const std::optional<FaultKind>& fault : std::vector{std::optional<FaultKind>(), {kind}}) {
      if (fault) set({.fault = Fault{sites_of(function).at(0), 2, *fault}});
      result = call();
    }
    EXPECT_EQ(sites_of(function).size(), 1U);
    return result;
  }
};

TEST_F(FaultTest, CallsOfAWrapperFromTwoPlacesAreTwoSites) {
  for (const int byte : std::vector{0, 1, 2}) EXPECT_EQ(fill_with(number_, byte, stream_), 0);
  EXPECT_EQ(fill_with(number_, 3, stream_), 0);
  const std::vector<CallSite> sites = sites_of("cudaMemsetAsync");
  ASSERT_EQ(sites.size(), 2U);
  EXPECT_EQ(sites_of("cudaStreamSynchronize").size(), 2U);
  EXPECT_EQ(calls().at(sites[0]) + calls().at(sites[1]), 4U);
  EXPECT_EQ(std::max(calls().at(sites[0]), calls().at(sites[1])), 3U);
}

TEST_F(FaultTest, LaunchesOfTwoKernelsAreTwoSites) {
  for (const auto kernel : std::vector{&plus, &times}) ask(kernel, 1, stream_);
  const std::vector<CallSite> sites = sites_of("cudaLaunchKernelEx");
  ASSERT_EQ(sites.size(), 2U);
  EXPECT_NE(sites[0].kernel, sites[1].kernel);
}

TEST_F(FaultTest, ASiteIsDescribedByThoseWhoCall) {
  EXPECT_TRUE(clear(number_, stream_));
  const std::string text = description(sites_of("cudaMemsetAsync").at(0));
  EXPECT_THAT(text, HasSubstr("cudaMemsetAsync, called by "));
  EXPECT_THAT(text, HasSubstr("fill_with, called by "));
  EXPECT_THAT(text, HasSubstr("clear, called by "));
  ask(plus, 1, stream_);
  EXPECT_THAT(description(sites_of("cudaLaunchKernelEx").at(0)),
              HasSubstr("cudaLaunchKernelEx of nextline::cuda_device::plus, called by "));
}

TEST_F(FaultTest, TheCallThatIsMeantFailsAndNoOther) {
  reset_counts();
  std::vector<bool> done;
  for (const bool is_first : std::vector{true, false, false, false}) {
    if (!is_first) {
      set({.fault = Fault{sites_of("cudaMemsetAsync").at(0), 3, FaultKind::kOutOfMemory}});
    }
    done.push_back(clear(number_, stream_));
  }
  EXPECT_THAT(done, ElementsAre(true, true, false, true));
}

TEST_F(FaultTest, MemoryThatCannotBeHadIsNotHad) {
  void* memory = nullptr;
  EXPECT_EQ(failing("cudaMalloc", FaultKind::kOutOfMemory,
                    [&] {
                      cudaFree(std::exchange(memory, nullptr));
                      return cudaMalloc(&memory, 4);
                    }),
            cudaErrorMemoryAllocation);
  EXPECT_EQ(memory, nullptr);
  EXPECT_EQ(bytes_in_use(), sizeof(int));
  EXPECT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
}

TEST_F(FaultTest, WhatStopsTheDeviceStopsAllThatItHadToDo) {
  for (const auto& [kind, error] : {std::pair(FaultKind::kLaunchFailure, cudaErrorLaunchFailure),
                                    std::pair(FaultKind::kLostDevice, cudaErrorUnknown)}) {
    upload(1, stream_);
    EXPECT_EQ(failing("cudaStreamSynchronize", kind,
                      [&] {
                        ask(plus, 1, stream_);
                        download(stream_);
                        return cudaStreamSynchronize(stream_);
                      }),
              error);
    EXPECT_EQ(*pinned_, 2);
    EXPECT_EQ(try_to_ask(plus, 1, stream_), error);
    EXPECT_EQ(cudaGetLastError(), error);
    EXPECT_TRUE(failure_report().empty());
    reset();
    set({});
    EXPECT_EQ(downloaded(stream_), 2);
  }
}

TEST_F(FaultTest, WhatIsTakenBackIsTakenBackByACallThatFails) {
  void* memory = nullptr;
  EXPECT_EQ(failing("cudaFree", FaultKind::kLaunchFailure,
                    [&] {
                      EXPECT_EQ(cudaMalloc(&memory, 4), cudaSuccess);
                      return cudaFree(memory);
                    }),
            cudaErrorLaunchFailure);
  EXPECT_EQ(bytes_in_use(), sizeof(int));
}

TEST_F(FaultTest, CublasTellsInItsOwnNumbers) {
  cublasHandle_t handle = nullptr;
  ASSERT_EQ(cublasCreate(&handle), CUBLAS_STATUS_SUCCESS);
  const auto set_stream = [&] { return cublasSetStream(handle, stream_); };
  for (const auto& [kind, status] : {std::pair(FaultKind::kOutOfMemory, CUBLAS_STATUS_ALLOC_FAILED),
                                     std::pair(FaultKind::kRefused, CUBLAS_STATUS_NOT_SUPPORTED)}) {
    EXPECT_EQ(failing("cublasSetStream", kind, set_stream), status);
    EXPECT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
  }
  EXPECT_EQ(failing("cublasSetStream", FaultKind::kLaunchFailure, set_stream),
            CUBLAS_STATUS_EXECUTION_FAILED);
  EXPECT_EQ(cudaStreamSynchronize(stream_), cudaErrorLaunchFailure);
  EXPECT_EQ(cublasDestroy(handle), CUBLAS_STATUS_SUCCESS);
}

TEST_F(FaultTest, ALaunchThatFailsWhileItIsCapturedLeavesNoGraph) {
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(failing("cudaLaunchKernelEx", FaultKind::kOutOfMemory,
                    [&] {
                      if (graph != nullptr) cudaGraphDestroy(graph);
                      cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal);
                      try_to_ask(plus, 1, stream_);
                      return cudaStreamEndCapture(stream_, &graph);
                    }),
            cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(graph, nullptr);
  upload(1, stream_);
  EXPECT_EQ(downloaded(stream_), 1);
}

TEST_F(FaultTest, ACaptureEndsThoughItsEndFails) {
  cudaGraph_t graph = nullptr;
  EXPECT_EQ(failing("cudaStreamEndCapture", FaultKind::kOutOfMemory,
                    [&] {
                      if (graph != nullptr) cudaGraphDestroy(graph);
                      cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal);
                      return cudaStreamEndCapture(stream_, &graph);
                    }),
            cudaErrorMemoryAllocation);
  EXPECT_EQ(graph, nullptr);
  upload(1, stream_);
  EXPECT_EQ(downloaded(stream_), 1);
}

}  // namespace
}  // namespace nextline::cuda_device
