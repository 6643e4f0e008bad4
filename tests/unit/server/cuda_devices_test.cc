#include "server/cuda_devices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nextline::server {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

constexpr std::uint64_t kGigabyte = 1'000'000'000;

cuda::Device device(std::uint32_t number, std::uint32_t major, std::uint64_t free_bytes) {
  return {number, "GPU", major, 0, 80 * kGigabyte, free_bytes};
}

TEST(CudaDevicesTest, ADeviceWithRoomIsUsable) {
  EXPECT_EQ(obstacle_of(device(0, 8, 7 * kGigabyte), 5 * kGigabyte), "");
  EXPECT_EQ(obstacle_of(device(0, 12, 7 * kGigabyte), 5 * kGigabyte), "");
}

TEST(CudaDevicesTest, WeightsThatFitNeedRoomToWorkBeside) {
  EXPECT_EQ(obstacle_of(device(1, 9, 5 * kGigabyte), 5 * kGigabyte),
            "cuda:1 (GPU) has 5.0 GB of free memory, and the model needs 6.1 at least.");
}

std::vector<models::CatalogueEntry> catalogue() {
  std::vector<models::CatalogueEntry> entries(3);
  entries[0] = {.name = "small", .bytes = kGigabyte / 2};
  entries[1] = {.name = "large", .bytes = 20 * kGigabyte};
  entries[2] = {.name = "middling", .bytes = 3 * kGigabyte};
  return entries;
}

TEST(CudaDevicesTest, WhatWouldFitIsSaidOfAModelThatDoesNot) {
  EXPECT_EQ(advice_for(device(0, 8, 5 * kGigabyte), 5 * kGigabyte, catalogue()),
            "There is room for small, middling.");
}

TEST(CudaDevicesTest, WhereNothingWouldItIsSaidHowMuchIsMissing) {
  EXPECT_EQ(advice_for(device(0, 8, kGigabyte), 5 * kGigabyte, catalogue()), "5.1 GB are missing.");
}

TEST(CudaDevicesTest, NothingIsAdvisedWhereMemoryIsNotTheTrouble) {
  EXPECT_EQ(advice_for(device(0, 8, 7 * kGigabyte), 5 * kGigabyte, catalogue()), "");
  EXPECT_EQ(advice_for(device(0, 7, kGigabyte), 5 * kGigabyte, catalogue()), "");
}

TEST(CudaDevicesTest, AnOldDeviceHasNoMachineCode) {
  EXPECT_THAT(obstacle_of(device(0, 7, 70 * kGigabyte), kGigabyte),
              HasSubstr("has compute capability 7.0"));
}

TEST(CudaDevicesTest, OneThatTheDriverDoesNotGiveIsNotUsable) {
  cuda::Device taken = device(0, 8, 0);
  taken.obstacle = "out of memory";
  EXPECT_EQ(obstacle_of(taken, 0), "cuda:0 (GPU) cannot be used: out of memory.");
  EXPECT_EQ(advice_for(taken, kGigabyte, catalogue()), "");
}

TEST(CudaDevicesTest, TheOneWithTheMostFreeMemoryComesFirst) {
  CudaDevices cuda;
  cuda.devices = {device(0, 7, 70 * kGigabyte), device(1, 8, 10 * kGigabyte),
                  device(2, 8, 20 * kGigabyte), device(3, 8, 20 * kGigabyte),
                  device(4, 8, 4 * kGigabyte)};
  const auto numbered = [](std::uint32_t number) { return Field(&cuda::Device::number, number); };
  EXPECT_THAT(cuda.usable_for(4 * kGigabyte), ElementsAre(numbered(2), numbered(3), numbered(1)));
}

}  // namespace
}  // namespace nextline::server
