// Passes that come again become graphs; where the emulated device refuses one, they stay calls.

#include "engine/backend/cuda/pass_graphs.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "tests/cuda_device/cuda_device.h"

namespace nextline::cuda {
namespace {

using cuda_device::Fault;
using cuda_device::FaultKind;

class PassGraphsTest : public ::testing::Test {
 protected:
  PassGraphsTest() {
    EXPECT_TRUE(memory_.reserve(*device_, 1000));
    cuda_device::reset_counts();
  }
  ~PassGraphsTest() override { cuda_device::set({}); }

  /// A pass of so many rows: has the device fill as many bytes.
  [[gnu::noinline]] bool run(std::uint32_t rows) {
    PassShape shape;
    shape.row_count = rows;
    return graphs_.run(shape, [&] { return device_->clear(memory_.data(), rows); });
  }
  bool run_and_wait(std::uint32_t rows) { return run(rows) && device_->synchronize(); }

  /// The same while a call fails, and what was called. A call is known by who makes it, so that all
  /// passes with failures are run here.
  struct Tried {
    bool done;
    std::map<cuda_device::CallSite, std::uint64_t> calls;
  };
  [[gnu::noinline]] Tried try_run(std::uint32_t rows, const std::optional<Fault>& fault = {}) {
    cuda_device::Settings settings;
    settings.fault = fault;
    cuda_device::set(settings);
    cuda_device::reset_counts();
    Tried tried{run(rows), cuda_device::calls()};
    cuda_device::set({});
    return tried;
  }

  static cuda_device::DeviceCounts counts() { return cuda_device::counts(); }

  std::unique_ptr<DeviceContext> device_ = std::move(DeviceContext::open(0)).value();
  DeviceBuffer<std::byte> memory_;
  PassGraphs graphs_{*device_};
};

TEST_F(PassGraphsTest, AShapeIsAskedForCallByCallOnceAndAsAGraphFromThenOn) {
  EXPECT_TRUE(run_and_wait(1));
  EXPECT_EQ(counts().fills, 1U);
  EXPECT_EQ(counts().captures, 0U);
  for (std::uint64_t times = 1; times < 4; ++times) {
    EXPECT_TRUE(run_and_wait(1));
    EXPECT_EQ(counts().captures, 1U);
    EXPECT_EQ(counts().graph_launches, times);
    EXPECT_EQ(counts().by_graphs.fills, times);
  }
  EXPECT_EQ(counts().fills, 1U);
}

TEST_F(PassGraphsTest, EachShapeHasAGraphOfItsOwn) {
  for (int times = 0; times < 3; ++times) {
    for (const std::uint32_t rows : {1U, 2U, 5U}) EXPECT_TRUE(run_and_wait(rows));
  }
  EXPECT_EQ(counts().captures, 3U);
  EXPECT_EQ(counts().by_graphs.filled_bytes, 2U * (1 + 2 + 5));
}

TEST_F(PassGraphsTest, GraphsAreMadeAnewWhenABufferHasMoved) {
  for (int times = 0; times < 3; ++times) EXPECT_TRUE(run_and_wait(1));
  EXPECT_EQ(counts().captures, 1U);
  EXPECT_TRUE(memory_.reserve(*device_, 2 * memory_.size()));
  EXPECT_TRUE(run_and_wait(1));
  EXPECT_TRUE(run_and_wait(1));
  EXPECT_EQ(counts().captures, 2U);
  EXPECT_EQ(cuda_device::handles_in_use().executable_graphs, 1U);
}

TEST_F(PassGraphsTest, OfManyShapesThoseThatCameLastAreKept) {
  constexpr std::uint32_t kShapes = 40;
  for (std::uint32_t rows = 1; rows <= kShapes; ++rows) {
    EXPECT_TRUE(run_and_wait(rows));
    EXPECT_TRUE(run_and_wait(rows));
  }
  EXPECT_LT(cuda_device::handles_in_use().executable_graphs, kShapes);
  cuda_device::reset_counts();
  EXPECT_TRUE(run_and_wait(kShapes - 10));
  EXPECT_EQ(counts().graph_launches, 1U);
  EXPECT_TRUE(run_and_wait(1));
  EXPECT_EQ(counts().fills, 1U);  // As if it had never come.
  EXPECT_EQ(counts().captures, 0U);
}

TEST_F(PassGraphsTest, WhatCannotBeMadeAGraphIsAskedForCallByCall) {
  EXPECT_TRUE(run_and_wait(1));
  const auto calls = try_run(1).calls;
  ASSERT_GE(calls.size(), 5U);  // The capture begins and ends, a fill, the graph is made, launched.
  std::uint32_t rows = 1;
  for (const auto& [site, times] : calls) {
    if (site.function == "cudaGraphDestroy") continue;  // All that matters is done by then.
    SCOPED_TRACE(cuda_device::description(site));
    EXPECT_TRUE(run_and_wait(++rows));
    EXPECT_TRUE(try_run(rows, Fault{site, 1, FaultKind::kOutOfMemory}).done);
    EXPECT_EQ(counts().graph_launches, 0U);
    EXPECT_EQ(counts().fills, 1U);
    EXPECT_TRUE(run_and_wait(rows));  // It is not tried again.
    EXPECT_EQ(counts().fills, 2U);
  }
}

TEST_F(PassGraphsTest, ADeviceThatFailsAtALaunchHasFailed) {
  EXPECT_TRUE(run_and_wait(1));
  EXPECT_TRUE(run_and_wait(1));
  const auto calls = try_run(1).calls;
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_FALSE(try_run(1, Fault{calls.begin()->first, 1, FaultKind::kLaunchFailure}).done);
  EXPECT_NE(device_->failure(), nullptr);
  cuda_device::reset();
}

TEST(PassShape, RoomIsAtMostAHalfMore) {
  std::uint32_t before = 0;
  for (std::uint32_t count = 1; count < 5000; ++count) {
    const std::uint32_t room = with_room(count);
    EXPECT_GE(room, count);
    EXPECT_LE(room, count + count / 2);
    EXPECT_GE(room, before);
    before = room;
  }
}

}  // namespace
}  // namespace nextline::cuda
