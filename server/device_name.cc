#include "server/device_name.h"

#include <charconv>

namespace nextline::server {
namespace {

constexpr std::string_view kCudaPrefix = "cuda:";

}  // namespace

std::optional<DeviceName> DeviceName::parse(std::string_view text) {
  if (text == "auto") return DeviceName{};
  if (text == "cpu") return DeviceName{Kind::kCpu};
  if (!text.starts_with(kCudaPrefix)) return std::nullopt;
  const std::string_view digits = text.substr(kCudaPrefix.size());
  DeviceName name{Kind::kCuda};
  const char* const end = digits.data() + digits.size();
  const auto [read_to, error] = std::from_chars(digits.data(), end, name.number);
  if (error != std::errc() || read_to != end) return std::nullopt;
  return name;
}

std::string DeviceName::text() const {
  switch (kind) {
    case Kind::kAuto:
      return "auto";
    case Kind::kCpu:
      return "cpu";
    case Kind::kCuda:
      return std::string(kCudaPrefix) + std::to_string(number);
  }
  return {};
}

}  // namespace nextline::server
