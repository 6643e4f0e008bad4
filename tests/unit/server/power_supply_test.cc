#include "server/power_supply.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace nextline::server {
namespace {

namespace fs = std::filesystem;

using Supply = std::map<std::string, std::string>;

const Supply kMains = {{"type", "Mains"}, {"online", "1"}};
const Supply kUnplugged = {{"type", "Mains"}, {"online", "0"}};
const Supply kDraining = {{"type", "Battery"}, {"status", "Discharging"}};
const Supply kMouse = {{"type", "Battery"}, {"status", "Discharging"}, {"scope", "Device"}};

class PowerSupplyTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "power-supply-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }

  /// Whether a machine with these supplies is on battery.
  bool on_battery_with(const std::map<std::string, Supply>& supplies) {
    for (const auto& entry : fs::directory_iterator(root_)) fs::remove_all(entry);
    for (const auto& [name, files] : supplies) {
      fs::create_directory(root_ / name);
      for (const auto& [file, line] : files) std::ofstream(root_ / name / file) << line << '\n';
    }
    return is_on_battery(root_);
  }

  fs::path root_;
};

TEST_F(PowerSupplyTest, ABatteryThatDrainsFeedsTheMachine) {
  EXPECT_TRUE(on_battery_with({{"BAT0", kDraining}}));
  EXPECT_TRUE(on_battery_with({{"AC", kUnplugged}, {"BAT0", kDraining}}));
  EXPECT_TRUE(on_battery_with(
      {{"BAT0", {{"type", "Battery"}, {"status", "Discharging"}, {"scope", "System"}}}}));
  EXPECT_TRUE(
      on_battery_with({{"BAT0", {{"type", "Battery"}, {"status", "Full"}}}, {"BAT1", kDraining}}));
}

TEST_F(PowerSupplyTest, WhatIsPluggedInFeedsIt) {
  EXPECT_FALSE(on_battery_with({{"AC", kMains}, {"BAT0", kDraining}}));
  EXPECT_FALSE(on_battery_with({{"BAT0", kDraining}, {"ZAC", kMains}}));
  for (const char* type : {"USB", "USB_PD"}) {
    EXPECT_FALSE(
        on_battery_with({{"BAT0", kDraining}, {"ucsi", {{"type", type}, {"online", "1"}}}}));
    EXPECT_TRUE(
        on_battery_with({{"BAT0", kDraining}, {"ucsi", {{"type", type}, {"online", "0"}}}}));
  }
}

TEST_F(PowerSupplyTest, ABatteryThatDoesNotDrainDoesNot) {
  for (const char* status : {"Charging", "Full", "Not charging", "Unknown", ""}) {
    EXPECT_FALSE(on_battery_with({{"BAT0", {{"type", "Battery"}, {"status", status}}}})) << status;
  }
}

TEST_F(PowerSupplyTest, TheBatteryOfAMouseDoesNotFeedTheMachine) {
  EXPECT_FALSE(on_battery_with({{"hid-mouse", kMouse}}));
  EXPECT_TRUE(on_battery_with({{"hid-mouse", kMouse}, {"BAT0", kDraining}}));
}

TEST_F(PowerSupplyTest, WhatCannotBeReadIsNoBattery) {
  EXPECT_FALSE(on_battery_with({}));
  EXPECT_FALSE(on_battery_with({{"BAT0", {}}, {"BAT1", {{"status", "Discharging"}}}}));
  EXPECT_FALSE(is_on_battery(root_ / "missing"));
  std::ofstream(root_ / "file") << "no folder\n";
  EXPECT_FALSE(is_on_battery(root_));
  EXPECT_FALSE(is_on_battery(root_ / "file"));
}

}  // namespace
}  // namespace nextline::server
