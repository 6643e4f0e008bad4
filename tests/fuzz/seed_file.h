#pragma once

#include <filesystem>
#include <fstream>
#include <span>

namespace nextline::test {

/// Writes a fuzzer's first input; false where that fails.
inline bool write_seed(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  return static_cast<bool>(file.flush());
}

}  // namespace nextline::test
