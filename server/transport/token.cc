#include "server/transport/token.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "engine/disk/file_descriptor.h"

namespace nextline::server {
namespace {

constexpr std::size_t kShortest = 16;
constexpr std::size_t kLongest = 4096;

std::string_view trimmed_line(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

std::string make_token() {
  std::array<unsigned char, 32> bytes{};
  // The system has waited for its entropy long before; without it nothing may go on.
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    std::abort();
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

Result<std::string> read_token(const std::filesystem::path& path) {
  const auto refused = [&path](std::string_view why) {
    return failure(fmt::format("The token file {} cannot be used: {}.", path.string(), why));
  };
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return refused(std::generic_category().message(errno));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return refused("it is no file");
  if (status.st_uid != ::geteuid()) return refused("it belongs to another user");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return refused("others may read it; 'chmod 600' closes it to them");
  }
  std::string text(kLongest + 1, '\0');
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  if (size < 0) return refused(std::generic_category().message(errno));
  if (static_cast<std::size_t>(size) > kLongest) return refused("it is too long");
  text.resize(static_cast<std::size_t>(size));
  const std::string_view token = trimmed_line(text);
  if (token.size() < kShortest) {
    return refused(fmt::format("a token has at least {} characters", kShortest));
  }
  if (!std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c <= '~'; })) {
    return refused("a token is one word of printable characters");
  }
  return std::string(token);
}

bool are_equal_tokens(std::string_view given, std::string_view token) {
  // How long the token is, is no secret.
  if (given.size() != token.size()) return false;
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < token.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (given[i] ^ token[i]));
  }
  return difference == 0;
}

}  // namespace nextline::server
