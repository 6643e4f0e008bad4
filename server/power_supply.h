#pragma once

#include <filesystem>

namespace nextline::server {

/// Whether the machine runs on its battery: one of its own is discharging, and nothing that feeds
/// it is online. Not if that cannot be read, or where there is no battery.
///
/// `root` has a folder per supply, as Linux describes them in its Documentation/ABI/testing/
/// sysfs-class-power.
bool is_on_battery(const std::filesystem::path& root = "/sys/class/power_supply");

}  // namespace nextline::server
