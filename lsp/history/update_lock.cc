#include "lsp/history/update_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

namespace nextline::lsp {
namespace {

constexpr const char* kName = "update.lock";

}  // namespace

Result<std::optional<UpdateLock>> UpdateLock::try_to_take(const PrivateFolder& folder) {
  const auto failed = [&] {
    return failure("The history index " + folder.path().string() +
                   " cannot be updated: " + reason_of(errno) + ".");
  };
  FileDescriptor file(::openat(folder.descriptor(), kName,
                               O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file.is_open()) return failed();
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::nullopt;
    if (errno != EINTR) return failed();
  }
  return UpdateLock(std::move(file));
}

}  // namespace nextline::lsp
