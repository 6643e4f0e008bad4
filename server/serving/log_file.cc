#include "server/serving/log_file.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/spdlog.h>

#include <cstddef>
#include <memory>

namespace nextline::server {
namespace {

constexpr std::size_t kLongest = std::size_t{1} << 20;  // Bytes.
constexpr std::size_t kPutAside = 1;

}  // namespace

void log_to_file(const std::filesystem::path& path, bool is_verbose) {
  try {
    auto sink =
        std::make_shared<spdlog::sinks::rotating_file_sink_mt>(path.string(), kLongest, kPutAside);
    auto log = std::make_shared<spdlog::logger>("nextline", std::move(sink));
    log->set_pattern("%Y-%m-%d %H:%M:%S %n[%P] %l: %v");
    log->set_level(is_verbose ? spdlog::level::debug : spdlog::level::info);
    log->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(log));
  } catch (const spdlog::spdlog_ex& error) {
    spdlog::warn("The log {} cannot be written: {}.", path.string(), error.what());
  }
}

}  // namespace nextline::server
