#include "server/models/sha256.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "engine/disk/file_descriptor.h"

namespace nextline::models {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 20U;

tl::unexpected<Error> unreadable(const std::filesystem::path& path) {
  const int error = errno;
  return failure(fmt::format("{} cannot be read: {}.", path.string(), std::strerror(error)));
}

std::string to_hexadecimal(const unsigned char* bytes, unsigned int count) {
  std::string digits;
  for (unsigned int index = 0; index < count; ++index)
    digits += fmt::format("{:02x}", bytes[index]);
  return digits;
}

}  // namespace

Result<std::string> sha256_of_file(const std::filesystem::path& path,
                                   const std::function<void(std::uint64_t)>& progress,
                                   const std::stop_token& stop) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return unreadable(path);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) {
    return failure("SHA-256 cannot be computed: the cryptography library refuses it.");
  }
  std::vector<char> chunk(kChunkBytes);
  std::uint64_t done = 0;
  while (!stop.stop_requested()) {
    const ssize_t count = ::read(file.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(path);
    if (count == 0) {
      std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
      unsigned int length = 0;
      EVP_DigestFinal_ex(context.get(), digest.data(), &length);
      return to_hexadecimal(digest.data(), length);
    }
    EVP_DigestUpdate(context.get(), chunk.data(), static_cast<std::size_t>(count));
    done += static_cast<std::uint64_t>(count);
    progress(done);
  }
  return failure("Interrupted while checking the hash.");
}

}  // namespace nextline::models
