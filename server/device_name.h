#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nextline::server {

/// What `--device` names.
struct DeviceName {
  enum class Kind : std::uint8_t {
    kAuto,  ///< A CUDA device if one can be used, else the CPU.
    kCpu,
    kCuda,
  };

  Kind kind = Kind::kAuto;
  std::uint32_t number = 0;  ///< Of a CUDA device.

  /// Reads "auto", "cpu" or "cuda:N".
  static std::optional<DeviceName> parse(std::string_view text);
  std::string text() const;

  bool operator==(const DeviceName&) const = default;
};

}  // namespace nextline::server
