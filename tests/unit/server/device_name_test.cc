#include "server/device_name.h"

#include <gtest/gtest.h>

namespace nextline::server {
namespace {

using Kind = DeviceName::Kind;

TEST(DeviceNameTest, AutoCpuAndNumberedCudaDevicesAreNames) {
  EXPECT_EQ(DeviceName::parse("auto"), DeviceName{Kind::kAuto});
  EXPECT_EQ(DeviceName::parse("cpu"), DeviceName{Kind::kCpu});
  EXPECT_EQ(DeviceName::parse("cuda:0"), (DeviceName{Kind::kCuda, 0}));
  EXPECT_EQ(DeviceName::parse("cuda:17"), (DeviceName{Kind::kCuda, 17}));
}

TEST(DeviceNameTest, NothingElseIs) {
  for (const char* text : {"", "CPU", "cpu:0", "cuda", "cuda:", "cuda:-1", "cuda:+1", "cuda: 1",
                           "cuda:1 ", "cuda:1x", "cuda:0x1", "cuda:4294967296", "Cuda:0"}) {
    EXPECT_FALSE(DeviceName::parse(text)) << text;
  }
}

TEST(DeviceNameTest, ATextNamesTheSameDevice) {
  for (const char* text : {"auto", "cpu", "cuda:0", "cuda:4294967295"}) {
    EXPECT_EQ(DeviceName::parse(text)->text(), text);
  }
}

}  // namespace
}  // namespace nextline::server
