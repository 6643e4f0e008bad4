#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "engine/error.h"

namespace nextline::models {

/// The SHA-256 of a file in lower-case hexadecimal digits. `progress` hears how many bytes are
/// done. Fails if the file cannot be read, and when stopped.
Result<std::string> sha256_of_file(const std::filesystem::path& path,
                                   const std::function<void(std::uint64_t)>& progress,
                                   const std::stop_token& stop);

}  // namespace nextline::models
