#include "server/serving/log_file.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "tests/support/temporary_folder.h"

namespace nextline::server {
namespace {

TEST(LogFile, TheOlderPartIsReplaced) {
  const nextline::test::TemporaryFolder folder;
  const auto before = spdlog::default_logger();
  log_to_file(folder.path() / "server.log", false);
  const std::string line(1000, 'x');
  for (int i = 0; i < 5000; ++i) spdlog::debug("{}", line);
  EXPECT_EQ(std::filesystem::file_size(folder.path() / "server.log"), 0U) << "nobody asked for it";
  for (int i = 0; i < 5000; ++i) spdlog::info("{}", line);
  spdlog::set_default_logger(before);
  std::uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    bytes += file.file_size();
  }
  EXPECT_GT(bytes, std::uintmax_t{1} << 20U);
  EXPECT_LE(bytes, std::uintmax_t{2} << 20U);
}

}  // namespace
}  // namespace nextline::server
