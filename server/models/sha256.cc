#include "server/models/sha256.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "engine/disk/file_descriptor.h"
#include "engine/disk/sha256.h"

namespace nextline::models {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 20U;

tl::unexpected<Error> unreadable(const std::filesystem::path& path) {
  const int error = errno;
  return failure(fmt::format("{} cannot be read: {}.", path.string(), std::strerror(error)));
}

}  // namespace

Result<std::string> sha256_of_file(const std::filesystem::path& path,
                                   const std::function<void(std::uint64_t)>& progress,
                                   const std::stop_token& stop) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return unreadable(path);
  auto hash = Sha256::begin();
  if (!hash) return tl::unexpected(std::move(hash.error()));
  std::vector<char> chunk(kChunkBytes);
  std::uint64_t done = 0;
  while (!stop.stop_requested()) {
    const ssize_t count = ::read(file.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(path);
    if (count == 0) return hash->digits();
    hash->update(std::as_bytes(std::span(chunk).first(static_cast<std::size_t>(count))));
    done += static_cast<std::uint64_t>(count);
    progress(done);
  }
  return failure("Interrupted while checking the hash.");
}

}  // namespace nextline::models
