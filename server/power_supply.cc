#include "server/power_supply.h"

#include <fstream>
#include <string>
#include <system_error>

namespace nextline::server {
namespace {

namespace fs = std::filesystem;

/// The file's first line; empty if there is none.
std::string line_of(const fs::path& file) {
  std::string line;
  std::getline(std::ifstream(file), line);
  return line;
}

/// A mains adapter, or a charger at a USB port ("USB", "USB_PD", …), that is plugged in.
bool feeds(const fs::path& supply, const std::string& type) {
  if (type != "Mains" && !type.starts_with("USB")) return false;
  const std::string online = line_of(supply / "online");
  return !online.empty() && online != "0";
}

/// Mice and headsets have batteries too; theirs have the scope "Device". Most of the machine's own
/// do not say whose they are.
bool drains(const fs::path& supply, const std::string& type) {
  return type == "Battery" && line_of(supply / "scope") != "Device" &&
         line_of(supply / "status") == "Discharging";
}

}  // namespace

bool is_on_battery(const fs::path& root) {
  bool is_draining = false;
  std::error_code error;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string type = line_of(entry->path() / "type");
    if (feeds(entry->path(), type)) return false;
    is_draining = is_draining || drains(entry->path(), type);
  }
  return is_draining;
}

}  // namespace nextline::server
