#include "server/processor.h"

#include <cstdlib>
#include <fstream>
#include <string_view>

#include "engine/backend/cpu/cpu_backend.h"

namespace nextline::server {
namespace {

/// The value behind "key :" in a file of such lines, as /proc has them; empty if there is none.
std::string value_in(const char* path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (!line.starts_with(key) || colon == std::string::npos) continue;
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? std::string() : line.substr(begin);
  }
  return {};
}

/// A value in kibibytes; 0 if there is none.
std::uint64_t bytes_in(const char* path, std::string_view key) {
  return std::strtoull(value_in(path, key).c_str(), nullptr, 10) * 1024;
}

}  // namespace

std::string processor_name() { return value_in("/proc/cpuinfo", "model name"); }

std::string chosen_instruction_set(const GlobalOptions& options) {
  if (!options.instruction_set.empty()) return options.instruction_set;
  return std::string(cpu::name_of(cpu::supported_instruction_sets().back()));
}

std::uint64_t memory_bytes(const char* key) { return bytes_in("/proc/meminfo", key); }

std::uint64_t peak_memory_bytes() { return bytes_in("/proc/self/status", "VmHWM"); }

}  // namespace nextline::server
